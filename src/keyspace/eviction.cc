#include "keyspace/eviction.h"

#include <algorithm>
#include <utility>

#include "base/prefetch.h"
#include "keyspace/background_free.h"
#include "keyspace/regions.h"
#include "keyspace/store.h"

namespace larder::keyspace {
namespace {

// Keys that one choice of a database is good for: choosing looks at every database.
constexpr unsigned kTurnsPerChoice = 16;
constexpr std::size_t kSlotBytes = 11;  // of the table, for each key
// Where few keys have a deadline, buckets that a search looks at before it is content with less,
// and before it pauses: 16 and 64 KiB.
constexpr unsigned kSearchedBuckets = 256;
constexpr unsigned kSearchedBucketsMax = 1024;
constexpr unsigned kEvictionsPerLook = 32;  // at what there is to learn
// Of fewer keys than that a learner finds out too little, and takes too much of their memory.
constexpr std::size_t kKeysLearnedFrom = 500;

// More of ghosts are left to the thread that frees: those of a large cache are in thousands of
// pieces.
constexpr std::size_t kFreedAtOnceBytes = 64 << 10;

// Of an entry, without its slot. Blocks are read only where there is something outside of them: a
// region tells the size of its blocks, and that is one cache miss less for each key of the sample.
inline std::size_t bytes_of(const Store& store, const RegionPool& pool, Slot slot) noexcept {
  const auto region = slot.handle() >> (RegionPool::kRegionBits - 3);
  const auto bytes = std::size_t{pool.info(static_cast<std::uint32_t>(region)).block_units} * 8;
  if (!store.has_outside()) [[likely]]
    return bytes;
  return bytes + store.block_of(slot).outside_bytes();
}

}  // namespace

// The worth of keys by the byte, with all at hand that the many keys of a search have in common.
class Evictor::WorthByByte {
 public:
  WorthByByte(const Evictor& evictor, const Store& store) noexcept
      : store_(store),
        pool_(*evictor.keyspace_.pool_),
        learned_(evictor.has_learned_ ? evictor.density_.get() : nullptr),
        clock_(evictor.keyspace_.clock_) {}

  [[gnu::always_inline]] float operator()(Slot slot) const noexcept {
    const auto bytes = bytes_of(store_, pool_, slot) + kSlotBytes;
    const auto access = slot.access();
    const auto age = access.age_seconds(clock_);
    const auto worth = learned_ != nullptr ? learned_->worth(access, age)
                                           : HitDensity::worth_unlearned(access, age);
    return worth / static_cast<float>(bytes);
  }

