#include "keyspace/store.h"

#include <cstring>

#include "keyspace/walk.h"

namespace larder::keyspace {

// Blocks go with their regions; only what they own outside must be looked for.
Store::~Store() {
  if (outside_bytes == 0) return;
  table.for_each_shard([this](Shard shard) {
    for_each_slot(table, shard, 0, shard.bucket_count(), [this](Slot& slot) {
      if (auto block = block_of(slot); block.owns_memory()) block.free_outside();
    });
    return true;
  });
}

bool Store::compact_step() {
  const auto region = arena.drain_sparse_region(compaction_start);
  compaction_start += 64;
  if (region == 0) return false;
  arena.for_each_block(region, [this](Handle handle) {
    const Block block(arena.at(handle));
    const auto hash = table.hash_of(handle);
    auto* slot = table.find(hash, [&](Slot found) { return found.handle() == handle; });
    const auto bytes = block.bytes();
    const auto moved = arena.allocate(bytes);
    std::memcpy(arena.at(moved), block.at(), bytes);
    *slot = Slot(moved, slot->has_deadline(), slot->access());
    arena.free(handle);
  });
  return true;
}

}  // namespace larder::keyspace
