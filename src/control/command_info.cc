// COMMAND: what this server can do, for client libraries and redis-cli. All of it derives from the
// specs.

#include <fmt/format.h>

#include "base/glob.h"
#include "base/numbers.h"
#include "command/context.h"
#include "command/help.h"
#include "command/names.h"
#include "command/spec_check.h"
#include "command/table.h"
#include "control/command_docs.h"
#include "control/families.h"

namespace larder::control {
namespace {

using command::Args;
using command::Command;
using command::Context;
using command::KeySpec;
namespace flag = command::flag;
namespace errors = command::errors;

void reply_names(resp::Writer& reply, const std::vector<std::string_view>& names,
                 std::string_view mark = {}) {
  reply.set(names.size());
  for (const auto name : names) reply.simple(fmt::format("{}{}", mark, name));
}

void reply_pairs(resp::Writer& reply,
                 std::initializer_list<std::pair<std::string_view, std::int64_t>> pairs) {
  reply.map(pairs.size());
  for (const auto& [name, value] : pairs) {
    reply.bulk(name);
    reply.integer(value);
  }
}

void reply_begin(resp::Writer& reply, const KeySpec& spec) {
  reply.map(2);
  reply.bulk("type");
  switch (spec.begin) {
    case KeySpec::Begin::index:
      reply.bulk("index");
      reply.bulk("spec");
      return reply_pairs(reply, {{"index", spec.index}});
    case KeySpec::Begin::keyword:
      reply.bulk("keyword");
      reply.bulk("spec");
      reply.map(2);
      reply.bulk("keyword");
      reply.bulk(spec.keyword);
      reply.bulk("startfrom");
      return reply.integer(spec.index);
    case KeySpec::Begin::unknown:
    case KeySpec::Begin::none:
      reply.bulk("unknown");
      reply.bulk("spec");
      return reply.map(0);
  }
}

void reply_find(resp::Writer& reply, const KeySpec& spec) {
  reply.map(2);
  reply.bulk("type");
  switch (spec.find) {
    case KeySpec::Find::range:
      reply.bulk("range");
      reply.bulk("spec");
      return reply_pairs(reply,
                         {{"lastkey", spec.last}, {"keystep", spec.step}, {"limit", spec.limit}});
    case KeySpec::Find::keynum:
      reply.bulk("keynum");
      reply.bulk("spec");
      return reply_pairs(
          reply,
          {{"keynumidx", spec.keynum_index}, {"firstkey", spec.first_key}, {"keystep", spec.step}});
    case KeySpec::Find::unknown:
      reply.bulk("unknown");
      reply.bulk("spec");
      return reply.map(0);
  }
}

void reply_key_spec(resp::Writer& reply, const KeySpec& spec) {
  reply.map(spec.notes.empty() ? 3 : 4);
  if (!spec.notes.empty()) {
    reply.bulk("notes");
    reply.bulk(spec.notes);
  }
  reply.bulk("flags");
  reply_names(reply, command::key_flag_names(spec.flags));
  reply.bulk("begin_search");
  reply_begin(reply, spec);
  reply.bulk("find_keys");
  reply_find(reply, spec);
}

// First key, last key and step of old: the key specs that are ranges, as long as one continues the
// other.
struct LegacyRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::int64_t step = 0;
};

LegacyRange legacy_range(const command::Spec& spec) {
  LegacyRange range;
  for (const auto& keys : spec.keys.all()) {
    if (keys.begin != KeySpec::Begin::index || keys.find != KeySpec::Find::range) continue;
    const std::int64_t last = keys.last >= 0 ? keys.index + keys.last : keys.last;
    if (range.first == 0) {
      range = {keys.index, last, keys.step};
    } else if (range.last > 0 && keys.index == range.last + 1) {
      range.last = last;
    } else {
      break;
    }
  }
  return range;
}

void reply_info(resp::Writer& reply, const Command& command) {
  const auto& spec = *command.spec;
  const auto range = legacy_range(spec);
  reply.array(10);
  reply.bulk(command.full_name);
  reply.integer(spec.arity);
  reply_names(reply, command::flag_names(spec.flags));
  reply.integer(range.first);
  reply.integer(range.last);
  reply.integer(range.step);
  reply_names(reply, command::category_names(command.categories), "@");
  const auto tips = words_of(spec.tips);
  reply.set(tips.size());
  for (const auto tip : tips) reply.bulk(tip);
  reply.set(spec.keys.count);
  for (const auto& keys : spec.keys.all()) reply_key_spec(reply, keys);
  reply.set(command.subcommands.size());
  for (const auto& subcommand : command.subcommands) reply_info(reply, *subcommand);
}

void command_all(Context& ctx, Args) {
  ctx.reply.array(ctx.table.all().size());
  for (const auto* command : ctx.table.all()) reply_info(ctx.reply, *command);
}

void info(Context& ctx, Args args) {
  if (args.size() == 2) return command_all(ctx, args);
  ctx.reply.array(args.size() - 2);
  for (const auto name : args.subspan(2)) {
    const auto* command = ctx.table.named(name);
    command == nullptr ? ctx.reply.null() : reply_info(ctx.reply, *command);
  }
}

void count(Context& ctx, Args) {
  ctx.reply.integer(static_cast<std::int64_t>(ctx.table.all().size()));
}

template <class Keep>
void reply_list(Context& ctx, Keep keep) {
  auto deferred = ctx.reply.defer();
  std::size_t length = 0;
  const auto add = [&](const Command& command) {
    if (!keep(command)) return;
    ctx.reply.bulk(command.full_name);
    ++length;
  };
  for (const auto* command : ctx.table.all()) {
    add(*command);
    for (const auto& subcommand : command->subcommands) add(*subcommand);
  }
  deferred.close_array(length);
}

void list(Context& ctx, Args args) {
  if (args.size() == 2) return reply_list(ctx, [](const Command&) { return true; });
  if (args.size() != 5 || !base::equal_ignoring_case(args[2], "filterby"))
    return ctx.reply.error(errors::kSyntax);
  const auto value = args[4];
  if (base::equal_ignoring_case(args[3], "module")) {
    return reply_list(ctx,
                      [](const Command&) { return false; });  // none of them comes from a module
  }
  if (base::equal_ignoring_case(args[3], "aclcat")) {
    const auto category = command::category_named(value);
    return reply_list(ctx,
                      [&](const Command& command) { return (command.categories & category) != 0; });
  }
  if (base::equal_ignoring_case(args[3], "pattern")) {
    return reply_list(ctx, [&](const Command& command) {
      return base::glob_matches(value, command.full_name, true);
    });
  }
  ctx.reply.error(errors::kSyntax);
}

// The keys of the command that follows; answers the error and returns nothing where it has none.
std::optional<command::KeyPositions> read_keys(Context& ctx, Args call) {
  const auto* command = ctx.table.resolve(call);
  if (command == nullptr) {
    ctx.reply.error("ERR Invalid command specified");
    return std::nullopt;
  }
  const auto& spec = *command->spec;
  if (spec.keys.count == 0) {
    ctx.reply.error("ERR The command has no key arguments");
    return std::nullopt;
  }
  const auto given = static_cast<std::int64_t>(call.size());
  if (spec.arity > 0 ? given != spec.arity : given < -spec.arity) {
    ctx.reply.error("ERR Invalid number of arguments specified for command");
    return std::nullopt;
  }
  auto keys = command::find_keys(spec, call);
  if (!keys.ok || (keys.keys.empty() && !command->has(flag::no_mandatory_keys))) {
    ctx.reply.error("ERR Invalid arguments specified for command");
    return std::nullopt;
  }
  return keys;
}

void getkeys(Context& ctx, Args args) {
  const auto call = args.subspan(2);
  const auto found = read_keys(ctx, call);
  if (!found) return;
  ctx.reply.array(found->keys.size());
  for (const auto& key : found->keys) ctx.reply.bulk(call[key.index]);
}

void getkeysandflags(Context& ctx, Args args) {
  const auto call = args.subspan(2);
  const auto found = read_keys(ctx, call);
  if (!found) return;
  ctx.reply.array(found->keys.size());
  for (const auto& key : found->keys) {
    ctx.reply.array(2);
    ctx.reply.bulk(call[key.index]);
    reply_names(ctx.reply, command::key_flag_names(key.flags));
  }
}

constexpr auto kGroup = command::Group::server;
constexpr auto kFlags = flag::loading | flag::stale;
constexpr auto kCategory = command::category::connection;

constexpr command::Spec kSubcommands[] = {
    {.name = "count",
     .arity = 2,
     .group = kGroup,
     .since = "2.8.13",
     .flags = kFlags,
     .categories = kCategory,
     .complexity = "O(1)",
     .summary = "Returns the number of commands.",
     .handler = count},
    {.name = "docs",
     .arity = -2,
     .group = kGroup,
     .since = "7.0.0",
     .flags = kFlags,
     .categories = kCategory,
     .complexity = "O(N) where N is the number of commands to look up",
     .summary = "Returns the documentation of commands.",
     .arguments = "[(command-name)+]",
     .tips = "nondeterministic_output_order",
     .handler = reply_docs},
    {.name = "getkeys",
     .arity = -3,
     .group = kGroup,
     .since = "2.8.13",
     .flags = kFlags,
     .categories = kCategory,
     .complexity = "O(N) where N is the number of arguments",
     .summary = "Returns the keys among a command's arguments.",
     .arguments = "command [(arg)+]",
     .handler = getkeys},
    {.name = "getkeysandflags",
     .arity = -3,
     .group = kGroup,
     .since = "7.0.0",
     .flags = kFlags,
     .categories = kCategory,
     .complexity = "O(N) where N is the number of arguments",
     .summary = "Returns the keys among a command's arguments, and how it uses them.",
     .arguments = "command [(arg)+]",
     .handler = getkeysandflags},
    command::help_spec(kGroup, "5.0.0", kCategory),
    {.name = "info",
     .arity = -2,
     .group = kGroup,
     .since = "2.8.13",
     .flags = kFlags,
     .categories = kCategory,
     .complexity = "O(N) where N is the number of commands to look up",
     .summary = "Returns the facts of commands.",
     .arguments = "[(command-name)+]",
     .tips = "nondeterministic_output_order",
     .handler = info},
    {.name = "list",
     .arity = -2,
     .group = kGroup,
     .since = "7.0.0",
     .flags = kFlags,
     .categories = kCategory,
     .complexity = "O(N) where N is the number of commands",
     .summary = "Returns the names of commands.",
     .arguments = "[FILTERBY <MODULE module-name|ACLCAT category|PATTERN pattern:pattern>]",
     .tips = "nondeterministic_output_order",
     .handler = list},
};

constexpr command::Spec kSpecs[] = {
    {.name = "command",
     .arity = -1,
     .group = kGroup,
     .since = "2.8.13",
     .flags = kFlags,
     .categories = kCategory,
     .complexity = "O(N) where N is the number of commands",
     .summary = "Returns the facts of all commands.",
     .tips = "nondeterministic_output_order",
     .handler = command_all,
     .subcommands = kSubcommands},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

std::span<const command::Spec> introspection_commands() { return kSpecs; }

}  // namespace larder::control
