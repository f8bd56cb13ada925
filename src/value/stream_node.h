// A run of a stream's entries in one block of memory. Entries that have the same field names as the
// first one leave them out, and ids are differences to the first id.
//
//   node   = header names entry...
//   names  = count (name:item)...                 of the first entry
//   entry  = flags length [ms] [seq] [count] body
//   flags  : bit 0 the names are the node's       length: of what follows, 2 bytes, or
//            bit 1 the entry was deleted                  4 where flags bit 2 is set
//            bit 3 ms is the first id's: left out
//            bit 4 seq is 0: left out
//   ms, seq, count = LEB128; ms is a difference, seq one where ms is left out
//   body   = (value:item)... or (name:item value:item)...
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "value/item.h"
#include "value/stream_id.h"

namespace larder::value {

// An entry's field names and values in turn.
using FieldTexts = std::span<const std::string_view>;

// An entry as it lies in a node.
struct StreamEntry {
  StreamId id;
  std::uint32_t offset = 0;    // of its flags
  std::uint32_t end = 0;       // where the next entry begins
  const char* body = nullptr;  // behind the id
  bool shares_names = false;
  bool is_deleted = false;
};

class StreamNode {
 public:
  // No entry may take more.
  static constexpr std::size_t kBytesMax = std::size_t{1} << 30;

  // An empty node whose names will be those of `fields`. REQUIRES: bytes_for(fields) <= kBytesMax.
  static StreamNode* make(StreamId first, FieldTexts fields);
  static StreamNode* copy(const StreamNode& other);
  static void destroy(StreamNode* node) noexcept;

  // The most that an entry of `fields` takes in any node.
  static std::size_t bytes_for(FieldTexts fields) noexcept;

  // Appends an entry, moving the node where its room does not suffice. It grows by half, but not
  // beyond `bytes_max` unless it has to. REQUIRES: `id` is above all of the node's.
  static StreamNode* append(StreamNode* node, StreamId id, FieldTexts fields,
                            std::size_t bytes_max);

  // Gives back the room that is left; for a node that is complete.
  static StreamNode* shrink(StreamNode* node);

  StreamId first_id() const noexcept { return base_; }  // deleted or not
  StreamId last_id() const noexcept { return entry_at(last_).id; }
  std::uint32_t live_entries() const noexcept { return live_; }
  std::uint32_t all_entries() const noexcept { return all_; }
  std::size_t bytes() const noexcept { return sizeof(StreamNode) + used_; }
  std::size_t memory_bytes() const noexcept;

  // Where the first entry begins that is not deleted, and where there are no more.
  std::uint32_t first_offset() const noexcept { return first_; }
  std::uint32_t end_offset() const noexcept { return used_; }

  // The entry at `offset`, which is in front of end_offset().
  StreamEntry entry_at(std::uint32_t offset) const noexcept;

  // The first entry from `id` on, deleted or not; none where its offset is end_offset().
  StreamEntry find(StreamId id) const noexcept;

  // Marks an entry that is there as deleted.
  void erase(const StreamEntry& entry) noexcept;

 private:
  friend class StreamFields;

  StreamNode(StreamId base, std::uint32_t capacity) noexcept : base_(base), capacity_(capacity) {}
  static StreamNode* reallocate(StreamNode* node, std::size_t payload);

  char* payload() noexcept { return reinterpret_cast<char*>(this + 1); }
  const char* payload() const noexcept { return reinterpret_cast<const char*>(this + 1); }
  bool has_names_of(FieldTexts fields) const noexcept;

  StreamId base_;
  std::uint32_t capacity_;  // of the payload; the following are positions in it
  std::uint32_t used_ = 0;
  std::uint32_t first_ = 0;  // the first entry that is not deleted
  std::uint32_t last_ = 0;   // the last entry, deleted or not
  std::uint32_t live_ = 0;
  std::uint32_t all_ = 0;
};

// Reads the fields of an entry, one after another.
class StreamFields {
 public:
  StreamFields(const StreamNode& node, const StreamEntry& entry) noexcept;

  std::size_t count() const noexcept { return count_; }  // pairs

  struct Pair {
    Item name;
    Item value;
  };
  // To be called count() times.
  Pair next() noexcept {
    Pair pair;
    if (shares_names_) {
      pair.name = read_item(names_);
    } else {
      pair.name = read_item(body_);
    }
    pair.value = read_item(body_);
    return pair;
  }

 private:
  const char* names_;
  const char* body_;
  std::size_t count_;
  bool shares_names_;
};

}  // namespace larder::value
