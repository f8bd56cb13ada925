#include "control/latency_report.h"

#include <gtest/gtest.h>

namespace larder::control {
namespace {

std::string after_ruler(const std::string& graph) {
  const auto ruler = std::string(80, '-') + '\n';
  return graph.substr(graph.find(ruler) + ruler.size());
}

TEST(LatencyGraph, DrawsAColumnForEachSample) {
  server::LatencySeries series;
  series.add({1'000, 10});
  series.add({1'001, 30});
  series.add({1'002, 20});
  const auto graph = latency_graph("command", series, 1'002);
  EXPECT_TRUE(graph.starts_with("command - high 30 ms, low 10 ms (all time high 30 ms)\n"));
  EXPECT_EQ(after_ruler(graph),
            " # \n"
            " |_\n"
            " ||\n"
            "_||\n"
            "   \n"
            "210\n"
            "sss\n");
}

TEST(LatencyGraph, LabelsColumnsWithTheirAge) {
  server::LatencySeries series;
  for (const std::int64_t age : {200'000, 7'200, 120, 59}) series.add({1'000'000 - age, 5});
  EXPECT_EQ(after_ruler(latency_graph("fork", series, 1'000'000)),
            "    \n"
            "    \n"
            "    \n"
            "____\n"
            "    \n"
            "2225\n"
            "dhm9\n"
            "   s\n");
}

TEST(LatencyGraph, BreaksAfterEightyColumns) {
  server::LatencySeries series;
  for (std::int64_t second = 1; second <= 81; ++second) series.add({second, 5});
  const auto rest = after_ruler(latency_graph("command", series, 81));
  EXPECT_NE(rest.find('\n' + std::string(80, '_') + '\n'), std::string::npos);
  EXPECT_TRUE(rest.ends_with("\n_\n \n0\ns\n"));
}

TEST(LatencyAdvice, SaysSoWhereThereIsNothing) {
  server::LatencyMonitor monitor;
  const settings::Settings settings;
  EXPECT_NE(latency_advice(monitor, settings, 0).find("CONFIG SET"), std::string::npos);
  monitor.set_threshold_ms(10);
  EXPECT_TRUE(latency_advice(monitor, settings, 0).starts_with("Nothing took as long"));
}

TEST(LatencyAdvice, NamesFiguresAndRemedies) {
  server::LatencyMonitor monitor;
  monitor.set_threshold_ms(10);
  monitor.add("command", 10, 1'000);
  monitor.add("command", 30, 1'001);
  settings::Settings settings;
  settings.slowlog_log_slower_than = -1;
  const auto text = latency_advice(monitor, settings, 1'004);
  EXPECT_NE(text.find("1. command: 2 latency spikes (average 20ms, mean deviation 10ms, period "
                      "2.00 sec). Worst all time event 30ms.\n"),
            std::string::npos);
  EXPECT_NE(text.find("'CONFIG SET slowlog-log-slower-than 10000'"), std::string::npos);
  EXPECT_NE(text.find("SLOWLOG GET"), std::string::npos);
}

}  // namespace
}  // namespace larder::control
