// When snapshots are written, and what became of them: decided from settings, changes and time,
// with nothing done here. Whoever writes them tells when one begins and ends.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/clock.h"
#include "settings/settings.h"

namespace larder::persist {

class SnapshotLifecycle {
 public:
  explicit SnapshotLifecycle(base::UnixMs now) noexcept : last_saved_ms_(now) {}

  // The save point that asks for a snapshot now. After a failure there is none for some seconds.
  std::optional<settings::SavePoint> due(std::span<const settings::SavePoint> points,
                                         std::uint64_t changes, base::UnixMs now) const noexcept;

  // BGSAVE SCHEDULE: one is to be written as soon as there can be.
  void schedule() noexcept { is_scheduled_ = true; }
  bool unschedule() noexcept;  // true where there was one
  bool is_scheduled_due(base::UnixMs now) const noexcept { return is_scheduled_ && may_try(now); }
  bool is_scheduled() const noexcept { return is_scheduled_; }

  // A snapshot of the data after that many changes is being written. REQUIRES: !is_running().
  void begin(std::uint64_t changes, base::UnixMs now) noexcept;

  enum class Outcome : std::uint8_t { saved, failed, cancelled };
  // Returns how many of the changes it holds. REQUIRES: is_running().
  std::uint64_t end(Outcome outcome, base::UnixMs now) noexcept;
  // It could not even begin.
  void fail_to_begin(base::UnixMs now) noexcept;

  bool is_running() const noexcept { return is_running_; }
  bool has_failed() const noexcept { return has_failed_; }  // the last one that was not cancelled
  std::uint64_t saved_count() const noexcept { return saved_count_; }
  base::UnixMs last_saved_ms() const noexcept { return last_saved_ms_; }
  // Of the last one and of the one that runs; -1 where there is none.
  std::int64_t last_duration_ms() const noexcept { return last_duration_ms_; }
  std::int64_t running_ms(base::UnixMs now) const noexcept {
    return is_running_ ? now - began_ms_ : -1;
  }

 private:
  static constexpr std::int64_t kRetryMs = 5000;

  bool may_try(base::UnixMs now) const noexcept {
    return !is_running_ && (!has_failed_ || now - began_ms_ > kRetryMs);
  }

  bool is_running_ = false;
  bool is_scheduled_ = false;
  bool has_failed_ = false;
  base::UnixMs began_ms_ = 0;
  base::UnixMs last_saved_ms_;  // or the start
  std::int64_t last_duration_ms_ = -1;
  std::uint64_t changes_held_ = 0;  // by the one that runs
  std::uint64_t saved_count_ = 0;
};

}  // namespace larder::persist
