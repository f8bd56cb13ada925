#include "keyspace/store.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/prefetch.h"
#include "keyspace/walk.h"

namespace larder::keyspace {

// Blocks go with their regions; only what they own outside must be looked for.
Store::~Store() {
  if (outside_bytes == 0 && objects == 0) return;
  table.for_each_shard([this](Shard shard) {
    for_each_slot(table, shard, 0, shard.bucket_count(), [this](Slot& slot) {
      if (auto block = block_of(slot); block.owns_memory()) block.free_outside();
    });
    return true;
  });
}

bool Store::compact_step(const SlabArena::Effort& effort) {
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
  return true;
}

bool Store::move_strings_step(void* (*move_memory)(void*)) {
  constexpr unsigned kBucketsAtOnce = 8;
  const auto shard = table.shard_of(strings_cursor_);
  const auto first = shard.home(strings_cursor_);
  const auto end = std::min(first + kBucketsAtOnce, shard.bucket_count());
  for_each_slot(table, shard, first, end, [&](Slot& slot) {
    const auto block = block_of(slot);
    if (!block.value_is_outside() || block.holds_object()) return;
    auto* const string = block.large();
    auto* const moved = static_cast<value::LargeString*>(move_memory(string));
    if (moved != string) Block::write_large(block.field(), moved);
  });
  const auto at = strings_cursor_;
  strings_cursor_ = end == shard.bucket_count() ? shard.end_hash(at) : shard.first_hash_of(end, at);
  return strings_cursor_ != 0;
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