 private:
  const Store& store_;
  const RegionPool& pool_;
  const HitDensity* learned_;  // nullptr where nothing is gone by yet
  std::uint32_t clock_;
};

std::size_t Evictor::concerned(const Database& database) const noexcept {
  return rules_.only_with_deadline ? database.with_deadline() : database.size();
}

std::size_t Evictor::evictable(const Database& database) const noexcept {
  const auto keys = concerned(database);
  if (keys == 0 || !parts_spare_) return keys;
  return keys - std::min(keys, spared(database));
}

// Each key of the server has the same chance to be in the sample.
Database* Evictor::choose_database() {
  if (turns_left_ != 0 && concerned(*database_) != 0) {
    --turns_left_;
    return database_;
  }
  std::uint64_t total = 0;
  for (const auto& each : keyspace_.databases_) total += evictable(*each);
  if (total == 0) return nullptr;
  auto index = keyspace_.random_.below(total);
  for (const auto& each : keyspace_.databases_) {
    const auto keys = evictable(*each);
    if (index < keys) {
      turns_left_ = static_cast<unsigned>(std::min<std::size_t>(kTurnsPerChoice, keys)) - 1;
      if (database_ == each.get()) return database_;
      is_search_unfinished_ = false;
      forget_candidates();
      return database_ = each.get();
    }
    index -= keys;
  }
  return nullptr;
}

double Evictor::score_of(const Database& database, Slot slot, EvictionOrder order) noexcept {
  const auto access = slot.access();
  const auto age = access.age_seconds(keyspace_.clock_);
  switch (order) {
    case EvictionOrder::any:
      return keyspace_.random_.unit();
    case EvictionOrder::least_frequent:
      return access.faded_frequency(age, rules_.counting) * double{Access::kClockMask} - age;
    case EvictionOrder::nearest_deadline:
      return static_cast<double>(database.store_->block_of(slot).deadline());
    case EvictionOrder::least_worth:
      return WorthByByte(*this, *database.store_)(slot);
    default:
      return -static_cast<double>(age);
  }
}

void Evictor::set_rules(const EvictionRules& rules) {
  rules_ = rules;
  forget_candidates();
  if (!learns()) unlearn();
}

void Evictor::unlearn() {
  density_.reset();
  auto ghosts = std::exchange(ghosts_, {});
  if (ghosts.memory_bytes() > kFreedAtOnceBytes) keyspace_.background_->free(std::move(ghosts));
  has_learned_ = false;
  kept_.clear();
}

void Evictor::begin_to_learn() {
  density_ = std::make_unique<HitDensity>();
  learned_ms_ = keyspace_.now_ms_;
  evicted_ = 0;
  evicted_in_all_ = 0;
  turnover_seconds_ = 0;
  lessons_ = 0;
}

std::string Evictor::learned() const { return has_learned_ ? density_->saved() : std::string(); }

bool Evictor::restore_learned(std::string_view bytes) {
  if (!learns() || density_ != nullptr) return false;
  begin_to_learn();
  has_learned_ = density_->restore(bytes);
  if (!has_learned_) unlearn();
  return has_learned_;
}

Access Evictor::access_of_new_key(std::uint64_t hash) noexcept {
  if (const auto known = ghosts_.take(hash)) {
    return known->used(keyspace_.clock_, keyspace_.random_.next(), keyspace_.counting_);
  }
  return Access::of_new_key(keyspace_.clock_);
}

std::size_t Evictor::evictable() const noexcept {
  std::size_t keys = 0;
  for (const auto& each : keyspace_.databases_) keys += evictable(*each);
  return keys;
}

// Twice a turnover; more often in the beginning.
void Evictor::learn_in_time(std::size_t keys) {
  const auto wanted = std::max<std::uint64_t>(keys >> (lessons_ < 5 ? 6 - lessons_ : 1), 32);
  if (evicted_ < wanted && lessons_ != 0) return;
  const auto elapsed = static_cast<double>(keyspace_.now_ms_ - learned_ms_) / 1000;
  const auto seen =
      evicted_ == 0 ? elapsed : elapsed * static_cast<double>(keys) / static_cast<double>(evicted_);
  turnover_seconds_ = turnover_seconds_ == 0 ? seen : (turnover_seconds_ + seen) / 2;
  ghosts_.fit(keys);
  density_->begin_lesson(keyspace_.clock_, keys, turnover_seconds_);
  if (evicted_in_all_ >= keys && !has_learned_) {
    has_learned_ = true;
    kept_.clear();  // their scores are of another kind
  }
  learned_ms_ = keyspace_.now_ms_;
  evicted_ = 0;
  ++lessons_;
}

// To be called for each key that is to go. The learner comes with the first of them, and is
// believed when the cache was turned over once: until then keys have not shown how they are used.
void Evictor::learn_from_eviction() {
  if (!learns()) return;
  if (++evicted_ % kEvictionsPerLook == 0) {
    evicted_in_all_ += kEvictionsPerLook;
    const auto keys = evictable();
    if (density_ == nullptr && keys >= kKeysLearnedFrom) begin_to_learn();
    if (density_ != nullptr && keys < kKeysLearnedFrom / 2) unlearn();
    if (density_ != nullptr) learn_in_time(keys);
  }
  if (density_ != nullptr) density_->take_step();
}

// Looks at the buckets from a random one on. Without a candidate in many of them, the next search
// goes on there.
template <class ScoreOf>
void Evictor::search_by(Database& database, ScoreOf&& score_of) {
  const auto& table = database.store_->table;
  const auto wanted = fresh_buckets() * (kKeysPerBucket - 1);
  auto at = is_search_unfinished_ ? cursor_ : next_;
  unsigned met = 0;  // candidates
  const bool spares = parts_spare_ && !database.part_sizes_.empty();
  auto shard = table.shard_of(at);
  auto index = shard.home(at);
  for (unsigned seen = 0; met < wanted; ++seen) {
    if (seen == (met == 0 ? kSearchedBucketsMax : kSearchedBuckets)) break;
    const auto& bucket = shard.buckets()[index];
    for (auto slots = bucket.occupied(); slots != 0; slots = Bucket::without_first(slots)) {
      const auto slot_index = Bucket::index_of(slots);
      const auto slot = bucket.slot(slot_index);
      if (rules_.only_with_deadline && !slot.has_deadline()) continue;
      ++met;
      const double score = score_of(slot);
      if (!kept_.wants(score) || (spares && is_spared(database, slot))) continue;
      kept_.add({at, static_cast<std::uint16_t>(index), static_cast<std::uint8_t>(slot_index), slot,
                 score});
    }
    if (++index < shard.bucket_count()) continue;
    at = shard.end_hash(at);
    shard = table.shard_of(at);
    index = 0;
  }
  is_search_unfinished_ = kept_.empty();
  if (is_search_unfinished_) cursor_ = shard.first_hash_of(index, at);
}

void Evictor::search(Database& database) {
  if (rules_.order == EvictionOrder::least_worth) {
    search_by(database, WorthByByte(*this, *database.store_));
  } else {
    search_by(database, [&](Slot slot) { return score_of(database, slot, rules_.order); });
  }
}

// Worth changes with time, and with each lesson.
void Evictor::score_kept_again(const Database& database) {
  kept_.score_again(*database.store_,
                    [&](Slot slot) { return score_of(database, slot, rules_.order); });
  kept_clock_ = keyspace_.clock_;
}

void Evictor::forget_candidates() noexcept {
  kept_.clear();
  victims_left_ = 0;
}

// Finds the keys that go next, in buckets that were asked for the last time, and asks for their
// memory and for the next buckets: until then they come.
void Evictor::choose_victims(Database& database) {
  search(database);
  const auto& store = *database.store_;
  while (victims_left_ < kVictimsPerSearch && !kept_.empty()) {
    const auto& victim = victims_[victims_left_++] = kept_.take_best();
    KeptCandidates::prefetch(store, victim);
    if (density_ != nullptr) ghosts_.prefetch(KeptCandidates::hash_near(store, victim));
  }
  next_ = keyspace_.random_.next();
  const auto shard = store.table.shard_of(next_);
  const auto first = shard.home(next_);
  const auto end = std::min(first + fresh_buckets(), shard.bucket_count());
  for (auto index = first; index < end; ++index) base::prefetch(shard.buckets() + index);
}

// nullptr where none is left that is still what it was.
Slot* Evictor::take_victim(const Database& database) noexcept {
  while (victims_left_ != 0) {
    const auto& victim = victims_[--victims_left_];
    if (auto* const slot = KeptCandidates::find(*database.store_, victim)) return slot;
  }
  return nullptr;
}

Keyspace::Evicted Evictor::evict_one() {
  if (rules_.order == EvictionOrder::none) return Keyspace::Evicted::nothing_to_evict;
  auto* const database = choose_database();
  if (database == nullptr) return Keyspace::Evicted::nothing_to_evict;
  learn_from_eviction();
  if (kept_clock_ != keyspace_.clock_) score_kept_again(*database);
  auto* slot = take_victim(*database);
  while (slot == nullptr) {
    choose_victims(*database);
    slot = take_victim(*database);
    if (kept_.empty()) break;
  }
  if (slot == nullptr) {
    turns_left_ = 0;  // there may be none left
    return Keyspace::Evicted::none_yet;
  }
  auto* const part = database->part_of(database->store_->block_of(*slot).key());
  if (part != nullptr) ++part->counters.evicted_for_limit;
  remove(*database, slot);
  if (victims_left_ == 0 && concerned(*database) != 0) choose_victims(*database);
  return Keyspace::Evicted::one;
}

void Evictor::remove(Database& database, Slot* slot) {
  const auto name = database.store_->block_of(*slot).key();
  const auto hash = keyspace_.hasher_(name);
  ghosts_.add(hash, slot->access(), keyspace_.clock_);
  if (keyspace_.evicted_callback_) keyspace_.evicted_callback_(database, name);
  ++keyspace_.counters_.evicted;
  evicted_bytes_ += bytes_of(*database.store_, *keyspace_.pool_, *slot);
  {
    const Keyspace::FreeingScope scope(keyspace_, keyspace_.lazy_free_.evicted);
    database.remove(slot, hash);
  }
  database.store_->table.settle(hash);
}

}  // namespace larder::keyspace
