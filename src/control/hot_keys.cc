// HOTKEYS: which keys take the most time and bytes, while it is asked for.

#include "server/hot_keys.h"

#include "command/arguments.h"
#include "command/help.h"
#include "command/spec_check.h"
#include "control/families.h"
#include "server/call.h"
#include "server/server.h"

namespace larder::control {
namespace {

using command::ArgReader;
using command::Args;
using command::Context;
using server::call_of;
using server::HotKeys;
namespace errors = command::errors;
namespace flag = command::flag;

constexpr std::int64_t kMetrics = 2;
constexpr std::int64_t kSlotMax = 16383;
constexpr std::int64_t kDurationSecondsMax = 1'000'000'000;

// METRICS count name...: names that are not known are of metrics still to come, and left out.
void read_metrics(ArgReader& reader, HotKeys::Options& options) {
  if (reader.remaining() < 2 || !reader.take("metrics")) {
    reader.fail("ERR METRICS parameter is required");
    return;
  }
  const auto count = reader.integer("ERR METRICS count must be > 0 and <= 2", 1, kMetrics);
  for (std::int64_t i = 0; reader.ok() && i < count; ++i) {
    if (reader.remaining() == 0) {
      reader.fail("ERR METRICS count does not match number of metric types provided");
    } else if (reader.take("cpu")) {
      if (options.by_time) reader.fail("ERR METRICS CPU defined more than once!");
      options.by_time = true;
    } else if (reader.take("net")) {
      if (options.by_bytes) reader.fail("ERR METRICS NET defined more than once!");
      options.by_bytes = true;
    } else {
      reader.next();
    }
  }
  if (reader.ok() && !options.by_time && !options.by_bytes) {
    reader.fail("ERR METRICS no valid metrics passed. Supported: CPU|NET");
  }
}

void read_options(ArgReader& reader, HotKeys::Options& options) {
  while (reader.has_more()) {
    if (reader.take("count")) {
      options.count =
          static_cast<std::size_t>(reader.integer("ERR COUNT must be between 1 and 64", 1, 64));
    } else if (reader.take("duration")) {
      options.duration_ms = 1000 * reader.integer("ERR DURATION must be between 0 and 1000000000",
                                                  0, kDurationSecondsMax);
    } else if (reader.take("sample")) {
      options.sample_ratio = reader.integer("ERR SAMPLE ratio must be positive", 1, INT32_MAX);
    } else if (reader.take("slots")) {
      reader.fail("ERR SLOTS parameter cannot be used in non-cluster mode");
    } else {
      reader.fail(errors::kSyntax);
    }
  }
}

HotKeys& hot_keys_of(Context& ctx) {
  auto& hot_keys = call_of(ctx).server.hot_keys();
  hot_keys.look_at_clock(ctx.now());
  return hot_keys;
}

void start(Context& ctx, Args args) {
  auto& hot_keys = hot_keys_of(ctx);
  if (hot_keys.is_on()) {
    return ctx.reply.error("ERR hotkey tracking session already in progress");
  }
  ArgReader reader(args, 2);
  HotKeys::Options options;
  read_metrics(reader, options);
  read_options(reader, options);
  if (!reader.ok()) return ctx.reply.error(reader.error());
  hot_keys.start(options, ctx.now());
  ctx.reply.ok();
}

void stop(Context& ctx, Args) {
  auto& hot_keys = hot_keys_of(ctx);
  if (!hot_keys.is_on()) return ctx.reply.null();
  hot_keys.stop(ctx.now());
  ctx.reply.ok();
}

void reset(Context& ctx, Args) {
  auto& hot_keys = hot_keys_of(ctx);
  if (hot_keys.is_on()) {
    return ctx.reply.error("ERR hotkey tracking session in progress, stop tracking first");
  }
  hot_keys.reset();
  ctx.reply.ok();
}

// Weights of nothing are left out: what took less than a microsecond.
template <class ToFigure>
void reply_keys(Context& ctx, const base::HeavyHitters& sketch, std::size_t count,
                ToFigure&& to_figure) {
  auto list = ctx.reply.defer();
  std::size_t written = 0;
  for (const auto& item : sketch.top(count)) {
    ctx.reply.bulk(item.name);
    ctx.reply.integer(static_cast<std::int64_t>(to_figure(item.weight)));
    written += 2;
  }
  list.close_array(written);
}

void get(Context& ctx, Args) {
  const auto& hot_keys = hot_keys_of(ctx);
  if (!hot_keys.has_results()) return ctx.reply.null_array();
  const auto& options = hot_keys.options();
  const auto& clock = call_of(ctx).server.cycle_clock();
  const auto totals = hot_keys.totals();
  const auto us_of = [&clock](std::uint64_t cycles) { return clock.ns(cycles) / 1000; };
  const auto field = [&ctx](std::string_view name, auto value) {
    ctx.reply.bulk(name);
    ctx.reply.integer(static_cast<std::int64_t>(value));
  };
  ctx.reply.array(1);  // one for each server that is asked
  auto map = ctx.reply.defer();
  std::size_t fields = 7;
  field("tracking-active", hot_keys.is_on() ? 1 : 0);
  field("sample-ratio", options.sample_ratio);
  ctx.reply.bulk("selected-slots");  // ranges of them: all, since there is no cluster
  ctx.reply.array(1);
  ctx.reply.array(2);
  ctx.reply.integer(0);
  ctx.reply.integer(kSlotMax);
  field("all-commands-all-slots-us", us_of(totals.cycles));
  field("net-bytes-all-commands-all-slots", totals.bytes);
  field("collection-start-time-unix-ms", hot_keys.started_ms());
  field("collection-duration-ms", hot_keys.duration_ms(ctx.now()));
  if (options.by_time) {
    field("total-cpu-time-user-ms", totals.user_ms);
    field("total-cpu-time-sys-ms", totals.system_ms);
  }
  if (options.by_bytes) field("total-net-bytes", totals.bytes);
  if (options.by_time) {
    ctx.reply.bulk("by-cpu-time-us");
    reply_keys(ctx, hot_keys.by_cycles(), options.count, us_of);
  }
  if (options.by_bytes) {
    ctx.reply.bulk("by-net-bytes");
    reply_keys(ctx, hot_keys.by_bytes(), options.count, [](std::uint64_t bytes) { return bytes; });
  }
  fields += (options.by_time ? 3U : 0U) + (options.by_bytes ? 2U : 0U);
  map.close_map(fields);
}

constexpr auto kGroup = command::Group::server;
constexpr auto kFlags = flag::admin | flag::noscript;
constexpr std::string_view kTips = "request_policy:special response_policy:special";

constexpr command::Spec kSubcommands[] = {
    {.name = "get",
     .arity = 2,
     .group = kGroup,
     .since = "8.6.0",
     .flags = kFlags,
     .complexity = "O(N) where N is the number of keys shown",
     .summary = "Returns what the session has found.",
     .tips = kTips,
     .handler = get},
    command::help_spec(kGroup, "8.6.0"),
    {.name = "reset",
     .arity = 2,
     .group = kGroup,
     .since = "8.6.0",
     .flags = kFlags,
     .complexity = "O(1)",
     .summary = "Forgets what a session that was stopped has found.",
     .tips = kTips,
     .handler = reset},
    {.name = "start",
     .arity = -2,
     .group = kGroup,
     .since = "8.6.0",
     .flags = kFlags,
     .complexity = "O(1)",
     .summary = "Starts to follow which keys take the most time or bytes.",
     .arguments = "METRICS count:integer [CPU] [NET] [COUNT k:integer] [DURATION seconds:integer] "
                  "[SAMPLE ratio:integer] [SLOTS count:integer (slot:integer)+]",
     .tips = kTips,
     .handler = start},
    {.name = "stop",
     .arity = 2,
     .group = kGroup,
     .since = "8.6.0",
     .flags = kFlags,
     .complexity = "O(1)",
     .summary = "Ends the session, and keeps what it has found.",
     .tips = kTips,
     .handler = stop},
};

constexpr command::Spec kSpecs[] = {
    {.name = "hotkeys",
     .arity = -2,
     .group = kGroup,
     .since = "8.6.0",
     .complexity = "Depends on subcommand.",
     .summary = "A container for commands about the keys used most.",
     .subcommands = kSubcommands},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

std::span<const command::Spec> hot_keys_commands() { return kSpecs; }

}  // namespace larder::control
