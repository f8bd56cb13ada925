// A stream: entries in the order of their ids, and what consumer groups know of them. Entries lie
// in nodes (stream_node.h) in an ordered list; it grows at its end and shrinks at its front, and
// an entry deleted between stays marked until all of its node are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/prefetch.h"
#include "settings/settings.h"
#include "value/object.h"
#include "value/ordered_chunks.h"
#include "value/stream_group.h"
#include "value/stream_id.h"
#include "value/stream_node.h"
#include "value/stream_producers.h"

namespace larder::value {

// What becomes of groups' references to entries that are removed.
enum class StreamReferences : std::uint8_t {
  keep,    // they stay pending, without content
  remove,  // they are pending no longer
  spare,   // entries that a group has still to read or to acknowledge are not removed
};

// How much of a stream's beginning to remove.
struct StreamTrim {
  enum class By : std::uint8_t { nothing, length, id };

  By by = By::nothing;
  bool whole_nodes_only = false;  // "~": cheaper, and may leave a few more
  std::uint64_t length_max = 0;
  StreamId id_min = {};
  std::uint64_t entries_max = 0;  // to remove at once; 0: any number
  StreamReferences references = StreamReferences::keep;
};

class Stream final : public Object {
 public:
  struct NodeLimits {
    std::size_t bytes_max = 0;  // 0: any number, as far as a node can hold it
    std::size_t entries_max = 0;

    static NodeLimits from(const settings::Settings& settings) noexcept {
      return {.bytes_max = static_cast<std::size_t>(settings.stream_node_max_bytes),
              .entries_max = static_cast<std::size_t>(settings.stream_node_max_entries)};
    }
  };

  // A node in the list.
  struct NodeRecord {
    StreamId first;
    StreamNode* node;

    StreamId key() const noexcept { return first; }
  };
  using Nodes = OrderedChunks<NodeRecord>;
  using Groups = std::vector<std::unique_ptr<ConsumerGroup>>;

  Stream();
  ~Stream() override;

  std::unique_ptr<Object> clone() const override;
  std::size_t memory_bytes() const noexcept override { return sizeof(Stream) + bytes_; }
  std::size_t element_count() const noexcept override { return length_; }
  void prefetch(std::string_view /*element*/, unsigned step) const noexcept override {
    if (step == 0) base::prefetch(last_node_);
  }
  std::uint64_t move_memory(std::uint64_t position, MemoryMover& mover) override;  // of nodes

  // --- what XINFO tells; ids are 0-0 where there is none
  std::size_t length() const noexcept { return length_; }
  const Nodes& nodes() const noexcept { return nodes_; }
  StreamId last_id() const noexcept { return last_id_; }  // that was ever given out
  StreamId max_deleted_id() const noexcept { return max_deleted_id_; }
  std::uint64_t entries_added() const noexcept { return entries_added_; }  // ever
  StreamId first_entry() const noexcept;
  StreamId last_entry() const noexcept;

  // To set a stream up as another was. REQUIRES: `last_id` is not below any entry.
  void set_last_id(StreamId last_id) noexcept { last_id_ = last_id; }
  void set_max_deleted_id(StreamId id) noexcept { max_deleted_id_ = id; }
  void set_entries_added(std::uint64_t count) noexcept { entries_added_ = count; }

  // --- entries
  static bool can_hold(FieldTexts fields) noexcept {
    return StreamNode::bytes_for(fields) <= StreamNode::kBytesMax;
  }

  // The id of an entry that is added at `now`; nothing where the last possible one was given out.
  std::optional<StreamId> next_id(std::uint64_t now_ms) const noexcept;

  // REQUIRES: id > last_id() and can_hold(fields).
  void append(StreamId id, FieldTexts fields, const NodeLimits& limits);

  bool contains(StreamId id) const noexcept;
  bool erase(StreamId id);  // true where it was there

  // Removes from the beginning on; returns how many entries.
  std::size_t trim(const StreamTrim& rule);

  // --- consumer groups, in the order of their names
  const Groups& groups() const noexcept { return groups_; }
  ConsumerGroup* find_group(std::string_view name) const noexcept;
  ConsumerGroup& create_group(std::string_view name);  // REQUIRES: there is none
  void erase_group(ConsumerGroup& group);

  // Notes that the group was given the entry `id`, the next one behind what it had read.
  void note_read(ConsumerGroup& group, StreamId id) const noexcept;

  // Entries that the group has not yet read; nothing where deletions make it unknowable.
  std::optional<std::int64_t> lag_of(const ConsumerGroup& group) const noexcept;

  // Whether a group has still to read or to acknowledge the entry.
  bool is_referenced(StreamId id) const noexcept;
  bool erase_references(StreamId id);  // true where there were any

  // --- requests of producers; null where XADD IDMP was never used
  const Producers* producers() const noexcept { return producers_.get(); }
  Producers& make_producers();

  // Which one of all entries ever added the one of this id was, counted from 1; for an id below the
  // first entry's, how many came before it. Nothing where deletions hide it.
  std::optional<std::int64_t> number_of(StreamId id) const noexcept;

 private:
  bool is_full(const StreamNode& node, FieldTexts fields, const NodeLimits& limits) const noexcept;
  Nodes::Position node_of(StreamId id) const noexcept;
  void replace_last(StreamNode* node) noexcept;
  void note_last() noexcept { last_node_ = nodes_.empty() ? nullptr : nodes_.back().node; }
  void drop_node(Nodes::Position position) noexcept;
  bool has_deletions_from(StreamId id) const noexcept;
  bool goes_whole(const StreamNode& node, const StreamTrim& rule) const noexcept;
  std::size_t trim_within(Nodes::Position position, const StreamTrim& rule);
  std::size_t trim_unreferenced(const StreamTrim& rule);

  std::size_t bytes_ = 0;  // beyond this object's own; declared first, as others count in it
  Nodes nodes_{bytes_};
  StreamNode* last_node_ = nullptr;  // of nodes_: where entries are appended
  std::size_t length_ = 0;
  StreamId last_id_;
  StreamId max_deleted_id_;
  std::uint64_t entries_added_ = 0;
  Groups groups_;
  std::unique_ptr<Producers> producers_;
};

}  // namespace larder::value
