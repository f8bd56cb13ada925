#include "keyspace/sweep.h"

#include <algorithm>

#include "keyspace/keyspace.h"
#include "keyspace/store.h"
#include "keyspace/walk.h"

namespace larder::keyspace {
namespace {

// Buckets between two looks at the clock: about 200 keys, some 10 to 40 microseconds.
constexpr unsigned kChunkBuckets = 32;
// While little is found, a round takes half a second, but no more than this many buckets are
// visited in a millisecond (about 1 % of a core, where every key has a deadline). One of keys
// without deadlines costs the other share of that: no entry is read.
constexpr double kRoundMs = 500;
constexpr double kBucketsPerMs = 100;
constexpr double kCostWithoutDeadlines = 1.0 / 16;
// From this share of keys past their deadline on, the sweep takes all the time it is given; below,
// it goes faster in proportion.
constexpr double kUrgentShare = 0.1;
constexpr double kSpeedPerShare = 200;
// The estimate of that share forgets what was met this many keys ago.
constexpr double kRememberedKeys = 2000;
constexpr double kSilentKeysPerChunk = 8;  // so that it forgets where no keys have deadlines, too
// Keys without deadlines are visited so that their clocks of use do not turn over.
constexpr base::UnixMs kClockRoundMs = 3'600'000;

void remember(SweepState& sweep, std::size_t checked_keys, std::size_t expired_keys) noexcept {
  const auto checked = static_cast<double>(checked_keys);
  const auto share = checked_keys == 0 ? 0 : static_cast<double>(expired_keys) / checked;
  const auto weight = std::min(1.0, (checked + kSilentKeysPerChunk) / kRememberedKeys);
  sweep.stale_share += (share - sweep.stale_share) * weight;
}

}  // namespace

// Visits the next buckets of one shard. Slots stay where they are until the shard's end is reached.
Database::SweptChunk Database::sweep_chunk(unsigned buckets, bool removes) {
  SweptChunk met;
  auto& sweep = store_->sweep;
  auto& table = store_->table;
  const auto shard = table.shard_of(sweep.cursor);
  const auto first = shard.home(sweep.cursor);
  const auto end = std::min(first + buckets, shard.bucket_count());
  const auto now = keyspace_.now_ms_;
  met.buckets = end - first;
  const auto visit = [&](Slot& slot) {
    const auto access = slot.access();
    if (access.age_seconds(keyspace_.clock_) > Access::kAgeMax) {
      slot.set_access(access.wound_on(keyspace_.clock_));
    }
    if (!slot.has_deadline()) return;
    ++met.checked;
    const auto block = store_->block_of(slot);
    const auto deadline = block.deadline();
    if (deadline > now) {
      sweep.ttl_sum_ms += static_cast<double>(deadline - now);
      ++sweep.ttl_count;
    } else if (removes) {
      ++met.expired;
      expire(&slot, keyspace_.hasher_(block.key()));
    }
  };
  for_each_slot(table, shard, first, end, visit, [](Slot slot) { return slot.has_deadline(); });
  const auto at = sweep.cursor;
  if (end != shard.bucket_count()) {
    sweep.cursor = shard.first_hash_of(end, at);
    return met;
  }
  sweep.cursor = shard.end_hash(at);
  table.settle(at);
  if (sweep.cursor == 0) {
    sweep.round_ended = now;
    sweep.average_ttl_ms =
        sweep.ttl_count == 0
            ? 0
            : static_cast<std::int64_t>(sweep.ttl_sum_ms / static_cast<double>(sweep.ttl_count));
    sweep.ttl_sum_ms = 0;
    sweep.ttl_count = 0;
  }
  return met;
}

bool Sweeper::is_due(const Database& database) const noexcept {
  if (database.size() == 0) return false;
  return database.with_deadline() != 0 ||
         keyspace_.now() - database.store_->sweep.round_ended > kClockRoundMs;
}

bool Sweeper::is_urgent(const Database& database) const noexcept {
  return database.with_deadline() != 0 && database.store_->sweep.stale_share >= kUrgentShare;
}

void Sweeper::allow(Database& database, double elapsed_ms) const noexcept {
  auto& sweep = database.store_->sweep;
  const auto bucket_count = database.store_->table.memory_bytes() / sizeof(Bucket);
  const auto buckets = static_cast<double>(bucket_count);
  const auto with_deadline =
      static_cast<double>(database.with_deadline()) / static_cast<double>(database.size());
  const auto cost = kCostWithoutDeadlines + (1 - kCostWithoutDeadlines) * with_deadline;
  const auto speed = keyspace_.expire_effort_ * (1 + kSpeedPerShare * sweep.stale_share) / cost;
  const auto per_ms = std::min(buckets / kRoundMs, kBucketsPerMs * speed);
  sweep.allowance_buckets = std::min(sweep.allowance_buckets + elapsed_ms * per_ms, buckets);
}

bool Sweeper::step_elements(std::int64_t until_us) {
  if (!keyspace_.sweep_removes_ || !keyspace_.removes_expired_) return false;
  const auto count = keyspace_.database_count();
  for (int i = 0; i < count; ++i) {
    // Another database is the first next time, so that none has to wait for the others.
    auto& database = keyspace_.database((next_database_ + i) % count);
    while (database.sweep_elements()) {
      if (base::monotonic_us() < until_us) continue;
      next_database_ = (next_database_ + i + 1) % count;
      return true;
    }
  }
  return false;
}

bool Sweeper::step(std::int64_t until_us) {
  const auto now = keyspace_.now();
  const auto elapsed_ms = static_cast<double>(std::clamp<base::UnixMs>(now - last_step_, 0, 1000));
  last_step_ = now;
  const bool removes = keyspace_.sweep_removes_ && keyspace_.removes_expired_;
  const auto count = keyspace_.database_count();
  bool has_time = true;
  bool urgent = false;
  for (int i = 0; i < count; ++i) {
    const auto index = (next_database_ + i) % count;
    auto& database = keyspace_.database(index);
    if (!is_due(database)) continue;
    auto& sweep = database.store_->sweep;
    allow(database, elapsed_ms);
    while (has_time && (sweep.allowance_buckets >= 1 || is_urgent(database)) && is_due(database)) {
      const auto met = database.sweep_chunk(kChunkBuckets, removes);
      sweep.allowance_buckets = std::max(sweep.allowance_buckets - met.buckets, 0.0);
      remember(sweep, met.checked, met.expired);
      if (base::monotonic_us() >= until_us) {
        has_time = false;
        next_database_ = (index + 1) % count;
      }
    }
    if (database.with_deadline() == 0) sweep.stale_share = 0;
    urgent |= is_urgent(database) && removes;
    keyspace_.counters_.stale_share = sweep.stale_share;
  }
  if (urgent) ++keyspace_.counters_.expire_sweeps_out_of_time;
  return urgent;
}

}  // namespace larder::keyspace
