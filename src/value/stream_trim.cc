// How a stream's beginning is removed: whole nodes as long as they fit, then single entries.
#include <algorithm>

#include "value/stream.h"

namespace larder::value {

bool Stream::goes_whole(const StreamNode& node, const StreamTrim& rule) const noexcept {
  if (rule.by == StreamTrim::By::id) return node.last_id() < rule.id_min;
  return length_ - node.live_entries() >= rule.length_max;
}

// Removes from the node what the rule asks for; the node may go with its last entry.
std::size_t Stream::trim_within(Nodes::Position position, const StreamTrim& rule) {
  auto& node = *nodes_[position].node;
  std::size_t removed = 0;
  for (auto at = node.first_offset(); at != node.end_offset();) {
    const auto entry = node.entry_at(at);
    at = entry.end;
    if (entry.is_deleted) continue;
    const bool is_done =
        rule.by == StreamTrim::By::id ? entry.id >= rule.id_min : length_ <= rule.length_max;
    if (is_done) break;
    if (rule.references == StreamReferences::spare && is_referenced(entry.id)) continue;
    if (rule.references == StreamReferences::remove) erase_references(entry.id);
    node.erase(entry);
    --length_;
    ++removed;
  }
  if (node.live_entries() == 0) drop_node(position);
  return removed;
}

// Entries that groups refer to stay between others that go, so that no node goes unseen.
std::size_t Stream::trim_unreferenced(const StreamTrim& rule) {
  StreamId read_by_all = kLastStreamId;
  for (const auto& group : groups_) read_by_all = std::min(read_by_all, group->last_delivered);
  std::size_t removed = 0;
  std::size_t seen = 0;
  auto at = nodes_.begin();
  while (at != nodes_.end()) {
    const auto& record = nodes_[at];
    const auto live = record.node->live_entries();
    if (record.first > read_by_all) break;
    if (rule.by == StreamTrim::By::length && length_ <= rule.length_max) break;
    if (rule.by == StreamTrim::By::id && record.first >= rule.id_min) break;
    if (rule.entries_max != 0 && seen + live > rule.entries_max) break;
    if (rule.whole_nodes_only && !goes_whole(*record.node, rule)) break;
    seen += live;
    const auto first = record.first;
    removed += trim_within(at, rule);
    at = nodes_.lower_bound(first);
    if (at != nodes_.end() && nodes_[at].first == first) at = nodes_.next(at);
  }
  return removed;
}

std::size_t Stream::trim(const StreamTrim& rule) {
  if (rule.by == StreamTrim::By::nothing) return 0;
  if (rule.references == StreamReferences::spare && !groups_.empty()) {
    return trim_unreferenced(rule);
  }
  std::size_t removed = 0;
  while (!nodes_.empty()) {
    if (rule.by == StreamTrim::By::length && length_ <= rule.length_max) break;
    const auto position = nodes_.begin();
    const auto& node = *nodes_[position].node;
    const auto live = node.live_entries();
    if (rule.entries_max != 0 && removed + live > rule.entries_max) break;
    if (!goes_whole(node, rule)) {
      if (!rule.whole_nodes_only) removed += trim_within(position, rule);
      break;
    }
    if (rule.references == StreamReferences::remove && !groups_.empty()) {
      trim_within(position, rule);
    } else {
      drop_node(position);
    }
    removed += live;
  }
  return removed;
}

}  // namespace larder::value
