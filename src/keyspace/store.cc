#include "keyspace/store.h"

#include <cstring>

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

bool Store::compact_step() {
  constexpr std::size_t kBlocksAtOnce = 64;
  return arena.compact(kBlocksAtOnce, [this](Handle handle) {
    const Block block(arena.at(handle));
    auto* slot =
        table.find(table.hash_of(handle), [&](Slot found) { return found.handle() == handle; });
    const auto bytes = block.bytes();
    const auto moved = arena.allocate(bytes);
    std::memcpy(arena.at(moved), block.at(), bytes);
    *slot = Slot(moved, slot->has_deadline(), slot->access());
    arena.free(handle);
  });
}

}  // namespace larder::keyspace
