// Draws numbers as popularity is spread in most caches: rank r with a chance in proportion to
// 1 / (r + 1)^skew.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/random.h"

namespace larder::eviction_bench {

class Zipf {
 public:
  Zipf(std::size_t objects, double skew) : cumulated_(objects) {
    double sum = 0;
    for (std::size_t i = 0; i < objects; ++i) {
      cumulated_[i] = sum += std::pow(static_cast<double>(i + 1), -skew);
    }
  }
  std::uint32_t draw(base::Random& random) const {
    const auto wanted = random.unit() * cumulated_.back();
    const auto at = std::lower_bound(cumulated_.begin(), cumulated_.end(), wanted);
    return static_cast<std::uint32_t>(at - cumulated_.begin());
  }

 private:
  std::vector<double> cumulated_;
};

}  // namespace larder::eviction_bench
