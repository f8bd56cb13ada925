#include "persist/snapshot_lifecycle.h"

#include <utility>

namespace larder::persist {

std::optional<settings::SavePoint> SnapshotLifecycle::due(
    std::span<const settings::SavePoint> points, std::uint64_t changes,
    base::UnixMs now) const noexcept {
  if (!may_try(now)) return std::nullopt;
  for (const auto& point : points) {
    const bool has_changes = changes >= static_cast<std::uint64_t>(point.changes);
    if (has_changes && now - last_saved_ms_ > point.seconds * 1000) return point;
  }
  return std::nullopt;
}

bool SnapshotLifecycle::unschedule() noexcept { return std::exchange(is_scheduled_, false); }

void SnapshotLifecycle::begin(std::uint64_t changes, base::UnixMs now) noexcept {
  is_running_ = true;
  is_scheduled_ = false;
  began_ms_ = now;
  changes_held_ = changes;
}

std::uint64_t SnapshotLifecycle::end(Outcome outcome, base::UnixMs now) noexcept {
  is_running_ = false;
  last_duration_ms_ = now - began_ms_;
  const auto held = std::exchange(changes_held_, 0);
  if (outcome == Outcome::cancelled) return 0;
  has_failed_ = outcome == Outcome::failed;
  if (has_failed_) return 0;
  last_saved_ms_ = now;
  ++saved_count_;
  return held;
}

void SnapshotLifecycle::fail_to_begin(base::UnixMs now) noexcept {
  began_ms_ = now;
  has_failed_ = true;
}

}  // namespace larder::persist
