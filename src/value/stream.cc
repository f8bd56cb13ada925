#include "value/stream.h"

#include <algorithm>

#include "base/check.h"
#include "value/memory_mover.h"

namespace larder::value {
namespace {

std::size_t text_bytes(FieldTexts fields) noexcept {
  constexpr std::size_t kHeadBytes = 8;  // of a typical entry, and one of each text
  std::size_t bytes = kHeadBytes + fields.size();
  for (const auto& text : fields) bytes += text.size();
  return bytes;
}

}  // namespace

Stream::Stream() = default;

Stream::~Stream() {
  for (auto at = nodes_.begin(); at != nodes_.end(); at = nodes_.next(at)) {
    StreamNode::destroy(nodes_[at].node);
  }
}

std::unique_ptr<Object> Stream::clone() const {
  auto copy = std::make_unique<Stream>();
  for (auto at = nodes_.begin(); at != nodes_.end(); at = nodes_.next(at)) {
    auto* node = StreamNode::copy(*nodes_[at].node);
    copy->bytes_ += node->memory_bytes();
    copy->nodes_.push_back({nodes_[at].first, node});
    copy->last_node_ = node;
  }
  copy->length_ = length_;
  copy->last_id_ = last_id_;
  copy->max_deleted_id_ = max_deleted_id_;
  copy->entries_added_ = entries_added_;
  for (const auto& group : groups_) copy->groups_.push_back(group->clone(copy->bytes_));
  if (producers_) copy->make_producers().copy_from(*producers_);
  return copy;
}

// A position is that of a node in the list: the chunk above, the place in it in the low bits.
std::uint64_t Stream::move_memory(std::uint64_t position, MemoryMover& mover) {
  auto at = nodes_.from({position >> 32, static_cast<std::uint32_t>(position)});
  for (; at != nodes_.end() && !mover.is_done(); at = nodes_.next(at)) {
    nodes_[at].node = mover(nodes_[at].node);
  }
  note_last();
  return at == nodes_.end() ? 0 : std::uint64_t{at.chunk} << 32 | at.at;
}

StreamId Stream::first_entry() const noexcept {
  if (length_ == 0) return {};
  const auto& node = *nodes_.front().node;
  return node.entry_at(node.first_offset()).id;
}

StreamId Stream::last_entry() const noexcept {
  if (length_ == 0) return {};
  const auto& node = *nodes_.back().node;
  StreamId last;
  for (auto at = node.first_offset(); at != node.end_offset();) {
    const auto entry = node.entry_at(at);
    if (!entry.is_deleted) last = entry.id;
    at = entry.end;
  }
  return last;
}

std::optional<StreamId> Stream::next_id(std::uint64_t now_ms) const noexcept {
  if (now_ms > last_id_.ms) return StreamId{now_ms, 0};
  return last_id_.next();
}

bool Stream::is_full(const StreamNode& node, FieldTexts fields,
                     const NodeLimits& limits) const noexcept {
  if (limits.entries_max != 0 && node.all_entries() >= limits.entries_max) return true;
  const auto bytes_max = limits.bytes_max == 0 ? StreamNode::kBytesMax
                                               : std::min(limits.bytes_max, StreamNode::kBytesMax);
  return node.bytes() + text_bytes(fields) > bytes_max;
}

void Stream::replace_last(StreamNode* node) noexcept {
  if (node == last_node_) return;
  nodes_.back().node = node;
  last_node_ = node;
}

void Stream::append(StreamId id, FieldTexts fields, const NodeLimits& limits) {
  if (last_node_ == nullptr || is_full(*last_node_, fields, limits)) {
    if (last_node_ != nullptr) {
      auto* complete = last_node_;
      bytes_ -= complete->memory_bytes();
      complete = StreamNode::shrink(complete);
      bytes_ += complete->memory_bytes();
      replace_last(complete);
    }
    auto* fresh = StreamNode::make(id, fields);
    bytes_ += fresh->memory_bytes();
    nodes_.push_back({id, fresh});
    last_node_ = fresh;
  }
  auto* node = last_node_;
  bytes_ -= node->memory_bytes();
  node = StreamNode::append(node, id, fields, limits.bytes_max);
  bytes_ += node->memory_bytes();
  replace_last(node);
  ++length_;
  ++entries_added_;
  last_id_ = id;
}

Stream::Nodes::Position Stream::node_of(StreamId id) const noexcept {
  if (nodes_.empty() || id < nodes_.front().first) return nodes_.end();
  if (id >= nodes_.back().first) return nodes_.previous(nodes_.end());
  const auto at = nodes_.lower_bound(id);
  return nodes_[at].first == id ? at : nodes_.previous(at);
}

bool Stream::contains(StreamId id) const noexcept {
  const auto at = node_of(id);
  if (at == nodes_.end()) return false;
  const auto& node = *nodes_[at].node;
  const auto entry = node.find(id);
  return entry.offset != node.end_offset() && entry.id == id && !entry.is_deleted;
}

void Stream::drop_node(Nodes::Position position) noexcept {
  auto* node = nodes_[position].node;
  length_ -= node->live_entries();
  bytes_ -= node->memory_bytes();
  StreamNode::destroy(node);
  nodes_.erase(position);
  note_last();
}

bool Stream::erase(StreamId id) {
  const auto at = node_of(id);
  if (at == nodes_.end()) return false;
  auto& node = *nodes_[at].node;
  const auto entry = node.find(id);
  if (entry.offset == node.end_offset() || entry.id != id || entry.is_deleted) return false;
  node.erase(entry);
  --length_;
  if (node.live_entries() == 0) drop_node(at);
  max_deleted_id_ = std::max(max_deleted_id_, id);
  return true;
}

// --- groups

ConsumerGroup* Stream::find_group(std::string_view name) const noexcept {
  const auto at = std::partition_point(groups_.begin(), groups_.end(),
                                       [&](const auto& each) { return each->name() < name; });
  return at != groups_.end() && (*at)->name() == name ? at->get() : nullptr;
}

ConsumerGroup& Stream::create_group(std::string_view name) {
  const auto at = std::partition_point(groups_.begin(), groups_.end(),
                                       [&](const auto& each) { return each->name() < name; });
  return **groups_.insert(at, std::make_unique<ConsumerGroup>(name, bytes_));
}

void Stream::erase_group(ConsumerGroup& group) {
  std::erase_if(groups_, [&](const auto& each) { return each.get() == &group; });
}

bool Stream::has_deletions_from(StreamId id) const noexcept {
  if (length_ == 0 || max_deleted_id_.is_zero()) return false;
  return first_entry() <= max_deleted_id_ && id <= max_deleted_id_;
}

std::optional<std::int64_t> Stream::number_of(StreamId id) const noexcept {
  const auto added = static_cast<std::int64_t>(entries_added_);
  const auto length = static_cast<std::int64_t>(length_);
  if (added == 0) return 0;
  if (length == 0 && id <= last_id_) return added;
  if (id == last_id_) return added;
  if (id > last_id_) return std::nullopt;
  const auto first = first_entry();
  if (!max_deleted_id_.is_zero() && max_deleted_id_ >= first) return std::nullopt;
  if (id < first) return added - length;
  if (id == first) return added - length + 1;
  return std::nullopt;
}

void Stream::note_read(ConsumerGroup& group, StreamId id) const noexcept {
  if (id <= group.last_delivered) return;
  if (group.entries_read && !has_deletions_from(id)) {
    ++*group.entries_read;
  } else if (entries_added_ != 0) {
    group.entries_read = number_of(id);
  }
  group.last_delivered = id;
}

std::optional<std::int64_t> Stream::lag_of(const ConsumerGroup& group) const noexcept {
  if (entries_added_ == 0) return 0;
  const auto added = static_cast<std::int64_t>(entries_added_);
  if (group.entries_read && !has_deletions_from(group.last_delivered)) {
    return added - *group.entries_read;
  }
  const auto read = number_of(group.last_delivered);
  if (!read) return std::nullopt;
  return added - *read;
}

bool Stream::is_referenced(StreamId id) const noexcept {
  return std::any_of(groups_.begin(), groups_.end(), [&](const auto& group) {
    return id > group->last_delivered || group->find_pending(id) != nullptr;
  });
}

bool Stream::erase_references(StreamId id) {
  bool any = false;
  for (const auto& group : groups_) any |= group->erase_pending(id);
  return any;
}

Producers& Stream::make_producers() {
  if (!producers_) producers_ = std::make_unique<Producers>(bytes_);
  return *producers_;
}

}  // namespace larder::value
