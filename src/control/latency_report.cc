#include "control/latency_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

namespace larder::control {
namespace {

using server::LatencyMonitor;
using server::LatencySeries;

// --- the graph

constexpr std::size_t kColumns = 80;
constexpr std::size_t kRows = 4;
constexpr std::string_view kTips = "_o#";  // a column's end, as high in its row as it looks

struct Range {
  std::uint64_t low_ms = UINT64_MAX;
  std::uint64_t high_ms = 0;
};

Range range_of(const LatencySeries& series) {
  Range range;
  for (std::size_t i = 0; i < series.size(); ++i) {
    range.low_ms = std::min(range.low_ms, series[i].latency_ms);
    range.high_ms = std::max(range.high_ms, series[i].latency_ms);
  }
  return range;
}

// How high a column is, in steps of which each row has as many as there are tips.
std::size_t height_of(std::uint64_t latency_ms, const Range& range) {
  constexpr auto kSteps = kRows * kTips.size();
  const auto width = std::max<std::uint64_t>(range.high_ms - range.low_ms, 1);
  const auto share = static_cast<double>(latency_ms - range.low_ms) / static_cast<double>(width);
  return std::min(static_cast<std::size_t>(share * kSteps), kSteps - 1);
}

std::string age_label(std::int64_t seconds) {
  if (seconds < 60) return fmt::format("{}s", seconds);
  if (seconds < 3'600) return fmt::format("{}m", seconds / 60);
  if (seconds < 86'400) return fmt::format("{}h", seconds / 3'600);
  return fmt::format("{}d", seconds / 86'400);
}

struct Column {
  std::size_t height;
  std::string label;
};

char character_at(const Column& column, std::size_t row) {
  const auto top = column.height / kTips.size();
  if (row > top) return ' ';
  return row < top ? '|' : kTips[column.height % kTips.size()];
}

void append_columns(std::string& graph, std::span<const Column> columns) {
  std::size_t label_rows = 0;
  for (const auto& column : columns) label_rows = std::max(label_rows, column.label.size());
  for (std::size_t row = kRows; row-- > 0;) {
    for (const auto& column : columns) graph += character_at(column, row);
    graph += '\n';
  }
  graph.append(columns.size(), ' ');
  graph += '\n';
  for (std::size_t row = 0; row < label_rows; ++row) {
    for (const auto& column : columns) {
      graph += row < column.label.size() ? column.label[row] : ' ';
    }
    graph += '\n';
  }
}

// --- the advice

struct Figures {
  std::uint64_t mean_ms = 0;
  std::uint64_t mean_deviation_ms = 0;
  double seconds_between = 0;
};

Figures figures_of(const LatencySeries& series, std::int64_t now_seconds) {
  Figures figures;
  const auto count = series.size();
  if (count == 0) return figures;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += series[i].latency_ms;
  figures.mean_ms = sum / count;
  sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto latency_ms = series[i].latency_ms;
    sum += std::max(latency_ms, figures.mean_ms) - std::min(latency_ms, figures.mean_ms);
  }
  figures.mean_deviation_ms = sum / count;
  const auto age = std::max<std::int64_t>(now_seconds - series[0].unix_seconds, 1);
  figures.seconds_between = static_cast<double>(age) / static_cast<double>(count);
  return figures;
}

enum class Advice : std::uint8_t {
  enable_slow_log,
  tune_slow_log,
  read_slow_log,
  smaller_values,
  free_the_processor,
  spread_deadlines,
  spread_evictions,
  faster_fork,
  faster_disk,
  sync_less,
};

struct Remedy {
  std::string_view event;
  Advice advice;
};

constexpr Remedy kRemedies[] = {
    {"command", Advice::read_slow_log},
    {"command", Advice::smaller_values},
    {"fast-command", Advice::free_the_processor},
    {"expire-cycle", Advice::spread_deadlines},
    {"expire-cycle", Advice::free_the_processor},
    {"eviction-cycle", Advice::spread_evictions},
    {"eviction-del", Advice::smaller_values},
    {"fork", Advice::faster_fork},
    {"aof-write", Advice::faster_disk},
    {"aof-write-alone", Advice::faster_disk},
    {"aof-write-active-child", Advice::faster_disk},
    {"aof-write-pending-fsync", Advice::faster_disk},
    {"aof-fsync-always", Advice::sync_less},
    {"aof-fsync-always", Advice::faster_disk},
    {"aof-fstat", Advice::faster_disk},
    {"aof-rename", Advice::faster_disk},
    {"rdb-unlink-temp-file", Advice::faster_disk},
};

std::string text_of(Advice advice, std::uint64_t threshold_ms) {
  switch (advice) {
    case Advice::enable_slow_log:
      return fmt::format(
          "Commands were slow, and the slow log is off. 'CONFIG SET slowlog-log-slower-than {}' "
          "has it tell which ones.",
          threshold_ms * 1'000);
    case Advice::tune_slow_log:
      return fmt::format(
          "The slow log leaves out commands that count as slow here. 'CONFIG SET "
          "slowlog-log-slower-than {}' has it tell of them, too.",
          threshold_ms * 1'000);
    case Advice::read_slow_log:
      return "SLOWLOG GET shows which commands took long. Others wait while one runs.";
    case Advice::smaller_values:
      return "Commands that walk a whole large value take long. Smaller values, or commands that "
             "take a part (SCAN's kin, ranges), let others in between.";
    case Advice::free_the_processor:
      return "What needs next to no time took long: the system let other work run, or fetched "
             "memory from swap. Look at its load, at neighbours on the same host, at limits of CPU "
             "time, and at 'redis-cli --intrinsic-latency 100'.";
    case Advice::spread_deadlines:
      return "Very many keys expired at once. Deadlines that differ by a random part spread the "
             "work.";
    case Advice::spread_evictions:
      return "Many keys had to go at once to make room. A maxmemory that is lowered in steps, and "
             "fewer commands that store large results, spread the work.";
    case Advice::faster_fork:
      return "A snapshot begins with a fork, which takes the longer the more memory there is. "
             "Hosts whose memory is not shared by several systems, and instances with less data, "
             "fork faster.";
    case Advice::faster_disk:
      return "The disk kept the server waiting. A local disk, and less other work on it, help.";
    case Advice::sync_less:
      return "With 'appendfsync always' each write waits for the disk. 'everysec' gives up at "
             "most a second of writes, and does not wait.";
  }
  return {};
}

void append_slow_log_advice(std::vector<Advice>& all, const LatencyMonitor& monitor,
                            const settings::Settings& settings) {
  if (monitor.find("command") == nullptr) return;
  const auto slower_than_us = settings.slowlog_log_slower_than;
  if (slower_than_us < 0 || settings.slowlog_max_len == 0) {
    all.push_back(Advice::enable_slow_log);
  } else if (slower_than_us / 1'000 > settings.latency_monitor_threshold) {
    all.push_back(Advice::tune_slow_log);
  }
}

}  // namespace

std::string latency_graph(std::string_view event, const LatencySeries& series,
                          std::int64_t now_seconds) {
  const auto range = range_of(series);
  auto graph = fmt::format("{} - high {} ms, low {} ms (all time high {} ms)\n", event,
                           range.high_ms, range.low_ms, series.highest_ms());
  graph.append(kColumns, '-');
  graph += '\n';
  std::vector<Column> columns;
  for (std::size_t i = 0; i < series.size(); ++i) {
    columns.push_back({height_of(series[i].latency_ms, range),
                       age_label(std::max<std::int64_t>(now_seconds - series[i].unix_seconds, 0))});
  }
  for (std::size_t from = 0; from < columns.size(); from += kColumns) {
    append_columns(graph,
                   std::span(columns).subspan(from, std::min(kColumns, columns.size() - from)));
  }
  return graph;
}

std::string latency_advice(const LatencyMonitor& monitor, const settings::Settings& settings,
                           std::int64_t now_seconds) {
  if (monitor.events().empty()) {
    return monitor.is_on()
               ? "Nothing took as long as latency-monitor-threshold since it was set.\n"
               : "Nothing is watched: latency-monitor-threshold is 0. 'CONFIG SET "
                 "latency-monitor-threshold <milliseconds>' has events kept from then on.\n";
  }
  std::string text = "Events that took long:\n\n";
  std::vector<Advice> all;
  append_slow_log_advice(all, monitor, settings);
  int number = 0;
  for (const auto& [event, series] : monitor.events()) {
    const auto figures = figures_of(series, now_seconds);
    fmt::format_to(std::back_inserter(text),
                   "{}. {}: {} latency spikes (average {}ms, mean deviation {}ms, period {:.2f} "
                   "sec). Worst all time event {}ms.\n",
                   ++number, event, series.size(), figures.mean_ms, figures.mean_deviation_ms,
                   figures.seconds_between, series.highest_ms());
    for (const auto& remedy : kRemedies) {
      const bool is_new = std::find(all.begin(), all.end(), remedy.advice) == all.end();
      if (remedy.event == event && is_new) all.push_back(remedy.advice);
    }
  }
  if (all.empty()) return text;
  text += "\nWhat may help:\n\n";
  for (const auto advice : all) {
    text += fmt::format("- {}\n", text_of(advice, monitor.threshold_ms()));
  }
  return text;
}

}  // namespace larder::control
