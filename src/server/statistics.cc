#include "server/statistics.h"

#include <numeric>

#include "server/limits.h"

namespace larder::server {

std::uint64_t LatencyHistogram::upper_edge(std::size_t bucket) noexcept {
  if (bucket < (1u << kSubBits)) return bucket;
  const auto octave = (bucket >> kSubBits) - 1;
  const auto within = (bucket & ((1u << kSubBits) - 1)) + (1u << kSubBits);
  return ((static_cast<std::uint64_t>(within) + 1) << octave) - 1;
}

std::uint64_t LatencyHistogram::percentile(double share) const noexcept {
  const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(total_));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    seen += counts_[i];
    if (counts_[i] != 0 && seen >= wanted) return upper_edge(i);
  }
  return 0;
}

void Rate::sample(std::uint64_t counter, base::UnixMs now) noexcept {
  const auto elapsed_ms = now - last_ms_;
  if (last_ms_ != 0 && elapsed_ms > 0) {
    const auto grown =
        counter >= last_counter_ ? counter - last_counter_ : 0;  // a reset starts over
    rates_[next_] = grown * 1000 / static_cast<std::uint64_t>(elapsed_ms);
    next_ = (next_ + 1) % kSamples;
  }
  last_counter_ = counter;
  last_ms_ = now;
}

std::uint64_t Rate::per_second() const noexcept {
  return std::accumulate(rates_.begin(), rates_.end(), std::uint64_t{0}) / kSamples;
}

void Statistics::count_error(std::string_view code, ErrorFrom origin) {
  ++error_replies;
  const auto found = errors_by_code.find(code);
  if (found != errors_by_code.end()) {
    ++found->second;
  } else if (origin == ErrorFrom::server || errors_by_code.size() < limits::kErrorCodes) {
    errors_by_code.emplace(code, 1);
  } else {
    ++errors_by_code["ERRORSTATS_OVERFLOW"];
  }
}

void Statistics::reset() {
  const auto command_count = latencies.size();
  const auto peak_bytes = memory_peak_bytes;
  const auto peak_ms = memory_peak_ms;
  const auto changes = changes_since_save;
  *this = Statistics{};
  latencies.resize(command_count);
  memory_peak_bytes = peak_bytes;
  memory_peak_ms = peak_ms;
  changes_since_save = changes;
}

}  // namespace larder::server
