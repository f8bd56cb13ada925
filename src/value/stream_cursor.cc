#include "value/stream_cursor.h"

namespace larder::value {

StreamCursor::StreamCursor(const Stream& stream, StreamId first, StreamId last,
                           Direction direction) noexcept
    : nodes_(&stream.nodes()), first_(first), last_(last), direction_(direction) {
  at_ = nodes_->end();
  if (nodes_->empty() || first > last) return;
  const auto bound = direction == Direction::forward ? first : last;
  if (bound >= nodes_->back().first) {
    at_ = nodes_->previous(nodes_->end());
  } else {
    at_ = nodes_->lower_bound(bound);
    if ((*nodes_)[at_].first != bound && at_ != nodes_->begin()) at_ = nodes_->previous(at_);
  }
  if (direction == Direction::backward) at_ = nodes_->next(at_);
}

bool StreamCursor::next_forward() noexcept {
  while (true) {
    while (node_ == nullptr || offset_ == node_->end_offset()) {
      if (at_ == nodes_->end()) return false;
      node_ = (*nodes_)[at_].node;
      offset_ = node_->first_id() < first_ ? node_->find(first_).offset : node_->first_offset();
      at_ = nodes_->next(at_);
    }
    entry_ = node_->entry_at(offset_);
    if (entry_.id > last_) return false;
    offset_ = entry_.end;
    if (!entry_.is_deleted) return true;
  }
}

void StreamCursor::enter_backward() {
  at_ = nodes_->previous(at_);
  node_ = (*nodes_)[at_].node;
  for (auto offset = node_->first_offset(); offset != node_->end_offset();) {
    const auto entry = node_->entry_at(offset);
    if (entry.id > last_) break;
    if (!entry.is_deleted) offsets_.push_back(offset);
    offset = entry.end;
  }
}

bool StreamCursor::next_backward() {
  while (offsets_.empty()) {
    if (nodes_->empty() || at_ == nodes_->begin() || first_ > last_) return false;
    enter_backward();
  }
  entry_ = node_->entry_at(offsets_.back());
  offsets_.pop_back();
  return entry_.id >= first_;
}

}  // namespace larder::value
