#include "persist/rewrite_lifecycle.h"

#include <algorithm>

namespace larder::persist {
namespace {

constexpr int kFailuresAtOnce = 3;  // from here on the next try waits
constexpr std::int64_t kMinutesMax = 60;
constexpr std::int64_t kMinuteMs = 60'000;

}  // namespace

bool RewriteLifecycle::is_due(const Growth& growth) noexcept {
  if (growth.percentage == 0) return false;
  if (growth.current_bytes <= static_cast<std::uint64_t>(growth.min_bytes)) return false;
  const auto base = static_cast<double>(std::max<std::uint64_t>(growth.base_bytes, 1));
  const auto grown = static_cast<double>(growth.current_bytes) * 100 / base - 100;
  return grown >= static_cast<double>(growth.percentage);
}

void RewriteLifecycle::begin(base::UnixMs now) noexcept {
  is_running_ = true;
  is_scheduled_ = false;
  began_ms_ = now;
  ++rewrites_;
}

std::int64_t RewriteLifecycle::end(Outcome outcome, base::UnixMs now) noexcept {
  if (is_running_) last_duration_ms_ = now - began_ms_;
  is_running_ = false;
  if (outcome == Outcome::cancelled) return 0;
  failures_ = outcome == Outcome::failed ? failures_ + 1 : 0;
  retry_ms_ = 0;
  untold_minutes_ = 0;
  if (failures_ < kFailuresAtOnce) return 0;
  const auto doublings = std::min(failures_ - kFailuresAtOnce, 6);
  const auto minutes = std::min<std::int64_t>(std::int64_t{1} << doublings, kMinutesMax);
  retry_ms_ = now + minutes * kMinuteMs;
  untold_minutes_ = minutes;
  return minutes;
}

}  // namespace larder::persist
