#include "load/indexes.h"

#include <algorithm>
#include <cmath>

namespace larder::load {
namespace {

constexpr std::size_t kZipfDraws = 1 << 20;

// Ranks in [1, count] with probability proportional to rank^-exponent, by rejection-inversion
// (Hörmann and Derflinger, "Rejection-inversion to generate variates from monotone discrete
// distributions", 1996). REQUIRES: exponent > 0.
class ZipfRanks {
 public:
  ZipfRanks(std::uint64_t count, double exponent) noexcept
      : exponent_(exponent),
        count_(static_cast<double>(count)),
        area_low_(area(1.5) - 1.0),
        area_high_(area(count_ + 0.5)) {}

  std::uint64_t draw(base::Random& random) const noexcept {
    while (true) {
      const double u = area_high_ + random.unit() * (area_low_ - area_high_);
      const double rank = std::clamp(std::round(area_inverse(u)), 1.0, count_);
      if (u >= area(rank + 0.5) - std::pow(rank, -exponent_))
        return static_cast<std::uint64_t>(rank);
    }
  }

 private:
  // The integral of x^-exponent, and its inverse.
  double area(double x) const noexcept {
    if (exponent_ == 1.0) return std::log(x);
    return (std::pow(x, 1.0 - exponent_) - 1.0) / (1.0 - exponent_);
  }
  double area_inverse(double y) const noexcept {
    if (exponent_ == 1.0) return std::exp(y);
    return std::pow(1.0 + y * (1.0 - exponent_), 1.0 / (1.0 - exponent_));
  }

  double exponent_;
  double count_;
  double area_low_;
  double area_high_;
};

// Spreads popular ranks over the whole space, so that neighbouring keys are not popular together.
std::uint64_t scatter(std::uint64_t rank, std::uint64_t space) noexcept {
  return static_cast<std::uint64_t>(
      static_cast<unsigned __int128>(rank * 0x9E3779B97F4A7C15ULL) * space >> 64);
}

}  // namespace

Indexes::Indexes(Distribution distribution, std::uint64_t space, double zipf_exponent,
                 std::uint64_t seed)
    : distribution_(distribution), space_(space), random_(seed) {
  if (distribution != Distribution::zipf) return;
  const ZipfRanks ranks(space, zipf_exponent);
  draws_.resize(kZipfDraws);
  for (auto& index : draws_) {
    index = static_cast<std::uint32_t>(scatter(ranks.draw(random_), space));
  }
}

}  // namespace larder::load
