#include "keyspace/store.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/check.h"
#include "base/prefetch.h"
#include "keyspace/walk.h"

namespace larder::keyspace {

// Blocks and values go with their regions; only what the allocator has must be looked for.
Store::~Store() {
  if (outside_bytes == 0 && objects == 0) return;
  table.for_each_shard([this](Shard shard) {
    for_each_slot(table, shard, 0, shard.bucket_count(), [this](Slot& slot) {
      if (auto block = block_of(slot); block.owns_memory()) free_allocated(block);
    });
    return true;
  });
}

void Store::free_allocated(Block block) noexcept {
  if (block.key_is_outside()) value::LargeString::destroy(block.outside_key());
  if (block.holds_object()) {
    delete block.object();
  } else if (block.value_is_outside() && !values.owns(block.large())) {
    value::LargeString::destroy(block.large());
  }
}

value::LargeString* Store::make_large(std::uint64_t hash, std::size_t length,
                                      std::size_t capacity) {
  const auto bytes = value::LargeString::bytes_for(capacity);
  if (bytes > ValueArena::kBytesMax) return value::LargeString::make(length, capacity);
  auto* const memory = values.allocate(bytes, hash);
  return value::LargeString::place(memory, ValueArena::room_bytes(memory), length);
}

value::LargeString* Store::resize_large(std::uint64_t hash, value::LargeString* string,
                                        std::size_t length) {
  if (!values.owns(string)) return value::LargeString::resize(string, length);
  const auto capacity = string->capacity_for(length);
  if (capacity == string->capacity()) {
    string->set_length(length);
    return string;
  }
  auto* const resized = make_large(hash, length, capacity);
  std::memcpy(resized->bytes(), string->bytes(), std::min(length, string->length()));
  values.free(string);
  return resized;
}

void Store::destroy_large(value::LargeString* string) noexcept {
  values.owns(string) ? values.free(string) : value::LargeString::destroy(string);
}

bool Store::compact_step(const SlabArena::Effort& effort, Moves& moves) {
  return compact_values(effort, moves) || compact_entries(effort, moves);
}

bool Store::compact_values(const SlabArena::Effort& effort, Moves& moves) {
  std::array<ValueArena::Movable, ValueArena::kBytesAtOnce / Block::kBytesMax> room;
  const auto found = values.next_to_move(room, effort);
  for (const auto& each : found) base::prefetch(table.home_bucket(each.hash));
  for (const auto& each : found) move_value(each);
  moves.moved += found.size();
  moves.keys_moved += found.size();
  return !found.empty();
}

void Store::move_value(const ValueArena::Movable& value) {
  auto* const slot = table.find(value.hash, [&](Slot found) {
    const auto block = block_of(found);
    return block.value_is_outside() && !block.holds_object() && block.large() == value.memory;
  });
  CHECK(slot != nullptr, "a value without an entry");
  const auto bytes = ValueArena::room_bytes(value.memory);
  auto* const moved = values.allocate(bytes, value.hash);
  std::memcpy(moved, value.memory, bytes);
  Block::write_large(block_of(*slot).field(), static_cast<value::LargeString*>(moved));
  values.free(value.memory);
}

bool Store::compact_entries(const SlabArena::Effort& effort, Moves& moves) {
  constexpr std::size_t kBlocksAtOnce = 32;
  std::array<Handle, kBlocksAtOnce> room;
  const auto handles = arena.next_to_move(room, effort);
  if (handles.empty()) return !arena.is_round_over();
  std::array<std::uint64_t, kBlocksAtOnce> hashes;
  for (std::size_t i = 0; i < handles.size();
       ++i) {  // blocks of one region: read one after another
    hashes[i] = table.hash_of(handles[i]);
    base::prefetch(table.home_bucket(hashes[i]));
  }
  for (std::size_t i = 0; i < handles.size(); ++i) move(handles[i], hashes[i]);
  moves.moved += handles.size();
  moves.keys_moved += handles.size();
  return true;
}

// What a collection has beyond a few pieces is left to the steps that follow, before anything else.
bool Store::move_memory_step(value::MemoryMover::Move moves_piece, Moves& moves) {
  constexpr unsigned kBucketsAtOnce = 8;
  constexpr std::size_t kPiecesAtOnce = 64;
  value::MemoryMover mover(moves_piece, kPiecesAtOnce);
  bool has_more = true;
  if (!unfinished_.empty()) {
    move_unfinished(mover);
  } else {
    auto shard = table.shard_of(moving_cursor_);
    const auto first = shard.home(moving_cursor_);
    if (first == 0) table.move_shard(moving_cursor_, mover);
    shard = table.shard_of(moving_cursor_);
    const bool has_allocated = outside_bytes != 0 || objects != 0;
    const auto end = has_allocated ? std::min(first + kBucketsAtOnce, shard.bucket_count())
                                   : shard.bucket_count();
    const auto move_each = [&](Slot slot) { move_outside(slot, mover, moves); };
    if (has_allocated) for_each_slot(table, shard, first, end, move_each);
    const auto at = moving_cursor_;
    moving_cursor_ =
        end == shard.bucket_count() ? shard.end_hash(at) : shard.first_hash_of(end, at);
    has_more = moving_cursor_ != 0;
  }
  moves.moved += mover.moved();
  moves.kept += mover.kept();
  return has_more || !unfinished_.empty();
}

void Store::move_outside(Slot slot, value::MemoryMover& mover, Moves& moves) {
  auto block = block_of(slot);
  if (!block.owns_memory()) return;
  const auto moved_before = mover.moved();
  if (block.key_is_outside()) block.replace_outside_key(mover(block.outside_key()));
  if (block.holds_object()) {
    const bool begins = !mover.is_done();
    const auto position = begins ? block.object()->move_memory(0, mover) : 0;
    if (position != 0 || !begins) {
      unfinished_.push_back({table.hash_of(slot.handle()), position});
    }
  } else if (block.value_is_outside() && !values.owns(block.large())) {
    Block::write_large(block.field(), mover(block.large()));
  }
  ++(mover.moved() == moved_before ? moves.keys_kept : moves.keys_moved);
}

// The key may have gone, or have another value by now.
void Store::move_unfinished(value::MemoryMover& mover) {
  const auto [hash, position] = unfinished_.back();
  unfinished_.pop_back();
  auto* const slot = table.find(hash, [&, wanted = hash](Slot found) {
    return block_of(found).holds_object() && table.hash_of(found.handle()) == wanted;
  });
  if (slot == nullptr) return;
  const auto next = block_of(*slot).object()->move_memory(position, mover);
  if (next != 0) unfinished_.push_back({hash, next});
}

void Store::move(Handle handle, std::uint64_t hash) {
  auto* slot = table.find(hash, [&](Slot found) { return found.handle() == handle; });
  const Block block(arena.at(handle));
  const auto bytes = block.bytes();
  const auto moved = arena.allocate(bytes);
  std::memcpy(arena.at(moved), block.at(), bytes);
  *slot = Slot(moved, slot->has_deadline(), slot->access());
  arena.free(handle);
}

}  // namespace larder::keyspace
