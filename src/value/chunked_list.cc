#include "value/chunked_list.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/byte_buffer.h"

namespace larder::value {
namespace {

constexpr std::size_t kFirstRoom = 512 - ListChunk::kHeadBytes;
// An item above this has a chunk of its own: beside others it would waste up to as much.
constexpr std::size_t kSharedEntryMax = 1024;
// Chunks with less than this are joined with a neighbour, where the result has room to grow.
constexpr std::size_t kSmallChunk = ListChunk::kRoomMax / 4;
constexpr std::size_t kJoinedMax = ListChunk::kRoomMax / 4 * 3;

// A list of a single chunk grows in small steps, to waste little; others will fill theirs.
std::size_t next_room(std::size_t needed, bool is_only) noexcept {
  const auto wanted = is_only ? needed + needed / 8 : 2 * needed;
  const auto rounded = (wanted + ListChunk::kHeadBytes + 127) / 128 * 128 - ListChunk::kHeadBytes;
  return std::max(std::clamp(rounded, kFirstRoom, ListChunk::kRoomMax), needed);
}

// A chunk's entries, which are inflated where it is compressed: until the next one is shown.
class Shown {
 public:
  std::string_view entries(const ListChunk& chunk) {
    if (!chunk.is_compressed()) return {chunk.begin(), chunk.size()};
    inflated_.clear();
    chunk.inflate_to(inflated_.prepare(chunk.size()));
    return {inflated_.data(), chunk.size()};
  }

