#include "load/histogram.h"

#include <gtest/gtest.h>

namespace larder::load {
namespace {

TEST(Histogram, IsEmptyAtFirst) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0u);
  EXPECT_EQ(histogram.quantile_ns(0.5), 0u);
  EXPECT_EQ(histogram.max_ns(), 0u);
}

TEST(Histogram, KeepsQuantilesWithinTwoPercent) {
  Histogram histogram;
  for (int i = 1; i <= 1'000'000; ++i) histogram.add(i * 10);
  for (const double quantile : {0.001, 0.1, 0.5, 0.99, 0.999}) {
    const double exact = quantile * 1e7;
    EXPECT_NEAR(static_cast<double>(histogram.quantile_ns(quantile)), exact, exact * 0.02);
  }
  EXPECT_EQ(histogram.max_ns(), 10'000'000u);
}

TEST(Histogram, TakesAnyDuration) {
  Histogram histogram;
  histogram.add(INT64_MAX);
  histogram.add(-5);
  EXPECT_EQ(histogram.quantile_ns(0), 0u);
  EXPECT_EQ(histogram.quantile_ns(0.9), static_cast<std::uint64_t>(INT64_MAX));
}

TEST(Histogram, ChargesAStallToTheTail) {
  Histogram histogram;
  for (int i = 0; i < 999; ++i) histogram.add(1'000);
  histogram.add(50'000'000);
  EXPECT_LT(histogram.quantile_ns(0.99), 1'100u);
  EXPECT_EQ(histogram.quantile_ns(0.999), 50'000'000u);
}

}  // namespace
}  // namespace larder::load
