// Finds the key to evict: the first in the rules' order among those of a few neighbouring buckets
// and the best of what earlier searches met. Keys lie in the order of their hashes, so neighbours
// have nothing to do with each other: buckets in a row are as good a sample as buckets drawn one by
// one, and cheaper to read.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "keyspace/bucket.h"
#include "keyspace/ghosts.h"
#include "keyspace/hit_density.h"
#include "keyspace/kept_candidates.h"
#include "keyspace/keyspace.h"

namespace larder::keyspace {

class Evictor {
 public:
  explicit Evictor(Keyspace& keyspace) noexcept : keyspace_(keyspace) {}

  void set_rules(const EvictionRules& rules);
  Keyspace::Evicted evict_one();
  std::uint64_t evicted_bytes() const noexcept { return evicted_bytes_; }
  std::size_t memory_bytes() const noexcept {
    return (density_ == nullptr ? 0 : density_->memory_bytes()) + ghosts_.memory_bytes();
  }
  // The same among the keys of one part, by its policy or else by the rules.
  Keyspace::Evicted evict_from(Part& part);
  PartRules::Policy policy_of(const Part& part) const noexcept;
  // To be called when the parts are others.
  void look_at_parts();

  // See Keyspace.
  std::string learned() const;
  bool restore_learned(std::string_view bytes);

  // The uses that the order by worth is learned from. To be told of those keys that it follows.
  bool follows(std::uint64_t hash) const noexcept {
    return density_ != nullptr && density_->follows(hash);
  }
  // The metadata of a key that is added: of one that was evicted of late, as if it had stayed.
  Access access_of_new_key(std::uint64_t hash) noexcept;
  // Asks for the memory that takes.
  void prefetch(std::uint64_t hash) const noexcept { ghosts_.prefetch(hash); }
  void on_hit(std::uint64_t hash, Access after) { density_->on_hit(hash, after, keyspace_.clock_); }
  void on_miss(std::uint64_t hash) { density_->on_miss(hash, keyspace_.clock_); }
  void on_insert(std::uint64_t hash, Access access) {
    density_->on_insert(hash, access, keyspace_.clock_);
  }

 private:
  // The key that goes first of those seen so far. Scores are compared within one search only.
  struct Candidate {
    Slot* slot = nullptr;
    double score = 0;  // the lowest goes
  };

  class WorthByByte;

  Database* choose_database();
  static constexpr unsigned kKeysPerBucket = 6;  // about
  // Candidates that a search for a part compares.
  unsigned sample_keys(EvictionOrder order) const noexcept {
    return order == EvictionOrder::any ? 1 : rules_.sampled_buckets * kKeysPerBucket;
  }
  // Keys that one search finds: what they are asked for at once comes at once.
  static constexpr unsigned kVictimsPerSearch = 4;
  // Buckets that such a search looks at: what is kept from earlier ones is worth the rest.
  unsigned fresh_buckets() const noexcept {
    const auto each = rules_.order == EvictionOrder::any ? 1 : (rules_.sampled_buckets * 3 + 4) / 5;
    return each * kVictimsPerSearch;
  }
  template <class ScoreOf>
  void search_by(Database& database, ScoreOf&& score_of);
  void search(Database& database);
  void score_kept_again(const Database& database);
  void choose_victims(Database& database);
  Slot* take_victim(const Database& database) noexcept;
  void forget_candidates() noexcept;
  double score_of(const Database& database, Slot slot, EvictionOrder order) noexcept;
  bool is_spared(const Database& database, Slot slot) const noexcept;
  std::size_t spared(const Database& database) const noexcept;  // how many keys
  Database* choose_database(const Part& part, const PartRules::Policy& policy);
  Candidate search(Database& database, const Part& part, const PartRules::Policy& policy);
  void remove(Database& database, Slot* slot);
  bool learns() const noexcept {
    return rules_.order == EvictionOrder::least_worth || parts_learn_;
  }
  void begin_to_learn();
  void unlearn();
  void learn_from_eviction();
  void learn_in_time(std::size_t keys);
  std::size_t evictable() const noexcept;  // keys
  std::size_t evictable(const Database& database) const noexcept;
  std::size_t concerned(const Database& database) const noexcept;  // keys, spared or not

  Keyspace& keyspace_;
  EvictionRules rules_;
  std::unique_ptr<HitDensity> density_;  // under the order by worth, once keys are evicted
  Ghosts ghosts_;                        // likewise
  bool has_learned_ = false;             // enough to go by it
  std::uint64_t evicted_ = 0;            // since it learned last
  std::uint64_t evicted_in_all_ = 0;     // since it began to
  unsigned lessons_ = 0;
  base::UnixMs learned_ms_ = 0;
  double turnover_seconds_ = 0;
  Database* database_ = nullptr;  // chosen for the next few keys
  unsigned turns_left_ = 0;
  KeptCandidates kept_;           // of that database
  std::uint32_t kept_clock_ = 0;  // when they were scored last
  // Of those, the best: they go next, the last one first, and their memory is on its way.
  std::array<KeptCandidates::Candidate, kVictimsPerSearch> victims_;
  unsigned victims_left_ = 0;
  std::uint64_t evicted_bytes_ = 0;
  std::uint64_t next_ = 0;    // where the next search begins; its buckets are on their way
  std::uint64_t cursor_ = 0;  // where a search that found nothing is to be continued
  bool is_search_unfinished_ = false;
  bool parts_learn_ = false;                 // some part goes by worth, whatever the rules say
  bool parts_spare_ = false;                 // some part keeps keys that the rules would let go
  std::vector<std::uint64_t> part_cursors_;  // where searches for parts go on, by their indices
};

}  // namespace larder::keyspace
