// Goes through a stream's entries within a range of ids, in either direction.
#pragma once

#include <cstdint>
#include <vector>

#include "value/stream.h"

namespace larder::value {

// The stream must not change while it is gone through.
class StreamCursor {
 public:
  enum class Direction : bool { forward, backward };

  // The entries from `first` to `last`, both included.
  StreamCursor(const Stream& stream, StreamId first, StreamId last,
               Direction direction = Direction::forward) noexcept;

  // Goes to the next entry (the first one, to begin with); false where there are no more.
  bool next() { return direction_ == Direction::forward ? next_forward() : next_backward(); }

  // Of the entry it is at.
  StreamId id() const noexcept { return entry_.id; }
  StreamFields fields() const noexcept { return {*node_, entry_}; }

 private:
  bool next_forward() noexcept;
  bool next_backward();
  void enter_backward();

  const Stream::Nodes* nodes_;
  StreamId first_;
  StreamId last_;
  Direction direction_;
  Stream::Nodes::Position at_;  // the node to enter next; backward: the one behind it
  const StreamNode* node_ = nullptr;
  std::uint32_t offset_ = 0;            // forward: where the next entry begins
  std::vector<std::uint32_t> offsets_;  // backward: of the node's entries that are still to come
  StreamEntry entry_;
};

}  // namespace larder::value
