// MEMORY: where the memory goes.

#include "server/memory.h"

#include <fmt/format.h>

#include <vector>

#include "base/numbers.h"
#include "command/arguments.h"
#include "command/help.h"
#include "command/spec_check.h"
#include "control/families.h"
#include "control/metrics.h"
#include "server/call.h"

#if defined(LARDER_JEMALLOC)
#include <jemalloc/jemalloc.h>
#endif

namespace larder::control {
namespace {

using command::Args;
using command::Context;
using server::call_of;
namespace errors = command::errors;
namespace flag = command::flag;

// What the key takes, and how much of it is its value: of a text that is kept compressed, raw is
// what commands see and stored what is kept.
void usage_in_detail(Context& ctx, const keyspace::EntryRef& entry) {
  const auto natural = [&](std::string_view name, std::size_t value) {
    ctx.reply.bulk(name);
    ctx.reply.integer(static_cast<std::int64_t>(value));
  };
  const bool is_string = entry.type() == keyspace::Type::string;
  ctx.reply.map(is_string ? 4 : 1);
  natural("bytes", entry.memory_bytes());
  if (!is_string) return;
  const bool is_compressed = entry.is_compressed();
  natural("value.raw", entry.length());
  natural("value.stored", is_compressed ? entry.compressed().block.size() : entry.length());
  natural("value.dictionary", is_compressed ? entry.compressed().dictionary : 0);
}

void usage(Context& ctx, Args args) {
  command::ArgReader reader(args, 3);
  bool in_detail = false;
  while (reader.has_more()) {
    if (reader.take("detail")) {
      in_detail = true;
      continue;
    }
    if (reader.remaining() > 1 && reader.take("samples")) {
      if (reader.integer() < 0) reader.fail(errors::kSyntax);
      continue;
    }
    reader.fail(errors::kSyntax);
  }
  if (!reader.ok()) {
    ctx.reply.error(reader.error());
    return;
  }
  const auto entry = ctx.database->find(ctx.key(args[2]), keyspace::Touch::no);
  if (!entry) {
    ctx.reply.null();
  } else if (in_detail) {
    usage_in_detail(ctx, entry);
  } else {
    ctx.reply.integer(static_cast<std::int64_t>(entry.memory_bytes()));
  }
}

double share(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

void stats(Context& ctx, Args) {
  auto& server = call_of(ctx).server;
  const Snapshot s(server);
  const auto startup = server.startup_memory_bytes();
  const auto overhead =
      s.keyspace.tables + s.keyspace.eviction + s.keyspace.compression + s.client_bytes + startup;
  const auto dataset = s.used_bytes > overhead ? s.used_bytes - overhead : 0;
  std::size_t keys = 0;
  for (int i = 0; i < ctx.keyspace.database_count(); ++i) keys += ctx.keyspace.database(i).size();

  struct Figure {
    std::string_view name;
    std::size_t value;
  };
  const Figure figures[] = {
      {"peak.allocated", std::max(s.used_bytes, server.statistics().memory_peak_bytes)},
      {"total.allocated", s.used_bytes},
      {"startup.allocated", startup},
      {"clients.normal", s.client_bytes},
      {"overhead.hashtable.main", s.keyspace.tables},
      {"overhead.total", overhead},
      {"keys.count", keys},
      {"keys.bytes-per-key",
       keys == 0 ? 0 : (s.used_bytes - std::min(s.used_bytes, startup)) / keys},
      {"dataset.bytes", dataset},
      {"slabs.reserved", s.keyspace.regions},
      {"slabs.used", s.keyspace.entries},
      {"values.reserved", s.keyspace.value_regions},
      {"values.used", s.keyspace.values},
      {"values.large", s.keyspace.large_strings},
      {"allocator.allocated", s.allocator.allocated},
      {"allocator.active", s.allocator.active},
      {"allocator.resident", s.allocator.resident},
  };
  const std::pair<std::string_view, double> ratios[] = {
      {"dataset.percentage", share(dataset, s.used_bytes - std::min(s.used_bytes, startup)) * 100},
      {"peak.percentage", share(s.used_bytes, figures[0].value) * 100},
      {"allocator-fragmentation.ratio", share(s.allocator.active, s.allocator.allocated)},
      {"fragmentation", share(s.resident_bytes, s.used_bytes)},
  };
  std::vector<const keyspace::Database*> databases;  // that have a table
  for (int i = 0; i < ctx.keyspace.database_count(); ++i) {
    const auto& database = ctx.keyspace.database(i);
    if (database.table_bytes() != 0) databases.push_back(&database);
  }
  ctx.reply.map(std::size(figures) + std::size(ratios) + databases.size());
  for (const auto* database : databases) {
    ctx.reply.bulk(fmt::format("db.{}", database->index()));
    ctx.reply.map(2);
    ctx.reply.bulk("overhead.hashtable.main");
    ctx.reply.integer(static_cast<std::int64_t>(database->table_bytes()));
    ctx.reply.bulk("overhead.hashtable.expires");
    ctx.reply.integer(0);  // deadlines stand in the entries
  }
  for (const auto& figure : figures) {
    ctx.reply.bulk(figure.name);
    ctx.reply.integer(static_cast<std::int64_t>(figure.value));
  }
  for (const auto& [name, value] : ratios) {
    ctx.reply.bulk(name);
    ctx.reply.number(value);
  }
}

void doctor(Context& ctx, Args) {
  auto& server = call_of(ctx).server;
  const Snapshot s(server);
  constexpr std::size_t kSmall = 5 << 20;
  std::vector<std::string> findings;
  const auto peak = server.statistics().memory_peak_bytes;
  if (share(peak, s.used_bytes) > 1.5) {
    findings.push_back(fmt::format(
        "Peak memory: once {} were used, now {}. Memory of that time may still be resident; "
        "MEMORY PURGE gives it back.",
        base::human_bytes(peak), base::human_bytes(s.used_bytes)));
  }
  if (share(s.resident_bytes, s.used_bytes) > 1.4 && s.resident_bytes > 2 * kSmall) {
    findings.push_back(fmt::format("High fragmentation: {} are resident for {} in use.",
                                   base::human_bytes(s.resident_bytes),
                                   base::human_bytes(s.used_bytes)));
  }
  const auto clients = server.clients().size();
  if (clients != 0 && s.client_bytes / clients > 200 * 1024) {
    findings.push_back(fmt::format(
        "Large client buffers: {} a client on average. Some client sends large requests or "
        "does not read its replies; CLIENT LIST shows which (qbuf, omem).",
        base::human_bytes(s.client_bytes / clients)));
  }
  std::string text;
  if (s.used_bytes < kSmall) {
    text = "The data set is too small to say anything about its memory.\n";
  } else if (findings.empty()) {
    text = "No memory problem found.\n";
  } else {
    for (const auto& finding : findings) text += fmt::format("* {}\n", finding);
  }
  ctx.reply.verbatim("txt", text);
}

#if defined(LARDER_JEMALLOC)
void malloc_stats(Context& ctx, Args) {
  std::string text;
  ::malloc_stats_print([](void* out, const char* part) { *static_cast<std::string*>(out) += part; },
                       &text, nullptr);
  ctx.reply.verbatim("txt", text);
}
#else
void malloc_stats(Context& ctx, Args) {
  ctx.reply.verbatim("txt", "Stats not supported for the current allocator");
}
#endif

void purge(Context& ctx, Args) {
  server::purge_allocator();
  call_of(ctx).server.memory_limit().tidy_later();
  ctx.reply.ok();
}

constexpr auto kGroup = command::Group::server;

constexpr command::Spec kSubcommands[] = {
    {.name = "doctor",
     .arity = 2,
     .group = kGroup,
     .since = "4.0.0",
     .complexity = "O(1)",
     .summary = "Names what is unusual about the memory.",
     .tips = "nondeterministic_output request_policy:all_shards response_policy:special",
     .handler = doctor},
    command::help_spec(kGroup, "4.0.0"),
    {.name = "malloc-stats",
     .arity = 2,
     .group = kGroup,
     .since = "4.0.0",
     .flags = flag::loading,
     .complexity = "Depends on how much memory is allocated, could be slow",
     .summary = "Returns the allocator's own report.",
     .tips = "nondeterministic_output request_policy:all_shards response_policy:special",
     .handler = malloc_stats},
    {.name = "purge",
     .arity = 2,
     .group = kGroup,
     .since = "4.0.0",
     .flags = flag::loading,
     .complexity = "Depends on how much memory is allocated, could be slow",
     .summary = "Gives unused memory back to the system.",
     .tips = "request_policy:all_shards response_policy:all_succeeded",
     .handler = purge},
    {.name = "stats",
     .arity = 2,
     .group = kGroup,
     .since = "4.0.0",
     .complexity = "O(1)",
     .summary = "Returns figures about the memory.",
     .tips = "nondeterministic_output request_policy:all_shards response_policy:special",
     .handler = stats},
    {.name = "usage",
     .arity = -3,
     .group = kGroup,
     .since = "4.0.0",
     .flags = flag::readonly,
     .keys = command::keys::at(2, command::key_flag::ro),
     .complexity = "O(1)",
     .summary = "Returns the bytes that a key and its value take.",
     .arguments = "key [SAMPLES count:integer] [DETAIL]",
     .handler = usage},
};

constexpr command::Spec kSpecs[] = {
    {.name = "memory",
     .arity = -2,
     .group = kGroup,
     .since = "4.0.0",
     .complexity = "Depends on subcommand.",
     .summary = "A container for commands about memory.",
     .subcommands = kSubcommands},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

std::span<const command::Spec> memory_commands() { return kSpecs; }

}  // namespace larder::control
