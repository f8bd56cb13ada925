// STATS: what the parts of the keyspace hold and how they are used, and which keys are used most.
// BIGKEYS: which are largest.

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/numbers.h"
#include "command/arguments.h"
#include "command/help.h"
#include "command/spec_check.h"
#include "control/families.h"
#include "control/metrics.h"
#include "families/keys.h"
#include "keyspace/key_use.h"
#include "server/call.h"

namespace larder::control {
namespace {

using command::Args;
using command::Context;
using keyspace::Part;
namespace errors = command::errors;
namespace flag = command::flag;

struct Figure {
  std::string_view name;
  std::uint64_t (*value)(const Part&);
};

std::uint64_t natural(std::int64_t value) noexcept {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0));
}

// In INFO quotas and STATS alike.
constexpr Figure kFigures[] = {
    {"keys", [](const Part& part) { return natural(part.size.keys); }},
    {"expires", [](const Part& part) { return natural(part.size.with_deadline); }},
    {"bytes", [](const Part& part) { return std::uint64_t{part.bytes()}; }},
    {"maxmemory", [](const Part& part) { return std::uint64_t{part.rules.limit_bytes}; }},
    {"hits", [](const Part& part) { return part.counters.hits; }},
    {"misses", [](const Part& part) { return part.counters.misses; }},
    {"written", [](const Part& part) { return part.counters.written; }},
    {"expired", [](const Part& part) { return part.counters.expired; }},
    {"evicted_for_maxmemory", [](const Part& part) { return part.counters.evicted_for_limit; }},
    {"evicted_for_quota", [](const Part& part) { return part.counters.evicted_for_quota; }},
    {"refused", [](const Part& part) { return part.counters.refused; }},
};

std::span<const Part> all_parts(const keyspace::Keyspace& keyspace) {
  if (keyspace.parts() == nullptr) return {};
  return keyspace.parts()->all();
}

bool is_named(const Part& part, Args names) {
  return names.empty() || std::ranges::find(names, part.rules.name) != names.end();
}

void get(Context& ctx, Args args) {
  const auto names = args.subspan(2);
  auto map = ctx.reply.defer();
  std::size_t shown = 0;
  for (const auto& part : all_parts(ctx.keyspace)) {
    if (!is_named(part, names)) continue;
    ++shown;
    ctx.reply.bulk(part.rules.name);
    ctx.reply.map(std::size(kFigures));
    for (const auto& figure : kFigures) {
      ctx.reply.bulk(figure.name);
      ctx.reply.integer(static_cast<std::int64_t>(figure.value(part)));
    }
  }
  map.close_map(shown);
}

void text(Context& ctx, Args args) {
  const auto names = args.subspan(2);
  std::string table = fmt::format("{:<24}{:>12}{:>10}{:>10}{:>14}{:>14}{:>8}\n", "quota", "keys",
                                  "bytes", "limit", "hits", "misses", "hit %");
  for (const auto& part : all_parts(ctx.keyspace)) {
    if (!is_named(part, names)) continue;
    const auto& counters = part.counters;
    const auto asked = counters.hits + counters.misses;
    const auto hit_percent =
        asked == 0 ? 0 : 100 * static_cast<double>(counters.hits) / static_cast<double>(asked);
    table +=
        fmt::format("{:<24}{:>12}{:>10}{:>10}{:>14}{:>14}{:>8.2f}\n", part.rules.name,
                    part.size.keys, base::human_bytes(part.bytes()),
                    part.rules.limit_bytes == 0 ? "-" : base::human_bytes(part.rules.limit_bytes),
                    counters.hits, counters.misses, hit_percent);
  }
  ctx.reply.verbatim("txt", table);
}

void of(Context& ctx, Args args) {
  const auto* part = ctx.database->part_of(args[2]);
  part == nullptr ? ctx.reply.null() : ctx.reply.bulk(part->rules.name);
}

void reset(Context& ctx, Args) {
  if (auto* parts = ctx.keyspace.parts()) parts->reset_counters();
  ctx.keyspace.use().clear_hot();
  ctx.reply.ok();
}

// The option COUNT that follows the first `from` arguments; nothing where it was wrong, which has
// been answered.
std::optional<std::size_t> read_count(Context& ctx, Args args, std::size_t from) {
  constexpr std::int64_t kCountMax = 128;
  command::ArgReader reader(args, from);
  std::int64_t count = 10;
  while (reader.has_more()) {
    if (!reader.take("count")) reader.fail(errors::kSyntax);
    count = reader.integer("ERR COUNT must be between 1 and 128", 1, kCountMax);
  }
  if (reader.ok()) return static_cast<std::size_t>(count);
  ctx.reply.error(reader.error());
  return std::nullopt;
}

