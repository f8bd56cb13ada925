// Which keys a load touches: indexes in [0, space), drawn uniformly, by popularity (Zipf) or one
// after the other.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random.h"

namespace larder::load {

enum class Distribution { uniform, zipf, sequential };

class Indexes {
 public:
  // `zipf_exponent` is used by zipf alone. REQUIRES: space > 0.
  Indexes(Distribution distribution, std::uint64_t space, double zipf_exponent, std::uint64_t seed);

  std::uint64_t next() noexcept {
    switch (distribution_) {
      case Distribution::uniform:
        return random_.below(space_);
      case Distribution::sequential:
        return position_ == space_ ? (position_ = 1, 0) : position_++;
      case Distribution::zipf:
        return draws_[position_++ & (draws_.size() - 1)];
    }
    return 0;
  }

 private:
  Distribution distribution_;
  std::uint64_t space_;
  std::uint64_t position_ = 0;
  base::Random random_;
  std::vector<std::uint32_t>
      draws_;  // drawn ahead: a draw takes logarithms, which a request should not wait for
};

}  // namespace larder::load
