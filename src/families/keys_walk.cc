// Commands that look at a whole database: KEYS, SCAN, RANDOMKEY, DBSIZE and FLUSHALL.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/glob.h"
#include "command/context.h"
#include "command/spec_check.h"
#include "families/families.h"
#include "families/keys.h"
#include "families/scanning.h"

namespace larder::families {
namespace {

using command::Args;
using command::Context;
using command::Group;
using command::Spec;
namespace category = command::category;
namespace errors = command::errors;
namespace flag = command::flag;

void keys_matching(Context& ctx, Args args) {
  const auto pattern = args[1];
  const bool all = pattern == "*";
  auto deferred = ctx.reply.defer();
  std::size_t count = 0;
  ctx.database->for_each([&](keyspace::EntryRef entry) {
    if (!all && !base::glob_matches(pattern, entry.key())) return;
    ctx.reply.bulk(entry.key());
    ++count;
  });
  deferred.close_array(count);
}

bool names_type(std::string_view word) noexcept {
  constexpr auto kLast = static_cast<int>(keyspace::Type::bloom_filter);
  for (int type = 0; type <= kLast; ++type) {
    const auto name = type_name(static_cast<keyspace::Type>(type));
    if (base::equal_ignoring_case(word, name)) return true;
  }
  return false;
}

void scan(Context& ctx, Args args) {
  const auto cursor = read_cursor(ctx, args[1]);
  if (!cursor) return;
  const auto options = read_scan_options(ctx, args, 2, Scanned::keys);
  if (!options) return;
  if (options->type && !names_type(*options->type)) {
    return ctx.reply.error(fmt::format("ERR unknown type name '{}'", *options->type));
  }
  std::vector<std::string> found;
  std::vector<std::string> expired;
  const auto visit = [&](keyspace::EntryRef entry) {
    if (!options->matches(entry.key())) return;
    if (options->type && !base::equal_ignoring_case(*options->type, type_name(entry.type()))) {
      return;
    }
    (entry.is_expired(ctx.now()) ? expired : found).emplace_back(entry.key());
  };
  const auto next = ctx.database->scan_even_expired(*cursor, options->count, visit);
  for (const auto& name : expired) ctx.database->find(ctx.key(name), keyspace::Touch::no);
  answer_cursor(ctx, next);
  ctx.reply.array(found.size());
  for (const auto& name : found) ctx.reply.bulk(name);
}

void randomkey(Context& ctx, Args) {
  const auto entry = ctx.database->random(ctx.random);
  entry ? ctx.reply.bulk(entry.key()) : ctx.reply.null();
}

void dbsize(Context& ctx, Args) {
  ctx.reply.integer(static_cast<std::int64_t>(ctx.database->size()));
}

// ASYNC, SYNC or what lazyfree-lazy-user-flush says; answers the error where it is something else.
std::optional<bool> read_asynchronous(Context& ctx, Args args) {
  if (args.size() == 1) return ctx.settings.lazyfree_lazy_user_flush;
  if (args.size() == 2 && base::equal_ignoring_case(args[1], "sync")) return false;
  if (args.size() == 2 && base::equal_ignoring_case(args[1], "async")) return true;
  ctx.reply.error(errors::kSyntax);
  return std::nullopt;
}

void flushdb(Context& ctx, Args args) {
  const auto asynchronous = read_asynchronous(ctx, args);
  if (!asynchronous) return;
  ctx.database->clear(*asynchronous);
  ctx.flushed(ctx.database);
  ctx.reply.ok();
}

void flushall(Context& ctx, Args args) {
  const auto asynchronous = read_asynchronous(ctx, args);
  if (!asynchronous) return;
  ctx.keyspace.clear(*asynchronous);
  ctx.flushed(nullptr);
  ctx.reply.ok();
}

constexpr Spec flush_spec(std::string_view name, std::string_view summary,
                          command::Handler handler) {
  return {.name = name,
          .arity = -1,
          .group = Group::server,
          .since = "1.0.0",
          .flags = flag::write,
          .categories = category::keyspace | category::dangerous,
          .complexity = "O(N) where N is the number of keys; in the background with ASYNC",
          .summary = summary,
          .arguments = "[<ASYNC|SYNC>]",
          .tips = "request_policy:all_shards response_policy:all_succeeded",
          .handler = handler};
}

constexpr Spec kSpecs[] = {
    {.name = "dbsize",
     .arity = 1,
     .group = Group::server,
     .since = "1.0.0",
     .flags = flag::readonly | flag::fast,
     .categories = category::keyspace,
     .complexity = "O(1)",
     .summary = "Returns the number of keys in the database.",
     .tips = "request_policy:all_shards response_policy:agg_sum",
     .handler = dbsize},
    flush_spec("flushall", "Removes all keys of all databases.", flushall),
    flush_spec("flushdb", "Removes all keys of the database.", flushdb),
    {.name = "keys",
     .arity = 2,
     .group = Group::generic,
     .since = "1.0.0",
     .flags = flag::readonly,
     .categories = category::keyspace | category::dangerous,
     .complexity = "O(N) where N is the number of keys in the database",
     .summary = "Returns all keys that match a pattern. Holds up others: SCAN does not.",
     .arguments = "pattern:pattern",
     .tips = "request_policy:all_shards nondeterministic_output_order",
     .handler = keys_matching},
    {.name = "randomkey",
     .arity = 1,
     .group = Group::generic,
     .since = "1.0.0",
     .flags = flag::readonly,
     .categories = category::keyspace,
     .complexity = "O(1)",
     .summary = "Returns a key drawn by chance.",
     .tips = "request_policy:all_shards response_policy:special nondeterministic_output",
     .handler = randomkey},
    {.name = "scan",
     .arity = -2,
     .group = Group::generic,
     .since = "2.8.0",
     .flags = flag::readonly,
     .categories = category::keyspace,
     .complexity = "O(1) a call; O(N) for a whole walk where N is the number of keys",
     .summary = "Returns some keys, and where to go on. Keys that stay are returned exactly once.",
     .arguments = "cursor:integer [MATCH pattern:pattern] [COUNT count:integer] [TYPE type]",
     .tips = "nondeterministic_output request_policy:special response_policy:special",
     .handler = scan},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs keys_walk() noexcept { return kSpecs; }

}  // namespace larder::families
