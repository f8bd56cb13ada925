// The clocks of the server. Wall time is for deadlines that clients see; monotonic time for
// durations; cycles for timing single commands, where a system call's tens of nanoseconds would
// show.
#pragma once

#include <time.h>

#include <cstdint>

namespace larder::base {

// Milliseconds since the Unix epoch.
using UnixMs = std::int64_t;

inline std::int64_t unix_us() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * 1'000'000 + now.tv_nsec / 1'000;
}

inline UnixMs unix_ms() noexcept { return unix_us() / 1'000; }

inline std::int64_t monotonic_ns() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

inline std::int64_t monotonic_us() noexcept { return monotonic_ns() / 1'000; }

// A counter of constant rate that is cheap to read. `CycleClock` converts differences to time.
inline std::uint64_t cycles() noexcept {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  std::uint64_t ticks;
  asm volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
  return static_cast<std::uint64_t>(monotonic_ns());
#endif
}

// Calibrated against the monotonic clock over the process's life: exact to well under 1 %.
class CycleClock {
 public:
  CycleClock() noexcept : start_cycles_(cycles()), start_ns_(monotonic_ns()) {}

  // Nanoseconds in `count` cycles. Cheap: one multiplication.
  std::uint64_t ns(std::uint64_t count) const noexcept {
    return static_cast<std::uint64_t>(static_cast<double>(count) * ns_per_cycle_);
  }

  std::uint64_t cycles_of(std::uint64_t nanoseconds) const noexcept {
    return static_cast<std::uint64_t>(static_cast<double>(nanoseconds) / ns_per_cycle_);
  }

  // Measures the rate again over the time since construction; call a few times a second.
  void recalibrate() noexcept {
    const auto elapsed_cycles = cycles() - start_cycles_;
    const auto elapsed_ns = monotonic_ns() - start_ns_;
    if (elapsed_cycles > 1'000'000 && elapsed_ns > 0) {
      ns_per_cycle_ = static_cast<double>(elapsed_ns) / static_cast<double>(elapsed_cycles);
    }
  }

 private:
  std::uint64_t start_cycles_;
  std::int64_t start_ns_;
  double ns_per_cycle_ = 1.0 / 2.5;  // until the first calibration
};

}  // namespace larder::base
