// Which chunks of a list are compressed: those behind the first `compress_depth_` at either end,
// where it saves enough. A change opens the chunks that it needs, and when it is done settles what
// is near the place where it was, and what has come near an end or gone away from it.
#include <algorithm>

#include "value/chunked_list.h"

namespace larder::value {

void ChunkedList::open(const Position& p) {
  auto& chunk = chunk_at(p);
  if (!chunk.is_compressed()) return;
  chunk_bytes_ -= chunk.allocated_bytes();
  chunk.inflate();
  chunk_bytes_ += chunk.allocated_bytes();
}

void ChunkedList::close(const Position& p) {
  if (!compresses()) return;
  auto& chunk = chunk_at(p);
  if (chunk.is_compressed() || is_near_end(p)) return;
  const auto bytes_before = chunk.allocated_bytes();
  if (chunk.compress()) chunk_bytes_ += chunk.allocated_bytes() - bytes_before;
}

bool ChunkedList::is_near_end(const Position& p) const noexcept {
  auto before = p.chunk;
  for (auto group = p.group; group > 0 && before < compress_depth_;) {
    before += groups_[--group].row->chunks.size();
  }
  auto behind = groups_[p.group].row->chunks.size() - 1 - p.chunk;
  for (auto group = p.group + 1; group < groups_.size() && behind < compress_depth_; ++group) {
    behind += groups_[group].row->chunks.size();
  }
  return std::min(before, behind) < compress_depth_;
}

// REQUIRES: n < chunks_.
ChunkedList::Position ChunkedList::nth_chunk(End from, std::size_t n) const noexcept {
  std::size_t group = 0;
  const auto size_of = [&](std::size_t i) { return groups_[i].row->chunks.size(); };
  if (from == End::front) {
    for (; n >= size_of(group); ++group) n -= size_of(group);
    return {group, n, 0};
  }
  for (group = groups_.size() - 1; n >= size_of(group); --group) n -= size_of(group);
  return {group, size_of(group) - 1 - n, 0};
}

// After chunks came or went, there were `chunks_before`: as many are too far from the end now, or
// near it.
void ChunkedList::settle_end(End end, std::size_t chunks_before) {
  if (!compresses() || chunks_ == chunks_before) return;
  if (chunks_ > chunks_before) {
    const auto until = std::min(chunks_, compress_depth_ + (chunks_ - chunks_before));
    for (auto n = compress_depth_; n < until; ++n) close(nth_chunk(end, n));
    return;
  }
  const auto gone = std::min(chunks_before - chunks_, compress_depth_);
  const auto until = std::min(chunks_, compress_depth_);
  for (auto n = compress_depth_ - gone; n < until; ++n) open(nth_chunk(end, n));
}

// After a change of the items at `index`, which has opened their chunk and its neighbours at most.
void ChunkedList::settle(std::size_t index, std::size_t chunks_before) {
  if (!compresses() || items_ == 0) return;
  for (const auto end : {End::front, End::back}) settle_end(end, chunks_before);
  const auto changed = locate(std::min(index, items_ - 1));
  close(changed);
  for (const auto end : {End::front, End::back}) {
    auto neighbour = changed;
    if (step(neighbour, end, false)) close(neighbour);
  }
}

bool ChunkedList::is_settled() const noexcept {
  Position p;
  for (bool more = !groups_.empty(); more; more = step(p, End::front, false)) {
    if (chunk_at(p).is_compressed() && (!compresses() || is_near_end(p))) return false;
  }
  return true;
}

}  // namespace larder::value
