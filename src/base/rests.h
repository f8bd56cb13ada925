// Short rests in work that computes for long, so that whoever shares its CPU gets it within a
// fraction of a millisecond. However nice such work is, the scheduler leaves it the CPU up to the
// next tick, 4 ms, each time that it owes it some.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace larder::base {

// Of the thread that makes it.
class Rests {
 public:
  explicit Rests(std::int64_t now_us = monotonic_us()) noexcept;

  // To be called after each piece of work.
  void take() noexcept;

  // Not while rests have taken nine tenths of the time: where others never pause, the work goes on
  // with what the scheduler allows.
  bool is_due(std::int64_t now_us) const noexcept {
    return rested_us_ <= (now_us - began_us_) / 10 * 9;
  }
  void note(std::int64_t rest_us) noexcept { rested_us_ += rest_us; }

 private:
  std::int64_t began_us_;
  std::int64_t rested_us_ = 0;
};

}  // namespace larder::base
