// When an append-only log is rewritten, and what became of it: decided from sizes and time, with
// nothing done here. Each failure after the second has the next try wait twice as long.
#pragma once

#include <cstdint>
#include <utility>

#include "base/clock.h"

namespace larder::persist {

class RewriteLifecycle {
 public:
  struct Growth {
    std::uint64_t current_bytes;
    std::uint64_t base_bytes;  // when it was rewritten last
    std::int64_t percentage;   // 0: never
    std::int64_t min_bytes;
  };
  static bool is_due(const Growth& growth) noexcept;

  void schedule() noexcept { is_scheduled_ = true; }
  void unschedule() noexcept { is_scheduled_ = false; }
  bool is_scheduled() const noexcept { return is_scheduled_; }

  void begin(base::UnixMs now) noexcept;
  enum class Outcome : std::uint8_t { done, failed, cancelled };
  // Returns the minutes until the next try is made; 0: at once.
  std::int64_t end(Outcome outcome, base::UnixMs now) noexcept;
  // False where one runs, or failures have the next one wait that nobody asked for.
  bool may_try(base::UnixMs now) const noexcept { return !is_running_ && now >= retry_ms_; }

  // How long, where the operator is still to be told; 0 where not.
  std::int64_t take_untold_minutes() noexcept { return std::exchange(untold_minutes_, 0); }

  bool is_running() const noexcept { return is_running_; }
  bool has_failed() const noexcept { return failures_ != 0; }
  std::uint64_t rewrites() const noexcept { return rewrites_; }  // begun
  // Of the last one and of the one that runs; -1 where there is none.
  std::int64_t last_duration_ms() const noexcept { return last_duration_ms_; }
  std::int64_t running_ms(base::UnixMs now) const noexcept {
    return is_running_ ? now - began_ms_ : -1;
  }

 private:
  bool is_running_ = false;
  bool is_scheduled_ = false;
  int failures_ = 0;  // in a row
  base::UnixMs began_ms_ = 0;
  base::UnixMs retry_ms_ = 0;
  std::int64_t untold_minutes_ = 0;
  std::int64_t last_duration_ms_ = -1;
  std::uint64_t rewrites_ = 0;
};

}  // namespace larder::persist
