// Draws some of a known number of things, all with equal chances, while these are walked through
// once (selection sampling: Knuth, The Art of Computer Programming, volume 2, 3.4.2, algorithm S).
#pragma once

#include <cstdint>

#include "base/random.h"

namespace larder::base {

class Selection {
 public:
  // REQUIRES: wanted <= total.
  Selection(std::uint64_t wanted, std::uint64_t total, Random& random) noexcept
      : wanted_(wanted), left_(total), random_(random) {}

  // Whether the next thing is drawn. REQUIRES: called at most `total` times.
  bool draws_next() noexcept {
    const bool draws = random_.below(left_) < wanted_;
    --left_;
    wanted_ -= draws ? 1 : 0;
    return draws;
  }

  // Whether all are drawn.
  bool is_done() const noexcept { return wanted_ == 0; }

 private:
  std::uint64_t wanted_;
  std::uint64_t left_;
  Random& random_;
};

}  // namespace larder::base