 private:
  base::ByteBuffer inflated_;
};

// The entry of that index among `items`, or their end.
const char* nth_entry(std::string_view entries, std::size_t items, std::size_t index) noexcept {
  if (index <= items / 2) {
    const char* at = entries.data();
    for (auto i = index; i > 0; --i) at = next_entry(at);
    return at;
  }
  const char* at = entries.data() + entries.size();
  for (auto i = index; i < items; ++i) at = previous_entry(at);
  return at;
}

bool has_entry(std::string_view entries, const EncodedItem& item) noexcept {
  const char* const end = entries.data() + entries.size();
  for (const char* at = entries.data(); at != end; at = next_entry(at)) {
    if (item.equals(at)) return true;
  }
  return false;
}

}  // namespace

// --- finding

ChunkedList::Position ChunkedList::end_position(End end) const noexcept {
  if (end == End::front) return {};
  const auto& row = *groups_.back().row;
  return {groups_.size() - 1, row.chunks.size() - 1, row.items.back() - std::size_t{1}};
}

ChunkedList::Position ChunkedList::locate(std::size_t index) const noexcept {
  Position p;
  if (index < items_ / 2) {
    while (index >= groups_[p.group].items) index -= groups_[p.group++].items;
  } else {
    auto behind = items_;
    p.group = groups_.size();
    do {
      behind -= groups_[--p.group].items;
    } while (behind > index);
    index -= behind;
  }
  const auto& items = groups_[p.group].row->items;
  while (index >= items[p.chunk]) index -= items[p.chunk++];
  p.item = index;
  return p;
}

// REQUIRES: the chunk is open.
char* ChunkedList::entry_at(const Position& p) noexcept {
  auto& chunk = chunk_at(p);
  return const_cast<char*>(nth_entry({chunk.begin(), chunk.size()}, items_at(p), p.item));
}

void ChunkedList::visit(std::size_t first, std::size_t count, Visitor visit) const {
  if (count == 0) return;
  auto p = locate(first);
  Shown shown;
  const char* at = nth_entry(shown.entries(chunk_at(p)), items_at(p), p.item);
  while (true) {
    auto here = std::min(count, items_at(p) - p.item);
    count -= here;
    for (; here > 0; --here) {
      const char* const item = at;
      at = next_entry(at);
      if (!visit(item)) return;
    }
    if (count == 0) return;
    step(p, End::front, false);
    p.item = 0;
    at = shown.entries(chunk_at(p)).data();
  }
}

void ChunkedList::visit_backwards(std::size_t first, std::size_t count, Visitor visit) const {
  if (count == 0) return;
  auto p = locate(first);
  Shown shown;
  const char* at = nth_entry(shown.entries(chunk_at(p)), items_at(p), p.item + 1);
  while (true) {
    auto here = std::min(count, p.item + 1);
    count -= here;
    for (; here > 0; --here) {
      at = previous_entry(at);
      if (!visit(at)) return;
    }
    if (count == 0) return;
    step(p, End::back, false);
    p.item = items_at(p) - 1;
    const auto entries = shown.entries(chunk_at(p));
    at = entries.data() + entries.size();
  }
}

// Moves on to the next chunk, or to the one before; false at the end. `is_gone`: the chunk at `p`
// was removed meanwhile.
bool ChunkedList::step(Position& p, End from, bool is_gone) const noexcept {
  if (from == End::front) {
    if (!is_gone) ++p.chunk;
    const bool is_last = p.group < groups_.size() && p.chunk == groups_[p.group].row->chunks.size();
    if (is_last) p = {p.group + 1, 0, 0};
    return p.group < groups_.size();
  }
  if (p.chunk == 0) {
    if (p.group == 0) return false;
    p.chunk = groups_[--p.group].row->chunks.size();
  }
  --p.chunk;
  return true;
}

// --- bookkeeping

void ChunkedList::count(const Position& p, std::ptrdiff_t items,
                        std::ptrdiff_t entry_bytes) noexcept {
  const auto more = static_cast<std::size_t>(items);
  items_at(p) = static_cast<std::uint16_t>(items_at(p) + more);
  groups_[p.group].items += more;
  items_ += more;
  entry_bytes_ += static_cast<std::size_t>(entry_bytes);
}

void ChunkedList::resize_chunk(const Position& p, std::size_t room, End grows_at) {
  auto& chunk = chunk_at(p);
  chunk_bytes_ -= chunk.allocated_bytes();
  chunk.resize(room, grows_at);
  chunk_bytes_ += chunk.allocated_bytes();
}

std::uint64_t ChunkedList::move_memory(std::uint64_t position, MemoryMover& mover) {
  std::uint64_t before = 0;
  for (auto& group : groups_) {
    auto& chunks = group.row->chunks;
    for (auto at = std::max(position, before); at < before + chunks.size(); ++at) {
      if (mover.is_done()) return at;
      chunks[at - before].move_memory(mover);
    }
    before += chunks.size();
  }
  return 0;
}

// Gives half of a full group to a new one behind it; returns where `p` has come to be.
ChunkedList::Position ChunkedList::split_group(const Position& p) {
  auto upper = std::make_unique<Chunks>();
  auto& row = *groups_[p.group].row;
  // A list that grows at its end leaves full groups behind.
  const auto keeps = p.chunk == row.chunks.size() ? row.chunks.size() : row.chunks.size() / 2;
  const auto cut = static_cast<std::ptrdiff_t>(keeps);
  upper->chunks.assign(std::move_iterator(row.chunks.begin() + cut),
                       std::move_iterator(row.chunks.end()));
  upper->items.assign(row.items.begin() + cut, row.items.end());
  row.chunks.erase(row.chunks.begin() + cut, row.chunks.end());
  row.items.erase(row.items.begin() + cut, row.items.end());
  std::size_t moved = 0;
  for (const auto items : upper->items) moved += items;
  groups_[p.group].items -= moved;
  groups_.insert(groups_.begin() + static_cast<std::ptrdiff_t>(p.group) + 1,
                 Group{std::move(upper), moved});
  return p.chunk < keeps ? p : Position{p.group + 1, p.chunk - keeps, 0};
}

// Puts an empty chunk before the one at `before` (chunk may be one past a group's last); the caller
// fills it. Returns where it is.
ChunkedList::Position ChunkedList::insert_chunk(Position before, ListChunk chunk) {
  if (groups_.empty()) groups_.push_back({std::make_unique<Chunks>(), 0});
  if (groups_[before.group].row->chunks.size() == kGroupChunksMax) {
    if (before.chunk == 0) {
      groups_.insert(groups_.begin() + static_cast<std::ptrdiff_t>(before.group),
                     Group{std::make_unique<Chunks>(), 0});
    } else {
      before = split_group(before);
    }
  }
  chunk_bytes_ += chunk.allocated_bytes();
  ++chunks_;
  auto& row = *groups_[before.group].row;
  const auto at = static_cast<std::ptrdiff_t>(before.chunk);
  row.chunks.insert(row.chunks.begin() + at, std::move(chunk));
  row.items.insert(row.items.begin() + at, 0);
  return {before.group, before.chunk, 0};
}

void ChunkedList::remove_groups(std::size_t first, std::size_t groups) {
  const auto begin = groups_.begin() + static_cast<std::ptrdiff_t>(first);
  const auto end = begin + static_cast<std::ptrdiff_t>(groups);
  for (auto group = begin; group != end; ++group) {
    items_ -= group->items;
    chunks_ -= group->row->chunks.size();
    for (const auto& chunk : group->row->chunks) {
      chunk_bytes_ -= chunk.allocated_bytes();
      entry_bytes_ -= chunk.size();
    }
  }
  groups_.erase(begin, end);
}

void ChunkedList::remove_chunks(const Position& first, std::size_t chunks) {
  auto& group = groups_[first.group];
  auto& row = *group.row;
  if (chunks == row.chunks.size()) return remove_groups(first.group, 1);
  for (auto i = first.chunk; i < first.chunk + chunks; ++i) {
    chunk_bytes_ -= row.chunks[i].allocated_bytes();
    entry_bytes_ -= row.chunks[i].size();
    group.items -= row.items[i];
    items_ -= row.items[i];
  }
  chunks_ -= chunks;
  const auto begin = static_cast<std::ptrdiff_t>(first.chunk);
  const auto end = begin + static_cast<std::ptrdiff_t>(chunks);
  row.chunks.erase(row.chunks.begin() + begin, row.chunks.begin() + end);
  row.items.erase(row.items.begin() + begin, row.items.begin() + end);
}

std::size_t ChunkedList::memory_bytes() const noexcept {
  // Its place in a row, with what rows have spare.
  constexpr std::size_t kPerChunk = 2 * (sizeof(ListChunk) + sizeof(std::uint16_t));
  return sizeof *this + groups_.capacity() * sizeof(Group) + groups_.size() * sizeof(Chunks) +
         chunks_ * kPerChunk + chunk_bytes_;
}

std::unique_ptr<Object> ChunkedList::clone() const {
  auto copy = std::make_unique<ChunkedList>(compress_depth_);
  copy->is_quicklist = is_quicklist;
  copy->groups_.reserve(groups_.size());
  for (const auto& group : groups_) {
    auto row = std::make_unique<Chunks>();
    row->items = group.row->items;
    row->chunks.reserve(group.row->chunks.size());
    for (const auto& chunk : group.row->chunks) {
      copy->chunk_bytes_ += row->chunks.emplace_back(chunk.clone()).allocated_bytes();
    }
    copy->groups_.push_back({std::move(row), group.items});
  }
  copy->items_ = items_;
  copy->entry_bytes_ = entry_bytes_;
  copy->chunks_ = chunks_;
  return copy;
}

// --- ends

// Whether the chunk at an end can take the entry, after it was balanced or enlarged where that
// pays: balancing moves at most three times the bytes that it makes room for.
bool ChunkedList::has_room_at_end(End end, std::size_t entry_bytes) {
  if (groups_.empty()) return false;
  const auto p = end_position(end);
  auto& chunk = chunk_at(p);
  const auto needed = chunk.size() + entry_bytes;
  if (needed > ListChunk::kRoomMax) return false;
  if (chunk.spare_at(end) >= entry_bytes) return true;
  if (chunk.spare() >= chunk.room() / 4 && chunk.spare() / 2 >= entry_bytes) {
    chunk.balance();
    return true;
  }
  if (entry_bytes > kSharedEntryMax || chunk.room() >= ListChunk::kRoomMax) return false;
  resize_chunk(p, next_room(needed, chunks_ == 1), end);
  return true;
}

// The chunk that it leaves behind is not the one at the end any more.
void ChunkedList::push_chunk(End end, std::size_t entry_bytes) {
  const bool is_shared = entry_bytes <= kSharedEntryMax;
  ListChunk chunk(is_shared ? next_room(entry_bytes, chunks_ == 0) : entry_bytes, end);
  Position before;
  if (end == End::back && !groups_.empty()) {
    before = {groups_.size() - 1, groups_.back().row->chunks.size(), 0};
  }
  insert_chunk(before, std::move(chunk));
  settle_end(end, chunks_ - 1);
}

void ChunkedList::push(End end, const EncodedItem& item) {
  const auto bytes = entry_size(item.size());
  if (!has_room_at_end(end, bytes)) push_chunk(end, bytes);
  const bool is_front = end == End::front;
  auto& group = is_front ? groups_.front() : groups_.back();
  auto& row = *group.row;
  write_entry((is_front ? row.chunks.front() : row.chunks.back()).extend(end, bytes), item);
  ++(is_front ? row.items.front() : row.items.back());
  ++group.items;
  ++items_;
  entry_bytes_ += bytes;
}

void ChunkedList::pop(End end) {
  const bool is_front = end == End::front;
  auto& group = is_front ? groups_.front() : groups_.back();
  auto& items = is_front ? group.row->items.front() : group.row->items.back();
  if (items == 1) {
    auto p = end_position(end);
    remove_chunks({p.group, p.chunk, 0}, 1);
    return settle_end(end, chunks_ + 1);
  }
  auto& chunk = is_front ? group.row->chunks.front() : group.row->chunks.back();
  const auto bytes = entry_size(item_size(is_front ? chunk.begin() : previous_entry(chunk.end())));
  chunk.drop(end, bytes);
  --items;
  --group.items;
  --items_;
  entry_bytes_ -= bytes;
}

// --- anywhere

// Makes spare room in a chunk of many items; false where it would grow too large.
bool ChunkedList::make_room(const Position& p, std::size_t missing) {
  auto& chunk = chunk_at(p);
  const auto needed = chunk.size() + missing;
  if (needed > ListChunk::kRoomMax) return false;
  if (chunk.spare() >= missing) return true;
  resize_chunk(p, next_room(needed, chunks_ == 1), End::back);
  return true;
}

// Moves what is behind `at`, which is inside the chunk, to a new chunk behind it.
void ChunkedList::split_chunk(const Position& p, const char* at) {
  const auto moved_bytes = static_cast<std::size_t>(chunk_at(p).end() - at);
  const auto room = moved_bytes + std::min(moved_bytes, kSharedEntryMax) / 2;
  const auto behind = insert_chunk({p.group, p.chunk + 1, 0}, ListChunk(room, End::back));
  // The group may have been split between the two.
  const auto from =
      behind.chunk > 0
          ? Position{behind.group, behind.chunk - 1, 0}
          : Position{behind.group - 1, groups_[behind.group - 1].row->chunks.size() - 1, 0};
  const auto moved_items = static_cast<std::ptrdiff_t>(items_at(from) - p.item);
  auto& source = chunk_at(from);
  std::memcpy(chunk_at(behind).extend(End::back, moved_bytes), at, moved_bytes);
  source.drop(End::back, moved_bytes);
  const auto bytes = static_cast<std::ptrdiff_t>(moved_bytes);
  count(from, -moved_items, -bytes);
  count(behind, moved_items, bytes);
}

void ChunkedList::insert(std::size_t index, const EncodedItem& item) {
  if (index == 0) return push(End::front, item);
  if (index == items_) return push(End::back, item);
  const auto chunks_before = chunks_;
  insert_within(index, item);
  settle(index, chunks_before);
}

void ChunkedList::insert_within(std::size_t index, const EncodedItem& item) {
  const auto bytes = entry_size(item.size());
  auto p = locate(index);
  open(p);
  if (bytes > kSharedEntryMax) {
    if (p.item > 0) {
      split_chunk(p, entry_at(p));
      p = locate(index);
    }
    p = insert_chunk(p, ListChunk(bytes, End::back));
  } else if (!make_room(p, bytes)) {
    const auto middle = Position{p.group, p.chunk, items_at(p) / std::size_t{2}};
    if (middle.item > 0) {
      split_chunk(middle, entry_at(middle));
      return insert_within(index, item);
    }
    p = insert_chunk(p, ListChunk(next_room(bytes, false), End::back));
  }
  write_entry(chunk_at(p).splice(entry_at(p), 0, bytes), item);
  count(p, 1, static_cast<std::ptrdiff_t>(bytes));
}

void ChunkedList::replace(std::size_t index, const EncodedItem& item) {
  const auto chunks_before = chunks_;
  const auto p = locate(index);
  open(p);
  const auto bytes = entry_size(item.size());
  const auto old_bytes = entry_size(item_size(entry_at(p)));
  const bool stays = bytes <= old_bytes
                         ? bytes * 2 > old_bytes || old_bytes <= kSharedEntryMax
                         : bytes <= kSharedEntryMax && make_room(p, bytes - old_bytes);
  if (!stays) {
    erase(index, 1);
    return insert(index, item);
  }
  write_entry(chunk_at(p).splice(entry_at(p), old_bytes, bytes), item);
  entry_bytes_ += bytes - old_bytes;
  settle(index, chunks_before);
}

// Joins a chunk with the one behind it in its group, where one is small and the result has room to
// grow.
bool ChunkedList::join_with_next(const Position& first) {
  auto& row = *groups_[first.group].row;
  if (first.chunk + 1 >= row.chunks.size()) return false;
  const auto first_bytes = row.chunks[first.chunk].size();
  const auto bytes = row.chunks[first.chunk + 1].size();
  if (std::min(first_bytes, bytes) >= kSmallChunk || first_bytes + bytes > kJoinedMax) return false;
  const Position second{first.group, first.chunk + 1, 0};
  open(first);
  open(second);
  const auto items = items_at(second);
  make_room(first, bytes);
  auto& target = chunk_at(first);
  std::memcpy(target.splice(target.end(), 0, bytes), chunk_at(second).begin(), bytes);
  count(first, static_cast<std::ptrdiff_t>(items), static_cast<std::ptrdiff_t>(bytes));
  remove_chunks(second, 1);
  return true;
}

void ChunkedList::erase_within(const Position& p, std::size_t count_erased) {
  open(p);
  auto& chunk = chunk_at(p);
  const char* const begin = entry_at(p);
  const char* end = chunk.end();
  if (p.item + count_erased < items_at(p)) {
    end = begin;
    for (auto i = count_erased; i > 0; --i) end = next_entry(end);
  }
  const auto bytes = static_cast<std::size_t>(end - begin);
  chunk.splice(const_cast<char*>(begin), bytes, 0);
  count(p, -static_cast<std::ptrdiff_t>(count_erased), -static_cast<std::ptrdiff_t>(bytes));
  if (!join_with_next(p) && p.chunk > 0) join_with_next({p.group, p.chunk - 1, 0});
}

// Removes whole groups, or else whole chunks of one group, from `p` on; returns how many items.
std::size_t ChunkedList::drop_whole(const Position& p, std::size_t limit) {
  std::size_t items = 0;
  auto group = p.group;
  while (p.chunk == 0 && group < groups_.size() && items + groups_[group].items <= limit) {
    items += groups_[group++].items;
  }
  if (group > p.group) {
    remove_groups(p.group, group - p.group);
    return items;
  }
  const auto& row = *groups_[p.group].row;
  auto chunk = p.chunk;
  while (chunk < row.items.size() && items + row.items[chunk] <= limit) items += row.items[chunk++];
  remove_chunks(p, chunk - p.chunk);
  return items;
}

void ChunkedList::erase(std::size_t first, std::size_t count_erased) {
  const auto chunks_before = chunks_;
  erase_any(first, count_erased);
  settle(first, chunks_before);
}

void ChunkedList::erase_any(std::size_t first, std::size_t count_erased) {
  while (count_erased > 0) {
    const auto p = locate(first);
    if (p.item == 0 && items_at(p) <= count_erased) {
      count_erased -= drop_whole(p, count_erased);
    } else {
      const auto here = std::min(count_erased, items_at(p) - p.item);
      erase_within(p, here);
      count_erased -= here;
    }
  }
}

// Moves the items that stay over those that go, from one end of the chunk to the other.
std::size_t ChunkedList::remove_within(const Position& p, End from, std::size_t limit,
                                       const EncodedItem& item) {
  auto& chunk = chunk_at(p);
  const bool forward = from == End::front;
  std::size_t removed = 0;
  const char* at = forward ? chunk.begin() : chunk.end();
  char* kept = const_cast<char*>(at);
  const char* const stop = forward ? chunk.end() : chunk.begin();
  while (at != stop && removed < limit) {
    const char* const entry = forward ? at : previous_entry(at);
    const char* const next = forward ? next_entry(at) : entry;
    const auto bytes = static_cast<std::size_t>(forward ? next - at : at - entry);
    if (bytes == entry_size(item.size()) && item.equals(entry)) {
      ++removed;
    } else {
      if (!forward) kept -= bytes;
      if (kept != entry) std::memmove(kept, entry, bytes);
      if (forward) kept += bytes;
    }
    at = next;
  }
  if (removed == 0) return 0;
  const auto rest = static_cast<std::size_t>(forward ? stop - at : at - stop);
  const auto bytes = removed * entry_size(item.size());
  std::memmove(forward ? kept : kept - rest, forward ? at : stop, rest);
  chunk.drop(forward ? End::back : End::front, bytes);
  count(p, -static_cast<std::ptrdiff_t>(removed), -static_cast<std::ptrdiff_t>(bytes));
  return removed;
}

// Gives back what a chunk that has shrunk does not need; true where it went into a neighbour that
// was walked already.
bool ChunkedList::tidy(const Position& p, End walked) {
  const Position before{p.group, p.chunk - 1, 0};
  if (walked == End::back) {
    if (join_with_next(p)) return false;
  } else if (p.chunk > 0 && join_with_next(before)) {
    return true;
  }
  if (chunk_at(p).size() * 2 < chunk_at(p).room()) {
    resize_chunk(p, next_room(chunk_at(p).size(), true), End::back);
  }
  return false;
}

std::size_t ChunkedList::remove(End from, std::size_t limit, const EncodedItem& item) {
  const auto chunks_before = chunks_;
  std::size_t removed = 0;
  Shown shown;
  Position p = end_position(from);
  while (removed < limit) {
    p.item = 0;
    bool is_gone = false;
    if (!chunk_at(p).is_compressed() || has_entry(shown.entries(chunk_at(p)), item)) {
      removed += remove_in_chunk(p, from, limit - removed, item, is_gone);
    }
    if (!step(p, from, is_gone)) break;
  }
  for (const auto end : {End::front, End::back}) settle_end(end, chunks_before);
  return removed;
}

// `is_gone` comes to be whether there is no such chunk any more.
std::size_t ChunkedList::remove_in_chunk(const Position& p, End from, std::size_t limit,
                                         const EncodedItem& item, bool& is_gone) {
  open(p);
  const auto removed = remove_within(p, from, limit, item);
  if (removed == 0) return 0;
  if (items_at(p) == 0) {
    remove_chunks(p, 1);
    is_gone = true;
    return removed;
  }
  is_gone = tidy(p, from);
  close(is_gone ? Position{p.group, p.chunk - 1, 0} : p);
  return removed;
}

}  // namespace larder::value
