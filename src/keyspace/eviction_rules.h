// What settings say of eviction: which keys go first, and how hard the search for them is.
#pragma once

#include <cstdint>

#include "keyspace/access.h"

namespace larder::keyspace {

enum class EvictionOrder : std::uint8_t {
  none,  // nothing is evicted
  any,
  least_recent,    // used, or changed, longest ago
  least_frequent,  // by the count of uses, which fades
  nearest_deadline,
  least_worth  // by the hits to expect for their memory: hit_density.h
};

struct EvictionRules {
  EvictionOrder order = EvictionOrder::none;
  bool only_with_deadline = false;
  unsigned sampled_buckets = 5;  // compared to find one key, of up to seven keys each
  Counting counting;
};

}  // namespace larder::keyspace
