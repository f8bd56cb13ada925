// LATENCY: events that took long, and how long each command took.

#include <fmt/format.h>

#include <map>

#include "command/context.h"
#include "command/help.h"
#include "command/spec_check.h"
#include "control/families.h"
#include "control/latency_report.h"
#include "server/call.h"
#include "server/server.h"

namespace larder::control {
namespace {

using command::Args;
using command::Command;
using command::Context;
using command::Group;
using command::Spec;
using server::call_of;
using server::LatencySeries;
namespace flag = command::flag;

// --- events

server::LatencyMonitor& monitor_of(Context& ctx) {
  return call_of(ctx).server.observation().latency();
}

std::int64_t unix_seconds(const Context& ctx) { return ctx.now() / 1'000; }

void reply_sample(resp::Writer& reply, const LatencySeries::Sample& sample) {
  reply.integer(sample.unix_seconds);
  reply.integer(static_cast<std::int64_t>(sample.latency_ms));
}

void latest(Context& ctx, Args) {
  const auto& events = monitor_of(ctx).events();
  ctx.reply.array(events.size());
  for (const auto& [event, series] : events) {
    ctx.reply.array(4);
    ctx.reply.bulk(event);
    reply_sample(ctx.reply, series.newest());
    ctx.reply.integer(static_cast<std::int64_t>(series.highest_ms()));
  }
}

void history(Context& ctx, Args args) {
  const auto* const series = monitor_of(ctx).find(args[2]);
  if (series == nullptr) return ctx.reply.array(0);
  ctx.reply.array(series->size());
  for (std::size_t i = 0; i < series->size(); ++i) {
    ctx.reply.array(2);
    reply_sample(ctx.reply, (*series)[i]);
  }
}

void reset(Context& ctx, Args args) {
  auto& monitor = monitor_of(ctx);
  std::size_t forgotten = args.size() == 2 ? monitor.forget_all() : 0;
  for (const auto event : args.subspan(2)) forgotten += monitor.forget(event);
  ctx.reply.integer(static_cast<std::int64_t>(forgotten));
}

void graph(Context& ctx, Args args) {
  const auto* const series = monitor_of(ctx).find(args[2]);
  if (series == nullptr) {
    return ctx.reply.error(fmt::format("ERR No samples available for event '{}'", args[2]));
  }
  ctx.reply.verbatim("txt", latency_graph(args[2], *series, unix_seconds(ctx)));
}

void doctor(Context& ctx, Args) {
  ctx.reply.verbatim("txt", latency_advice(monitor_of(ctx), ctx.settings, unix_seconds(ctx)));
}

// --- commands

// Answers how many calls took up to how many microseconds: bounds that double from a microsecond
// on, as peers have them (an HDR histogram's, whose buckets end a 128th late).
void reply_distribution(resp::Writer& reply, const server::LatencyHistogram& histogram,
                        const base::CycleClock& clock) {
  std::map<std::uint64_t, std::uint64_t> counts;  // by upper bound
  histogram.for_each([&](std::uint64_t cycles, std::uint64_t count) {
    const auto ns = clock.ns(cycles);
    std::uint64_t bound = 1'024;
    while (bound + bound / 128 - 1 < ns && bound < (1ull << 62)) bound *= 2;
    counts[(bound + bound / 128 - 1) / 1'000] += count;
  });
  reply.map(2);
  reply.bulk("calls");
  reply.integer(static_cast<std::int64_t>(histogram.total()));
  reply.bulk("histogram_usec");
  reply.map(counts.size());
  std::uint64_t calls = 0;
  for (const auto& [bound_us, count] : counts) {
    calls += count;
    reply.integer(static_cast<std::int64_t>(bound_us));
    reply.integer(static_cast<std::int64_t>(calls));
  }
}

// Answers for a command that was called, and each of its subcommands that was. Returns how many
// those are.
std::size_t reply_distributions(Context& ctx, const Command& command) {
  auto& server = call_of(ctx).server;
  std::size_t replied = 0;
  if (const auto& histogram = server.statistics().latencies[command.id]; histogram != nullptr) {
    ctx.reply.bulk(command.full_name);
    reply_distribution(ctx.reply, *histogram, server.cycle_clock());
    ++replied;
  }
  for (const auto& subcommand : command.subcommands) {
    replied += reply_distributions(ctx, *subcommand);
  }
  return replied;
}

void histogram(Context& ctx, Args args) {
  auto all = ctx.reply.defer();
  std::size_t replied = 0;
  if (args.size() == 2) {
    for (const auto* command : ctx.table.all()) replied += reply_distributions(ctx, *command);
  }
  for (const auto name : args.subspan(2)) {
    if (const auto* command = ctx.table.named(name)) replied += reply_distributions(ctx, *command);
  }
  all.close_map(replied);
}

constexpr auto kFlags = flag::admin | flag::noscript | flag::loading | flag::stale;
constexpr std::string_view kTips =
    "nondeterministic_output request_policy:all_nodes response_policy:special";

constexpr Spec kSubcommands[] = {
    {.name = "doctor",
     .arity = 2,
     .group = Group::server,
     .since = "2.8.13",
     .flags = kFlags,
     .complexity = "O(1)",
     .summary = "Returns what took long, and what may help.",
     .tips = kTips,
     .handler = doctor},
    {.name = "graph",
     .arity = 3,
     .group = Group::server,
     .since = "2.8.13",
     .flags = kFlags,
     .complexity = "O(1)",
     .summary = "Draws how long an event took of late.",
     .arguments = "event",
     .tips = kTips,
     .handler = graph},
    command::help_spec(Group::server, "2.8.13"),
    {.name = "histogram",
     .arity = -2,
     .group = Group::server,
     .since = "7.0.0",
     .flags = kFlags,
     .complexity = "O(N) where N is the number of commands that were called",
     .summary = "Returns how many calls of commands took up to how long.",
     .arguments = "[(command)+]",
     .tips = kTips,
     .handler = histogram},
    {.name = "history",
     .arity = 3,
     .group = Group::server,
     .since = "2.8.13",
     .flags = kFlags,
     .complexity = "O(1)",
     .summary = "Returns when an event took long, and how long.",
     .arguments = "event",
     .tips = kTips,
     .handler = history},
    {.name = "latest",
     .arity = 2,
     .group = Group::server,
     .since = "2.8.13",
     .flags = kFlags,
     .complexity = "O(1)",
     .summary = "Returns when each event last took long.",
     .tips = kTips,
     .handler = latest},
    {.name = "reset",
     .arity = -2,
     .group = Group::server,
     .since = "2.8.13",
     .flags = kFlags,
     .complexity = "O(N) where N is the number of events",
     .summary = "Forgets what took long.",
     .arguments = "[(event)+]",
     .tips = "request_policy:all_nodes response_policy:agg_sum",
     .handler = reset},
};

constexpr Spec kSpecs[] = {
    {.name = "latency",
     .arity = -2,
     .group = Group::server,
     .since = "2.8.13",
     .complexity = "Depends on subcommand.",
     .summary = "A container for commands about what took long.",
     .subcommands = kSubcommands},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

std::span<const Spec> latency_commands() { return kSpecs; }

}  // namespace larder::control
