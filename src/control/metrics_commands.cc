// INFO: the sections whose lines come and go: Commandstats, Errorstats, Latencystats, Keyspace.

#include "control/metrics.h"

namespace larder::control {
namespace {

// Visits every command and subcommand that can be called.
template <class Visit>
void for_each_command(const command::Table& table, Visit visit) {
  for (const auto* command : table.all()) {
    if (command->spec->handler != nullptr) visit(*command);
    for (const auto& subcommand : command->subcommands) visit(*subcommand);
  }
}

double microseconds(const Snapshot& s, std::uint64_t cycles) {
  return static_cast<double>(s.server.cycle_clock().ns(cycles)) / 1000;
}

}  // namespace

std::string command_statistics(const Snapshot& s) {
  std::string lines;
  for_each_command(s.server.commands(), [&](const command::Command& command) {
    const auto& statistics = command.statistics;
    if (statistics.calls == 0 && statistics.rejected == 0 && statistics.failed == 0) return;
    const auto usec = microseconds(s, statistics.cycles);
    const auto per_call = statistics.calls == 0 ? 0 : usec / static_cast<double>(statistics.calls);
    lines += fmt::format(
        "cmdstat_{}:calls={},usec={:.0f},usec_per_call={:.2f},rejected_calls={},failed_calls={}"
        "\r\n",
        command.full_name, statistics.calls, usec, per_call, statistics.rejected,
        statistics.failed);
  });
  return lines;
}

std::string error_statistics(const Snapshot& s) {
  std::string lines;
  for (const auto& [code, count] : s.server.statistics().errors_by_code) {
    lines += fmt::format("errorstat_{}:count={}\r\n", code, count);
  }
  return lines;
}

std::string latency_statistics(const Snapshot& s) {
  std::string lines;
  const auto& percentiles = s.server.settings().latency_tracking_info_percentiles;
  for_each_command(s.server.commands(), [&](const command::Command& command) {
    const auto& histogram = s.server.statistics().latencies[command.id];
    if (histogram == nullptr) return;
    lines += fmt::format("latency_percentiles_usec_{}:", command.full_name);
    const char* separator = "";
    for (const double percentile : percentiles) {
      lines += fmt::format("{}p{}={:.3f}", separator, percentile,
                           microseconds(s, histogram->percentile(percentile / 100)));
      separator = ",";
    }
    lines += "\r\n";
  });
  return lines;
}

std::string keyspace_statistics(const Snapshot& s) {
  std::string lines;
  auto& keyspace = s.server.keyspace();
  for (int i = 0; i < keyspace.database_count(); ++i) {
    const auto& database = keyspace.database(i);
    if (database.size() == 0) continue;
    lines += fmt::format("db{}:keys={},expires={},avg_ttl={},subexpiry={}\r\n", i, database.size(),
                         database.with_deadline(), database.average_ttl_ms(),
                         database.with_element_deadlines());
  }
  return lines;
}

}  // namespace larder::control
