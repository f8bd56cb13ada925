// Finds the key to evict: the first in the rules' order among those of a few neighbouring buckets.
// Keys lie in the order of their hashes, so neighbours have nothing to do with each other: buckets
// in a row are as good a sample as buckets drawn one by one, and cheaper to read.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "keyspace/bucket.h"
#include "keyspace/keyspace.h"

namespace larder::keyspace {

class Evictor {
 public:
  explicit Evictor(Keyspace& keyspace) noexcept : keyspace_(keyspace) {}

  void set_rules(const EvictionRules& rules) noexcept { rules_ = rules; }
  Keyspace::Evicted evict_one();

 private:
  // The key that goes first of those seen so far. Scores are compared within one search only.
  struct Candidate {
    Slot* slot = nullptr;
    std::int64_t score = 0;  // the lowest goes
  };

  Database* choose_database();
  Candidate search(Database& database);
  std::int64_t score_of(const Database& database, Slot slot) noexcept;
  std::size_t evictable(const Database& database) const noexcept;

  Keyspace& keyspace_;
  EvictionRules rules_;
  Database* database_ = nullptr;  // chosen for the next few keys
  unsigned turns_left_ = 0;
  std::uint64_t cursor_ = 0;  // where a search that found nothing is to be continued
  bool is_search_unfinished_ = false;
};

}  // namespace larder::keyspace
