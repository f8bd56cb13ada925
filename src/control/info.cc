// INFO: which sections to show, and in which form.

#include <set>

#include "base/numbers.h"
#include "command/context.h"
#include "command/spec_check.h"
#include "control/families.h"
#include "control/metrics.h"
#include "server/call.h"

namespace larder::control {
namespace {

using command::Args;
using command::Context;
namespace flag = command::flag;

enum class Shown { by_default, with_all, by_name };

struct Section {
  std::string_view name;
  Shown shown;
  std::span<const Metric> (*metrics)() = nullptr;
  std::string (*lines)(const Snapshot&) = nullptr;
};

std::string cluster_lines(const Snapshot&) { return "cluster_enabled:0\r\n"; }
std::string module_lines(const Snapshot&) { return {}; }

constexpr Section kSections[] = {
    {"Server", Shown::by_default, server_metrics},
    {"Clients", Shown::by_default, client_metrics},
    {"Memory", Shown::by_default, memory_metrics},
    {"Persistence", Shown::by_default, persistence_metrics},
    {"Stats", Shown::by_default, stats_metrics},
    {"Replication", Shown::by_default, replication_metrics},
    {"CPU", Shown::by_default, cpu_metrics},
    {"Modules", Shown::by_default, nullptr, module_lines},
    {"Commandstats", Shown::with_all, nullptr, command_statistics},
    {"Errorstats", Shown::by_default, nullptr, error_statistics},
    {"Latencystats", Shown::with_all, nullptr, latency_statistics},
    {"Cluster", Shown::by_default, nullptr, cluster_lines},
    {"Keyspace", Shown::by_default, nullptr, keyspace_statistics},
    {"Quotas", Shown::with_all, nullptr, quota_statistics},
    {"Debug", Shown::by_name, debug_metrics},
};

// Which of the sections the arguments ask for; names that nobody knows show nothing.
std::set<std::string_view> wanted_sections(Args args) {
  std::set<std::string_view> wanted;
  const auto want = [&](Shown most) {
    for (const auto& section : kSections) {
      if (section.shown <= most) wanted.insert(section.name);
    }
  };
  if (args.size() == 1) want(Shown::by_default);
  for (const auto argument : args.subspan(1)) {
    if (base::equal_ignoring_case(argument, "default")) want(Shown::by_default);
    if (base::equal_ignoring_case(argument, "all") ||
        base::equal_ignoring_case(argument, "everything"))
      want(Shown::with_all);
    for (const auto& section : kSections) {
      if (base::equal_ignoring_case(argument, section.name)) wanted.insert(section.name);
    }
  }
  return wanted;
}

void append_section(std::string& text, const Section& section, const Snapshot& snapshot) {
  if (!text.empty()) text += "\r\n";
  text += fmt::format("# {}\r\n", section.name);
  if (section.lines != nullptr) {
    text += section.lines(snapshot);
    return;
  }
  for (const auto& metric : section.metrics()) {
    if (metric.is_shown != nullptr && !metric.is_shown(snapshot)) continue;
    text += fmt::format("{}:{}\r\n", metric.name, metric.value(snapshot));
  }
}

void info(Context& ctx, Args args) {
  const auto wanted = wanted_sections(args);
  const Snapshot snapshot(server::call_of(ctx).server);
  std::string text;
  for (const auto& section : kSections) {
    if (wanted.contains(section.name)) append_section(text, section, snapshot);
  }
  ctx.reply.verbatim("txt", text);
}

constexpr command::Spec kSpecs[] = {
    {.name = "info",
     .arity = -1,
     .group = command::Group::server,
     .since = "1.0.0",
     .flags = flag::loading | flag::stale,
     .categories = command::category::dangerous,
     .complexity = "O(1)",
     .summary = "Returns figures about the server, by section.",
     .arguments = "[(section)+]",
     .tips = "nondeterministic_output request_policy:all_shards response_policy:special",
     .handler = info},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

std::span<const command::Spec> info_commands() { return kSpecs; }

}  // namespace larder::control
