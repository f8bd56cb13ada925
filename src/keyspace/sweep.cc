#include "keyspace/sweep.h"

#include <algorithm>

#include "keyspace/keyspace.h"
#include "keyspace/store.h"
#include "keyspace/walk.h"

namespace larder::keyspace {
namespace {

// Buckets between two looks at the clock: about 200 keys with deadlines, some 10 to 40
// microseconds, or a whole shard where few keys have any.
constexpr unsigned kChunkBuckets = 32;
constexpr unsigned kChunkBucketsOfFew = 128;
constexpr double kFew = 0.125;  // of all keys
// While little is found, a round takes half a second, but no more than this many buckets are
// visited in a millisecond (about 1 % of a core, where every key has a deadline). One of keys
// without deadlines costs the other share of that: no entry is read. Where keys are met that are
// past their deadline, both are faster in proportion: at one in fifty, 2.4 and 5 times.
constexpr double kRoundMs = 500;
constexpr double kBucketsPerMs = 100;
constexpr double kCostWithoutDeadlines = 1.0 / 32;
// From this share of keys past their deadline on, the sweep takes all the time it is given.
constexpr double kUrgentShare = 0.1;
constexpr double kHastePerShare = 70;
constexpr double kSpeedPerShare = 200;
// The estimate of that share forgets what was met this many keys ago.
constexpr double kRememberedKeys = 2000;
constexpr double kSilentKeysPerChunk = 8;  // so that it forgets where no keys have deadlines, too
// All keys are visited so often, so that their clocks of use do not turn over.
constexpr base::UnixMs kClockRoundMs = 3'600'000;

void remember(SweepState& sweep, std::size_t checked_keys, std::size_t expired_keys) noexcept {
  const auto checked = static_cast<double>(checked_keys);
  const auto share = checked_keys == 0 ? 0 : static_cast<double>(expired_keys) / checked;
  const auto weight = std::min(1.0, (checked + kSilentKeysPerChunk) / kRememberedKeys);
  sweep.stale_share += (share - sweep.stale_share) * weight;
}

// Before the clocks of use of keys that nobody uses turn over.
void wind_clocks(Shard shard, unsigned first, unsigned end, std::uint32_t clock) noexcept {
  for (auto* bucket = shard.buckets() + first; bucket != shard.buckets() + end; ++bucket) {
    for (auto slots = bucket->occupied(); slots != 0; slots = Bucket::without_first(slots)) {
      auto& slot = bucket->slot(Bucket::index_of(slots));
      const auto access = slot.access();
      if (access.age_seconds(clock) > Access::kAgeMax) slot.set_access(access.wound_on(clock));
    }
  }
}

void begin_round(SweepState& sweep, base::UnixMs now) noexcept {
  sweep.winds_clocks = now - sweep.clocks_wound >= kClockRoundMs;
  if (sweep.winds_clocks) sweep.clocks_wound = now;
}

void end_round(SweepState& sweep, base::UnixMs now) noexcept {
  sweep.round_ended = now;
  sweep.average_ttl_ms =
      sweep.ttl_count == 0
          ? 0
          : static_cast<std::int64_t>(sweep.ttl_sum_ms / static_cast<double>(sweep.ttl_count));
  sweep.ttl_sum_ms = 0;
  sweep.ttl_count = 0;
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
  if (sweep.cursor == 0) begin_round(sweep, now);
  if (sweep.winds_clocks) wind_clocks(shard, first, end, keyspace_.clock_);
  const auto visit = [&](Slot& slot) {
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
  const auto buckets_ahead = buckets / 2;  // a hundred blocks where all keys have deadlines
  for_each_slot(table, shard, first, end, visit, WithDeadline(), buckets_ahead);
  const auto at = sweep.cursor;
  if (end != shard.bucket_count()) {
    sweep.cursor = shard.first_hash_of(end, at);
    return met;
  }
  sweep.cursor = shard.end_hash(at);
  table.settle(at);
  if (sweep.cursor == 0) end_round(sweep, now);
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

double Sweeper::share_with_deadline(const Database& database) noexcept {
  return static_cast<double>(database.with_deadline()) / static_cast<double>(database.size());
}

void Sweeper::allow(Database& database, double elapsed_ms) const noexcept {
  auto& sweep = database.store_->sweep;
  const auto bucket_count = database.store_->table.memory_bytes() / sizeof(Bucket);
  const auto buckets = static_cast<double>(bucket_count);
  const auto cost =
      kCostWithoutDeadlines + (1 - kCostWithoutDeadlines) * share_with_deadline(database);
  const auto speed = keyspace_.expire_effort_ * (1 + kSpeedPerShare * sweep.stale_share) / cost;
  const auto haste = 1 + kHastePerShare * sweep.stale_share;
  const auto per_ms = std::min(buckets / kRoundMs * haste, kBucketsPerMs * speed);
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

Backlog Sweeper::step(std::int64_t until_us) {
  const auto now = keyspace_.now();
  const auto elapsed_ms = static_cast<double>(std::clamp<base::UnixMs>(now - last_step_, 0, 1000));
  last_step_ = now;
  const bool removes = keyspace_.sweep_removes_ && keyspace_.removes_expired_;
  const auto count = keyspace_.database_count();
  bool has_time = true;
  bool urgent = false;
  bool has_more = false;
  for (int i = 0; i < count; ++i) {
    const auto index = (next_database_ + i) % count;
    auto& database = keyspace_.database(index);
    if (!is_due(database)) continue;
    auto& sweep = database.store_->sweep;
    allow(database, elapsed_ms);
    const auto chunk = share_with_deadline(database) < kFew ? kChunkBucketsOfFew : kChunkBuckets;
    while (has_time && (sweep.allowance_buckets >= 1 || is_urgent(database)) && is_due(database)) {
      const auto met = database.sweep_chunk(chunk, removes);
      sweep.allowance_buckets = std::max(sweep.allowance_buckets - met.buckets, 0.0);
      remember(sweep, met.checked, met.expired);
      if (base::monotonic_us() >= until_us) {
        has_time = false;
        next_database_ = (index + 1) % count;
      }
    }
    if (database.with_deadline() == 0) sweep.stale_share = 0;
    urgent |= is_urgent(database) && removes;
    has_more |= sweep.allowance_buckets >= 1 && is_due(database);
    keyspace_.counters_.stale_share = sweep.stale_share;
  }
  if (!urgent) return has_more ? Backlog::some : Backlog::none;
  ++keyspace_.counters_.expire_sweeps_out_of_time;
  return Backlog::much;
}

}  // namespace larder::keyspace
