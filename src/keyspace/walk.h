// Going through buckets in memory order, with the blocks of the next ones fetched ahead: what walks
// a whole table costs a few nanoseconds a key rather than a cache miss.
#pragma once

#include <algorithm>

#include "base/prefetch.h"
#include "keyspace/table.h"

namespace larder::keyspace {

struct Occupied {
  Bucket::Matches operator()(const Bucket& bucket) const noexcept { return bucket.occupied(); }
};
struct WithDeadline {
  Bucket::Matches operator()(const Bucket& bucket) const noexcept { return bucket.with_deadline(); }
};

// Calls `visit(Slot&)` with those slots of buckets [first, end) of `shard` that `choose(bucket)`
// names, the blocks of `ahead` buckets being under way. The visitor may remove the slot it is
// given; it must not add keys.
template <class Visit, class Choose = Occupied>
void for_each_slot(const Table& table, Shard shard, unsigned first, unsigned end, Visit&& visit,
                   Choose choose = {}, unsigned ahead = 3) {
  const auto each_in = [&](unsigned index, auto&& act) {
    auto& bucket = shard.buckets()[index];
    for (auto slots = choose(bucket); slots != 0; slots = Bucket::without_first(slots)) {
      act(bucket.slot(Bucket::index_of(slots)));
    }
  };
  const auto fetch = [&](Slot& slot) { base::prefetch(table.block_of(slot).at()); };
  for (auto index = first; index < std::min(first + ahead, end); ++index) each_in(index, fetch);
  for (auto index = first; index < end; ++index) {
    if (index + ahead < end) each_in(index + ahead, fetch);
    each_in(index, visit);
  }
}

}  // namespace larder::keyspace
