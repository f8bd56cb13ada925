#include "server/latency_monitor.h"

#include <gtest/gtest.h>

namespace larder::server {
namespace {

TEST(LatencySeries, KeepsTheSlowestOfASecond) {
  LatencySeries series;
  series.add({100, 20});
  series.add({100, 30});
  series.add({100, 10});
  series.add({101, 5});
  ASSERT_EQ(series.size(), 2u);
  EXPECT_EQ(series[0].latency_ms, 30u);
  EXPECT_EQ(series.newest().unix_seconds, 101);
  EXPECT_EQ(series.newest().latency_ms, 5u);
  EXPECT_EQ(series.highest_ms(), 30u);
}

TEST(LatencySeries, ForgetsTheOldestButNotTheHighest) {
  LatencySeries series;
  series.add({1, 900});
  for (std::int64_t second = 2; second <= 170; ++second) series.add({second, 10});
  ASSERT_EQ(series.size(), 160u);
  EXPECT_EQ(series[0].unix_seconds, 11);
  EXPECT_EQ(series[159].unix_seconds, 170);
  EXPECT_EQ(series.highest_ms(), 900u);
}

TEST(LatencyMonitor, KeepsWhatReachesItsThreshold) {
  LatencyMonitor monitor;
  monitor.add("command", 1'000, 1);
  EXPECT_EQ(monitor.find("command"), nullptr);
  monitor.set_threshold_ms(100);
  monitor.add("command", 99, 2);
  EXPECT_EQ(monitor.find("command"), nullptr);
  monitor.add("command", 100, 3);
  ASSERT_NE(monitor.find("command"), nullptr);
  EXPECT_EQ(monitor.find("Command"), nullptr);
}

TEST(LatencyMonitor, ForgetsOneEventOrAll) {
  LatencyMonitor monitor;
  monitor.set_threshold_ms(1);
  for (const auto* event : {"command", "fast-command", "fork"}) monitor.add(event, 5, 1);
  EXPECT_EQ(monitor.forget("nothing"), 0u);
  EXPECT_EQ(monitor.forget("FORK"), 1u);
  EXPECT_EQ(monitor.forget_all(), 2u);
  EXPECT_TRUE(monitor.events().empty());
}

}  // namespace
}  // namespace larder::server
