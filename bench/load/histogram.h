// Counts of durations in logarithmic buckets: any nanosecond value, to within 1.6 % of itself, in
// fixed memory.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace larder::load {

class Histogram {
 public:
  void add(std::int64_t duration_ns) noexcept {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(duration_ns, 0));
    ++counts_[bucket(value)];
    ++count_;
    max_ = std::max(max_, value);
  }

  std::uint64_t count() const noexcept { return count_; }
  std::uint64_t max_ns() const noexcept { return max_; }

  // The duration that a share of `quantile` (0 to 1) of all did not exceed; 0 where there are none.
  std::uint64_t quantile_ns(double quantile) const noexcept {
    auto left = static_cast<std::uint64_t>(quantile * static_cast<double>(count_));
    for (std::size_t index = 0; index < counts_.size(); ++index) {
      if (counts_[index] > left) return std::min(upper_bound(index), max_);
      left -= counts_[index];
    }
    return max_;
  }

 private:
  // Values below 64 have a bucket each; every further power of two is divided into 64.
  static constexpr int kSubBits = 6;
  static constexpr std::uint64_t kSubCount = 1ULL << kSubBits;

  static std::size_t bucket(std::uint64_t value) noexcept {
    if (value < kSubCount) return value;
    const int shift = std::bit_width(value) - kSubBits - 1;
    return static_cast<std::size_t>(shift) * kSubCount + (value >> shift);
  }

  static std::uint64_t upper_bound(std::size_t index) noexcept {
    if (index < 2 * kSubCount) return index;
    const auto shift = index / kSubCount - 1;
    return ((index % kSubCount + kSubCount + 1) << shift) - 1;
  }

  std::array<std::uint64_t, kSubCount*(64 - kSubBits + 1)> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace larder::load
