#include "server/latency_monitor.h"

#include <algorithm>

#include "base/numbers.h"

namespace larder::server {

void LatencySeries::add(const Sample& sample) noexcept {
  highest_ms_ = std::max(highest_ms_, sample.latency_ms);
  auto& last = samples_[(end_ + kSamplesMax - 1) % kSamplesMax];
  if (size_ != 0 && last.unix_seconds == sample.unix_seconds) {
    last.latency_ms = std::max(last.latency_ms, sample.latency_ms);
    return;
  }
  samples_[end_] = sample;
  end_ = (end_ + 1) % kSamplesMax;
  size_ = std::min(size_ + 1, kSamplesMax);
}

void LatencyMonitor::add(std::string_view event, std::uint64_t latency_ms,
                         std::int64_t unix_seconds) {
  if (!is_on() || latency_ms < threshold_ms_) return;
  auto found = events_.find(event);
  if (found == events_.end()) found = events_.try_emplace(std::string(event)).first;
  found->second.add({unix_seconds, latency_ms});
}

std::size_t LatencyMonitor::forget(std::string_view event) {
  return std::erase_if(events_, [event](const auto& entry) {
    return base::equal_ignoring_case(entry.first, event);
  });
}

std::size_t LatencyMonitor::forget_all() noexcept {
  const auto count = events_.size();
  events_.clear();
  return count;
}

const LatencySeries* LatencyMonitor::find(std::string_view event) const {
  const auto found = events_.find(event);
  return found == events_.end() ? nullptr : &found->second;
}

}  // namespace larder::server
