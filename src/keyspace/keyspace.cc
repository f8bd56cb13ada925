#include "keyspace/keyspace.h"

#include <utility>

#include "keyspace/background_free.h"
#include "keyspace/compression.h"
#include "keyspace/eviction.h"
#include "keyspace/key_use.h"
#include "keyspace/regions.h"
#include "keyspace/store.h"
#include "keyspace/sweep.h"

namespace larder::keyspace {

Keyspace::Keyspace(const Options& options)
    : hasher_(options.hash_seed),
      random_(options.random_seed),
      compression_(std::make_unique<Compression>(options.random_seed)),
      use_(std::make_unique<KeyUse>(options.random_seed)),
      pool_(std::make_unique<RegionPool>()),
      value_pool_(std::make_unique<RegionPool>(ValueArena::kRegionBits)),
      background_(std::make_unique<BackgroundFree>(*pool_, *value_pool_)),
      sweeper_(std::make_unique<Sweeper>(*this)),
      evictor_(std::make_unique<Evictor>(*this)) {
  for (int index = 0; index < options.databases; ++index) {
    databases_.push_back(std::make_unique<Database>(*this, index));
  }
}

Keyspace::~Keyspace() = default;

std::size_t Keyspace::clear(bool asynchronous) {
  std::size_t removed = 0;
  for (const auto& each : databases_) removed += each->clear(asynchronous);
  return removed;
}

std::uint64_t Keyspace::lazyfree_pending_objects() const noexcept {
  return background_->pending_objects();
}
std::uint64_t Keyspace::lazyfreed_objects() const noexcept { return background_->freed_objects(); }

void Keyspace::reset_counters() noexcept {
  counters_ = {};
  background_->reset_freed_objects();
}

void Keyspace::set_eviction(const EvictionRules& rules) {
  counting_ = rules.counting;
  evictor_->set_rules(rules);
}

Keyspace::Evicted Keyspace::evict_one() { return evictor_->evict_one(); }
std::uint64_t Keyspace::evicted_bytes() const noexcept { return evictor_->evicted_bytes(); }
Keyspace::Evicted Keyspace::evict_from(Part& part) { return evictor_->evict_from(part); }

bool Keyspace::evicts(const Part& part) const noexcept {
  const auto policy = evictor_->policy_of(part);
  if (policy.order == EvictionOrder::none) return false;
  return (policy.only_with_deadline ? part.size.with_deadline : part.size.keys) > 0;
}

void Keyspace::look_at_large_keys() {
  use_->look_again([this](const KeyUse::Large& large) -> std::size_t {
    auto& database = this->database(large.database);
    const auto entry = database.find({large.name, large.hash}, Touch::no);
    return entry ? entry.memory_bytes() : 0;
  });
}

std::size_t Keyspace::entry_bytes() const noexcept {
  return pool_->used_bytes() + value_pool_->used_bytes();
}
std::size_t Keyspace::region_bytes() const {
  return pool_->held_bytes() + value_pool_->held_bytes();
}
std::size_t Keyspace::lazyfree_pending_bytes() const noexcept {
  return background_->pending_bytes();
}

Backlog Keyspace::work(std::int64_t budget_us) {
  const auto start_us = base::monotonic_us();
  bool has_more = sweeper_->step_elements(start_us + budget_us * 3 / 8);
  const auto expired = sweeper_->step(start_us + budget_us * 3 / 4);
  has_more |= compression_->work(*this, start_us + budget_us * 7 / 8);
  has_more |= count_parts(start_us + budget_us);
  const auto until_us = start_us + budget_us;
  const bool is_wasteful = moves_entries_ ? reclaim(until_us, {}) : purge(until_us);
  has_more |= is_wasteful && is_fragmented();
  return has_more ? std::max(expired, Backlog::some) : expired;
}

// Whether so much of what is held for entries holds none that it should not wait.
bool Keyspace::is_fragmented() const {
  constexpr std::size_t kBearableBytes = 1 << 20;
  return region_bytes() > entry_bytes() + entry_bytes() / 8 + kBearableBytes;
}

// True where there is more to give back. The thread that frees gives back, too: two at a time would
// be in each other's way, and the loop, having used its share of the CPU, in the way of requests.
bool Keyspace::purge(std::int64_t until_us) {
  if (background_->pending_objects() != 0) return false;
  constexpr std::size_t kRegionsAtOnce = 2;
  while (pool_->purge(kRegionsAtOnce) || value_pool_->purge(1)) {
    if (base::monotonic_us() >= until_us) return true;
  }
  return false;
}

// Giving pages back, then compaction, which makes more of them. A step of either takes some ten
// microseconds.
bool Keyspace::compact(std::int64_t until_us, bool thoroughly) {
  // Looking in vain for what to move costs time, too: again only after a while, or much else.
  constexpr std::int64_t kRoundUs = 100'000;
  constexpr std::size_t kFreedShare = 64;
  const auto now_us = base::monotonic_us();
  const auto used = pool_->used_bytes();
  const bool begins = now_us - compaction_began_us_ >= kRoundUs ||
                      thoroughly != compacts_thoroughly_ ||
                      used < compaction_began_used_ - compaction_began_used_ / kFreedShare;
  if (begins) {
    compaction_began_us_ = now_us;
    compaction_began_used_ = used;
  }
  compacts_thoroughly_ = thoroughly;
  const auto& effort = thoroughly ? SlabArena::kThorough : SlabArena::kUsual;
  for (const auto& each : databases_) {
    if (each->store_ == nullptr) continue;
    if (begins) each->store_->arena.begin_round();
    do {
      if (purge(until_us) || base::monotonic_us() >= until_us) return true;
    } while (each->store_->compact_step(effort, counters_.moves));
  }
  return purge(until_us);
}

bool Keyspace::move_memory(std::int64_t until_us, MoveMemory move) {
  for (; moving_in_ < databases_.size(); ++moving_in_) {
    auto* const store = databases_[moving_in_]->store_.get();
    if (store == nullptr) continue;
    while (store->move_memory_step(move, counters_.moves)) {
      if (base::monotonic_us() >= until_us) return true;
    }
  }
  moving_in_ = 0;
  return false;
}

bool Keyspace::reclaim(std::int64_t until_us, const Reclaim& how) {
  if (compact(until_us, how.thoroughly)) return true;
  return how.move_memory != nullptr && move_memory(until_us, how.move_memory);
}

// On a busy machine the thread that frees falls behind, since it gives way to others: what takes
// some tens of microseconds is not left to it then, or more memory would wait than there may be.
void Keyspace::dispose(value::Object* object) {
  constexpr std::size_t kFreedAtOnceMax = 64;  // elements
  constexpr std::size_t kFreedAtOnceBehindMax = 2048;
  constexpr std::size_t kBehindBytes = 256 << 10;
  const bool is_behind = background_->pending_bytes() > kBehindBytes;
  const auto at_once_max = is_behind ? kFreedAtOnceBehindMax : kFreedAtOnceMax;
  std::unique_ptr<value::Object> owned(object);
  if (frees_in_background_ && owned->element_count() > at_once_max)
    background_->free(std::move(owned));
}

void Keyspace::set_compression(bool compresses, std::size_t length_min) {
  compression_->set_rules(compresses, length_min);
}

Keyspace::CompressionFigures Keyspace::compression() const noexcept {
  const auto& dictionaries = compression_->dictionaries();
  CompressionFigures all{.dictionaries = dictionaries.count(),
                         .dictionaries_learned = dictionaries.learned()};
  for (const auto& each : databases_) {
    if (each->store_ == nullptr) continue;
    const auto& of_one = each->store_->compressed;
    all.values += of_one.values;
    all.raw_bytes += of_one.raw_bytes;
    all.stored_bytes += of_one.stored_bytes;
    all.with_dictionary += of_one.values - of_one.with_dictionary[value::kNoDictionary];
  }
  return all;
}

std::string Keyspace::learned() const { return evictor_->learned(); }
bool Keyspace::restore_learned(std::string_view bytes) { return evictor_->restore_learned(bytes); }

Keyspace::Memory Keyspace::memory() const noexcept {
  Memory memory;
  for (const auto& each : databases_) {
    if (each->store_ == nullptr) continue;
    memory.entries += each->store_->arena.used_bytes();
    memory.tables +=
        each->store_->table.memory_bytes() + each->store_->element_deadlines.memory_bytes();
    memory.values += each->store_->values.used_bytes();
    memory.large_strings += each->store_->outside_bytes;
  }
  memory.regions = pool_->held_bytes();
  memory.value_regions = value_pool_->held_bytes();
  memory.eviction = evictor_->memory_bytes();
  memory.compression = compression_->dictionaries().memory_bytes();
  return memory;
}

}  // namespace larder::keyspace
