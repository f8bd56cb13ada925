#include "server/statistics.h"

#include <gtest/gtest.h>

#include "server/limits.h"
#include "server/pause.h"

namespace larder::server {
namespace {

TEST(LatencyHistogram, PercentilesAreAtMostAnEighthTooHigh) {
  LatencyHistogram histogram;
  for (std::uint64_t i = 1; i <= 100'000; ++i) histogram.add(i);
  for (const double share : {0.01, 0.5, 0.9, 0.99, 0.999}) {
    const auto exact = share * 100'000;
    const auto found = static_cast<double>(histogram.percentile(share));
    EXPECT_GE(found, exact * 0.999);
    EXPECT_LE(found, exact * 1.125);
  }
}

TEST(LatencyHistogram, TakesEveryValue) {
  LatencyHistogram histogram;
  for (const std::uint64_t value : {0ull, 1ull, 7ull, 8ull, ~0ull}) histogram.add(value);
  EXPECT_EQ(histogram.total(), 5u);
  EXPECT_EQ(histogram.percentile(0.1), 0u);
  EXPECT_EQ(histogram.percentile(1), ~0ull);
}

TEST(LatencyHistogram, IsZeroWhenEmpty) { EXPECT_EQ(LatencyHistogram().percentile(0.5), 0u); }

TEST(Rate, IsTheMeanOfLateSamples) {
  Rate rate;
  for (int i = 0; i <= 16; ++i) {
    rate.sample(static_cast<std::uint64_t>(i) * 50, 1'000 + i * 100);
  }
  EXPECT_EQ(rate.per_second(), 500u);
}

TEST(Rate, SurvivesACounterThatWasReset) {
  Rate rate;
  rate.sample(1'000'000, 1'000);
  rate.sample(10, 1'100);
  EXPECT_EQ(rate.per_second(), 0u);
}

TEST(Statistics, CountsErrorsOfScriptsByCodeUpToABound) {
  Statistics statistics;
  for (std::size_t i = 0; i < limits::kErrorCodes + 50; ++i) {
    statistics.count_error("E" + std::to_string(i), Statistics::ErrorFrom::script);
  }
  EXPECT_EQ(statistics.error_replies, limits::kErrorCodes + 50);
  EXPECT_LE(statistics.errors_by_code.size(), limits::kErrorCodes + 1);
  EXPECT_EQ(statistics.errors_by_code.at("ERRORSTATS_OVERFLOW"), 50u);
  statistics.count_error("ERR");
  EXPECT_EQ(statistics.errors_by_code.at("ERR"), 1u);
}

TEST(Statistics, AResetKeepsWhatIsNoCounter) {
  Statistics statistics;
  statistics.latencies.resize(7);
  statistics.memory_peak_bytes = 99;
  statistics.commands_processed = 5;
  statistics.reset();
  EXPECT_EQ(statistics.commands_processed, 0u);
  EXPECT_EQ(statistics.latencies.size(), 7u);
  EXPECT_EQ(statistics.memory_peak_bytes, 99u);
}

TEST(Pause, HoldsWhatItsScopeSays) {
  constexpr auto read = command::flag::readonly;
  constexpr auto write = command::flag::write;
  Pause pause;
  EXPECT_FALSE(pause.holds(write));
  pause.begin(Pause::Scope::writes, 100);
  EXPECT_TRUE(pause.holds(write));
  EXPECT_FALSE(pause.holds(read));
  pause.begin(Pause::Scope::all, 50);
  EXPECT_TRUE(pause.holds(read));
  EXPECT_EQ(pause.until_ms(), 100) << "a later pause never shortens an earlier one";
  EXPECT_FALSE(pause.is_over(99));
  EXPECT_TRUE(pause.is_over(100));
  pause.end();
  EXPECT_FALSE(pause.holds(write));
}

}  // namespace
}  // namespace larder::server
