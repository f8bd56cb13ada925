// Eviction from one part of the keyspace. Its keys lie among all others: the search goes on through
// the table from where the last one for this part ended, and reads each key's name.
#include <algorithm>

#include "keyspace/eviction.h"
#include "keyspace/store.h"
#include "keyspace/walk.h"

namespace larder::keyspace {
namespace {

// What one search looks at: a few hundred microseconds at most, where the part has few keys.
constexpr std::size_t kSearchedSlots = 4096;
constexpr unsigned kBucketsAtOnce = 16;

}  // namespace

PartRules::Policy Evictor::policy_of(const Part& part) const noexcept {
  return part.rules.policy.value_or(PartRules::Policy{rules_.order, rules_.only_with_deadline});
}

// Whether making room for others leaves this key alone, since its part says so.
bool Evictor::is_spared(const Database& database, Slot slot) const noexcept {
  const auto* part = database.part_of(database.store_->block_of(slot).key());
  if (part == nullptr || !part->rules.policy) return false;
  const auto& policy = *part->rules.policy;
  return policy.order == EvictionOrder::none || (policy.only_with_deadline && !slot.has_deadline());
}

std::size_t Evictor::spared(const Database& database) const noexcept {
  std::int64_t keys = 0;
  if (keyspace_.parts_ == nullptr) return 0;
  for (const auto& part : keyspace_.parts_->all()) {
    if (!part.rules.policy || database.part_sizes_.empty()) continue;
    const auto& size = database.part_sizes_[part.index];
    const auto counted = rules_.only_with_deadline ? size.with_deadline : size.keys;
    if (part.rules.policy->order == EvictionOrder::none) keys += counted;
    if (part.rules.policy->order != EvictionOrder::none && part.rules.policy->only_with_deadline) {
      keys += counted - size.with_deadline;
    }
  }
  return static_cast<std::size_t>(std::max<std::int64_t>(keys, 0));
}

// The database that has the most of what the part may lose.
Database* Evictor::choose_database(const Part& part, const PartRules::Policy& policy) {
  Database* chosen = nullptr;
  std::int64_t most = 0;
  for (const auto& each : keyspace_.databases_) {
    if (each->part_sizes_.empty() || each->store_ == nullptr) continue;
    const auto& size = each->part_sizes_[part.index];
    const auto keys = policy.only_with_deadline ? size.with_deadline : size.keys;
    if (keys > most) {
      most = keys;
      chosen = each.get();
    }
  }
  return chosen;
}

Evictor::Candidate Evictor::search(Database& database, const Part& part,
                                   const PartRules::Policy& policy) {
  const auto& table = database.store_->table;
  const auto wanted = sample_keys(policy.order);
  auto& cursor = part_cursors_[part.index];
  Candidate best;
  unsigned met = 0;
  std::size_t seen = 0;
  while (met < wanted && seen < kSearchedSlots) {
    const auto shard = table.shard_of(cursor);
    const auto first = shard.home(cursor);
    const auto end = std::min(first + kBucketsAtOnce, shard.bucket_count());
    for_each_slot(table, shard, first, end, [&](Slot& slot) {
      if (policy.only_with_deadline && !slot.has_deadline()) return;
      if (database.part_map_->find(database.store_->block_of(slot).key()) != &part) return;
      ++met;
      const auto score = score_of(database, slot, policy.order);
      if (best.slot == nullptr || score < best.score) best = {&slot, score};
    });
    seen += std::size_t{end - first} * Bucket::kSlots;
    cursor =
        end == shard.bucket_count() ? shard.end_hash(cursor) : shard.first_hash_of(end, cursor);
  }
  return best;
}

Keyspace::Evicted Evictor::evict_from(Part& part) {
  const auto policy = policy_of(part);
  if (policy.order == EvictionOrder::none) return Keyspace::Evicted::nothing_to_evict;
  auto* const database = choose_database(part, policy);
  if (database == nullptr) return Keyspace::Evicted::nothing_to_evict;
  learn_from_eviction();
  part_cursors_.resize(kPartsMax);
  const auto victim = search(*database, part, policy);
  if (victim.slot == nullptr) return Keyspace::Evicted::none_yet;
  ++part.counters.evicted_for_quota;
  remove(*database, victim.slot);
  return Keyspace::Evicted::one;
}

void Evictor::look_at_parts() {
  parts_learn_ = false;
  parts_spare_ = false;
  if (keyspace_.parts_ != nullptr) {
    for (const auto& part : keyspace_.parts_->all()) {
      if (!part.rules.policy) continue;
      const auto& policy = *part.rules.policy;
      parts_learn_ |= policy.order == EvictionOrder::least_worth;
      parts_spare_ |= policy.order == EvictionOrder::none || policy.only_with_deadline;
    }
  }
  set_rules(rules_);
}

}  // namespace larder::keyspace