void hot(Context& ctx, Args args) {
  const auto count = read_count(ctx, args, 2);
  if (!count) return;
  const auto& sketch = ctx.keyspace.use().hot();
  const auto top = sketch.top(*count);
  const auto total = static_cast<double>(std::max<std::uint64_t>(sketch.total(), 1));
  ctx.reply.array(top.size());
  for (const auto& item : top) {
    ctx.reply.map(4);
    ctx.reply.bulk("key");
    ctx.reply.bulk(item.name);
    ctx.reply.bulk("database");
    ctx.reply.integer(item.group);
    ctx.reply.bulk("uses");
    ctx.reply.integer(static_cast<std::int64_t>(item.weight * keyspace::KeyUse::kUsesPerSample));
    ctx.reply.bulk("percent");
    ctx.reply.number(static_cast<double>(item.weight) / total * 100);
  }
}

std::size_t element_count(const keyspace::EntryRef& entry) {
  if (entry.type() == keyspace::Type::string) return entry.length();
  return entry.object() == nullptr ? 0 : entry.object()->element_count();
}

void big_keys(Context& ctx, Args args) {
  const auto count = read_count(ctx, args, 1);
  if (!count) return;
  ctx.keyspace.look_at_large_keys();
  const auto& large = ctx.keyspace.use().large();
  const auto shown = std::min(*count, large.size());
  ctx.reply.array(shown);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& each = large[i];
    const auto entry =
        ctx.keyspace.database(each.database).find({each.name, each.hash}, keyspace::Touch::no);
    ctx.reply.map(5);
    ctx.reply.bulk("key");
    ctx.reply.bulk(each.name);
    ctx.reply.bulk("database");
    ctx.reply.integer(each.database);
    ctx.reply.bulk("type");
    ctx.reply.bulk(entry ? families::type_name(entry.type()) : "none");
    ctx.reply.bulk("bytes");
    ctx.reply.integer(static_cast<std::int64_t>(each.bytes));
    ctx.reply.bulk("elements");
    ctx.reply.integer(entry ? static_cast<std::int64_t>(element_count(entry)) : 0);
  }
}

constexpr auto kGroup = command::Group::server;
constexpr std::string_view kTips = "nondeterministic_output";

constexpr command::Spec kSubcommands[] = {
    {.name = "get",
     .arity = -2,
     .group = kGroup,
     .since = "0.1.0",
     .flags = flag::loading | flag::stale,
     .complexity = "O(N) where N is the number of quotas",
     .summary = "Returns the figures of all quotas, or of those named.",
     .arguments = "[(name)+]",
     .tips = kTips,
     .handler = get},
    command::help_spec(kGroup, "0.1.0"),
    {.name = "hot",
     .arity = -2,
     .group = kGroup,
     .since = "0.1.0",
     .flags = flag::loading | flag::stale,
     .complexity = "O(N) where N is the number of keys that are followed",
     .summary = "Returns the keys used most of late, estimated from samples.",
     .arguments = "[COUNT count:integer]",
     .tips = kTips,
     .handler = hot},
    {.name = "of",
     .arity = 3,
     .group = kGroup,
     .since = "0.1.0",
     .flags = flag::readonly | flag::fast,
     .keys = command::keys::at(2, 0),
     .complexity = "O(1)",
     .summary = "Returns the name of the quota that a key belongs to.",
     .arguments = "key",
     .handler = of},
    {.name = "reset",
     .arity = 2,
     .group = kGroup,
     .since = "0.1.0",
     .flags = flag::admin | flag::loading | flag::stale,
     .complexity = "O(N) where N is the number of quotas",
     .summary = "Starts the counters of all quotas anew, and forgets which keys were used most.",
     .handler = reset},
    {.name = "text",
     .arity = -2,
     .group = kGroup,
     .since = "0.1.0",
     .flags = flag::loading | flag::stale,
     .complexity = "O(N) where N is the number of quotas",
     .summary = "Returns the main figures as a table to be read by people.",
     .arguments = "[(name)+]",
     .tips = kTips,
     .handler = text},
};

constexpr command::Spec kSpecs[] = {
    {.name = "bigkeys",
     .arity = -1,
     .group = kGroup,
     .since = "0.1.0",
     .flags = flag::readonly,
     .categories = command::category::keyspace,
     .complexity = "O(N) where N is the number of keys that are followed",
     .summary = "Returns the largest keys that are known, without going through all.",
     .arguments = "[COUNT count:integer]",
     .tips = kTips,
     .handler = big_keys},
    {.name = "stats",
     .arity = -2,
     .group = kGroup,
     .since = "0.1.0",
     .complexity = "Depends on subcommand.",
     .summary = "A container for commands about quotas and the use of keys.",
     .subcommands = kSubcommands},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

std::string quota_statistics(const Snapshot& s) {
  std::string lines =
      fmt::format("quota_count:{}\r\nquota_counting:{}\r\n", all_parts(s.server.keyspace()).size(),
                  s.server.keyspace().are_parts_counted() ? 0 : 1);
  for (const auto& part : all_parts(s.server.keyspace())) {
    lines += fmt::format("quota_{}:", part.rules.name);
    std::string_view comma;
    for (const auto& figure : kFigures) {
      lines += fmt::format("{}{}={}", comma, figure.name, figure.value(part));
      comma = ",";
    }
    lines += "\r\n";
  }
  return lines;
}

std::span<const command::Spec> stats_commands() { return kSpecs; }

}  // namespace larder::control
