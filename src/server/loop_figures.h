// What the loop does with its time: its turns, and how long its handlers run. Asio does not tell
// when it waits, so a turn ends where nothing runs for longer than a handler takes to follow
// another.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.h"

namespace larder::server {

class LoopFigures {
 public:
  // Since start or reset(). Durations are in cycles of base::cycles().
  struct Totals {
    std::uint64_t turns = 0;
    std::uint64_t work_cycles = 0;
    std::uint64_t timer_cycles = 0;  // of these, in timers
    std::uint64_t longest_turn_cycles = 0;
  };

  enum class Kind : bool { task, timer };

  // Measures one handler. Those that run inside another are part of it.
  class Work {
   public:
    explicit Work(LoopFigures& figures, Kind kind = Kind::task) noexcept
        : figures_(figures), kind_(kind) {
      if (figures_.depth_++ == 0) figures_.begin(base::cycles(), kind_);
    }
    ~Work() {
      if (--figures_.depth_ == 0) figures_.end(base::cycles(), kind_);
    }
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;

   private:
    LoopFigures& figures_;
    Kind kind_;
  };

  const Totals& totals() const noexcept { return totals_; }
  void reset() noexcept { totals_ = {}; }
  // Waiting takes longer than this, going from one handler to the next does not.
  void set_gap(std::uint64_t cycles) noexcept { gap_cycles_ = cycles; }
  static constexpr std::uint64_t kGapNs = 400;
  // As many gaps may lie before a timer, which follows another through memory that has gone cold.
  static constexpr std::uint64_t kGapsBeforeTimer = 16;

 private:
  void begin(std::uint64_t now, Kind kind) noexcept {
    began_ = now;
    if (now - ended_ <= (kind == Kind::timer ? kGapsBeforeTimer : 1) * gap_cycles_) return;
    ++totals_.turns;
    turn_began_ = now;
  }
  void end(std::uint64_t now, Kind kind) noexcept {
    ended_ = now;
    totals_.work_cycles += now - began_;
    if (kind == Kind::timer) totals_.timer_cycles += now - began_;
    totals_.longest_turn_cycles = std::max(totals_.longest_turn_cycles, now - turn_began_);
  }

  Totals totals_;
  std::uint64_t gap_cycles_ = 0;
  std::uint64_t began_ = 0;
  std::uint64_t ended_ = 0;
  std::uint64_t turn_began_ = 0;
  int depth_ = 0;
};

}  // namespace larder::server
