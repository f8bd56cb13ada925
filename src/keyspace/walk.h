// Going through buckets in memory order, with the blocks of the next ones fetched ahead: what walks
// a whole table costs a few nanoseconds a key rather than a cache miss.
#pragma once

#include <algorithm>

#include "base/prefetch.h"
#include "keyspace/table.h"

namespace larder::keyspace {

struct ReadsAllBlocks {
  bool operator()(Slot /*slot*/) const noexcept { return true; }
};

// Calls `visit(Slot&)` with the occupied slots of buckets [first, end) of `shard`. The visitor may
// remove the slot it is given; it must not add keys. Only those blocks are fetched ahead for which
// `reads(slot)` says that the visitor will look at them.
template <class Visit, class Reads = ReadsAllBlocks>
void for_each_slot(const Table& table, Shard shard, unsigned first, unsigned end, Visit&& visit,
                   Reads reads = {}) {
  constexpr unsigned kAhead = 3;
  const auto each_in = [&](unsigned index, auto&& act) {
    auto& bucket = shard.buckets()[index];
    for (auto slots = bucket.occupied(); slots != 0; slots = Bucket::without_first(slots)) {
      act(bucket.slot(Bucket::index_of(slots)));
    }
  };
  const auto fetch = [&](Slot& slot) {
    if (reads(slot)) base::prefetch(table.block_of(slot).at());
  };
  for (auto index = first; index < std::min(first + kAhead, end); ++index) each_in(index, fetch);
  for (auto index = first; index < end; ++index) {
    if (index + kAhead < end) each_in(index + kAhead, fetch);
    each_in(index, visit);
  }
}

}  // namespace larder::keyspace
