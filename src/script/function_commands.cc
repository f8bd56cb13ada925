// FUNCTION and its subcommands.
#include <fmt/format.h>

#include <algorithm>

#include "base/glob.h"
#include "base/numbers.h"
#include "command/arguments.h"
#include "command/help.h"
#include "command/spec_check.h"
#include "script/commands.h"
#include "script/engine.h"

namespace larder::script {
namespace {

using command::Args;
using command::Context;
using command::Group;
using command::Spec;
namespace category = command::category;
namespace flag = command::flag;

void load(Context& ctx, Args args) {
  auto existing = Libraries::Existing::refuse;
  for (const auto option : args.subspan(2, args.size() - 3)) {
    if (!base::equal_ignoring_case(option, "replace")) {
      return ctx.reply.error(fmt::format("ERR Unknown option given: {}", option));
    }
    existing = Libraries::Existing::replace;
  }
  const auto name = engine_of(ctx).libraries().load(args.back(), existing);
  if (!name) return ctx.reply.error(name.error());
  ctx.reply.bulk(*name);
}

void remove(Context& ctx, Args args) {
  if (!engine_of(ctx).libraries().remove(args[2])) {
    return ctx.reply.error("ERR Library not found");
  }
  ctx.reply.ok();
}

// As Redis words it where a subcommand has arguments too many.
void refuse_arguments(Context& ctx, std::string_view subcommand) {
  ctx.reply.error(fmt::format(
      "ERR unknown subcommand or wrong number of arguments for '{}'. Try FUNCTION HELP.",
      subcommand));
}

void flush(Context& ctx, Args args) {
  if (args.size() > 3) return refuse_arguments(ctx, args[1]);
  bool asynchronous = ctx.settings.lazyfree_lazy_user_flush;
  if (args.size() == 3) {
    asynchronous = base::equal_ignoring_case(args[2], "async");
    if (!asynchronous && !base::equal_ignoring_case(args[2], "sync")) {
      return ctx.reply.error("ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
    }
  }
  engine_of(ctx).flush_functions(asynchronous);
  ctx.reply.ok();
}

void write_function(resp::Writer& reply, const Function& function) {
  reply.map(3);
  reply.bulk("name");
  reply.bulk(function.name);
  reply.bulk("description");
  function.description ? reply.bulk(*function.description) : reply.null();
  reply.bulk("flags");
  const auto is_set = [&](const FlagName& name) { return function.flags.*name.field; };
  reply.set(static_cast<std::size_t>(
      std::count_if(std::begin(kFlagNames), std::end(kFlagNames), is_set)));
  for (const auto& name : kFlagNames) {
    if (is_set(name)) reply.simple(name.name);
  }
}

void write_library(resp::Writer& reply, const Library& library, bool with_code) {
  reply.map(with_code ? 4 : 3);
  reply.bulk("library_name");
  reply.bulk(library.name);
  reply.bulk("engine");
  reply.bulk("LUA");
  reply.bulk("functions");
  reply.array(library.functions.size());
  for (const auto& function : library.functions) write_function(reply, function);
  if (!with_code) return;
  reply.bulk("library_code");
  reply.bulk(library.code);
}

void list(Context& ctx, Args args) {
  bool with_code = false;
  std::optional<std::string_view> pattern;
  for (std::size_t i = 2; i < args.size(); ++i) {
    if (!with_code && base::equal_ignoring_case(args[i], "withcode")) {
      with_code = true;
    } else if (!pattern && base::equal_ignoring_case(args[i], "libraryname")) {
      if (++i == args.size()) {
        return ctx.reply.error("ERR library name argument was not given");
      }
      pattern = args[i];
    } else {
      return ctx.reply.error(fmt::format("ERR Unknown argument {}", args[i]));
    }
  }
  auto reply = ctx.reply.defer();
  std::size_t count = 0;
  for (const auto& [name, library] : engine_of(ctx).libraries().all()) {
    if (pattern && !base::glob_matches(*pattern, name, true)) continue;
    write_library(ctx.reply, *library, with_code);
    ++count;
  }
  reply.close_array(count);
}

void dump(Context& ctx, Args) {
  base::ByteBuffer payload;
  dump_libraries(engine_of(ctx).libraries(), ctx.settings.rdb_compression, payload);
  ctx.reply.bulk(payload.view());
}

enum class Policy { append, flush, replace };

// Loads all of `codes` or none: the failure is what to answer. What is there is loaded anew where
// it stays, so that a library of the payload that fails leaves nothing behind.
base::Result<std::unique_ptr<Libraries>> restored(const Libraries& present,
                                                  const std::vector<std::string>& codes,
                                                  Policy policy) {
  auto libraries = std::make_unique<Libraries>();
  for (const auto& code : codes) {
    const auto header = read_library_header(code);
    const bool is_there =
        header && policy == Policy::append && present.all().count(header->name) != 0;
    if (is_there) return base::failure(fmt::format("ERR Library {} already exists", header->name));
    const auto loaded = libraries->load(code, Libraries::Existing::refuse);
    if (!loaded) return base::failure(loaded.error());
  }
  if (policy == Policy::flush) return libraries;
  for (const auto& [name, library] : present.all()) {
    if (libraries->all().count(name) != 0) continue;
    const auto loaded = libraries->load(library->code, Libraries::Existing::refuse);
    if (!loaded) return base::failure(loaded.error());
  }
  return libraries;
}

void restore(Context& ctx, Args args) {
  if (args.size() > 4) return refuse_arguments(ctx, args[1]);
  auto policy = Policy::append;
  if (args.size() == 4) {
    if (base::equal_ignoring_case(args[3], "flush")) {
      policy = Policy::flush;
    } else if (base::equal_ignoring_case(args[3], "replace")) {
      policy = Policy::replace;
    } else if (!base::equal_ignoring_case(args[3], "append")) {
      return ctx.reply.error(
          "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.");
    }
  }
  const auto codes = read_library_dump(args[2]);
  if (!codes) return ctx.reply.error(codes.error());
  auto& engine = engine_of(ctx);
  auto libraries = restored(engine.libraries(), *codes, policy);
  if (!libraries) return ctx.reply.error(libraries.error());
  engine.set_libraries(std::move(*libraries));
  ctx.reply.ok();
}

void kill(Context& ctx, Args) {
  const auto refused = ctx.ports().executor->kill(command::RunningScript::Kind::function);
  if (!refused.empty()) return ctx.reply.error(refused);
  ctx.reply.ok();
}

void write_running(resp::Writer& reply, const std::optional<command::RunningScript>& running) {
  if (!running) return reply.null();
  reply.map(3);
  reply.bulk("name");
  reply.bulk(running->name);
  reply.bulk("command");
  reply.array(running->command.size());
  for (const auto argument : running->command) reply.bulk(argument);
  reply.bulk("duration_ms");
  reply.integer(running->duration_ms);
}

void stats(Context& ctx, Args) {
  const auto running = ctx.ports().executor->running();
  if (running && running->kind == command::RunningScript::Kind::script) {
    return ctx.reply.error(
        "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.");
  }
  const auto& libraries = engine_of(ctx).libraries();
  ctx.reply.map(2);
  ctx.reply.bulk("running_script");
  write_running(ctx.reply, running);
  ctx.reply.bulk("engines");
  ctx.reply.map(1);
  ctx.reply.bulk("LUA");
  ctx.reply.map(2);
  ctx.reply.bulk("libraries_count");
  ctx.reply.integer(static_cast<std::int64_t>(libraries.all().size()));
  ctx.reply.bulk("functions_count");
  ctx.reply.integer(static_cast<std::int64_t>(libraries.function_count()));
}

constexpr std::string_view kEverywhere = "request_policy:all_shards response_policy:all_succeeded";

constexpr Spec kSubcommands[] = {
    {.name = "delete",
     .arity = 3,
     .group = Group::scripting,
     .since = "7.0.0",
     .flags = flag::noscript | flag::write,
     .categories = category::scripting,
     .complexity = "O(1)",
     .summary = "Removes a library.",
     .arguments = "library-name",
     .tips = kEverywhere,
     .handler = remove},
    {.name = "dump",
     .arity = 2,
     .group = Group::scripting,
     .since = "7.0.0",
     .flags = flag::noscript,
     .categories = category::scripting,
     .complexity = "O(N) where N is the number of functions",
     .summary = "Answers with all libraries as one payload for FUNCTION RESTORE.",
     .handler = dump},
    {.name = "flush",
     .arity = -2,
     .group = Group::scripting,
     .since = "7.0.0",
     .flags = flag::noscript | flag::write,
     .categories = category::scripting,
     .complexity = "O(N) where N is the number of functions",
     .summary = "Removes all libraries.",
     .arguments = "[<ASYNC|SYNC>]",
     .tips = kEverywhere,
     .handler = flush},
    {.name = "kill",
     .arity = 2,
     .group = Group::scripting,
     .since = "7.0.0",
     .flags = flag::noscript | flag::allow_busy,
     .categories = category::scripting,
     .complexity = "O(1)",
     .summary = "Ends a function that has run for long and has written nothing.",
     .tips = "request_policy:all_shards response_policy:one_succeeded",
     .handler = kill},
    {.name = "list",
     .arity = -2,
     .group = Group::scripting,
     .since = "7.0.0",
     .flags = flag::noscript,
     .categories = category::scripting,
     .complexity = "O(N) where N is the number of functions",
     .summary = "Answers with the libraries and their functions.",
     .arguments = "[LIBRARYNAME library-name-pattern] [WITHCODE]",
     .tips = "nondeterministic_output_order",
     .handler = list},
    {.name = "load",
     .arity = -3,
     .group = Group::scripting,
     .since = "7.0.0",
     .flags = flag::noscript | flag::write | flag::denyoom,
     .categories = category::scripting,
     .complexity = "O(1) considering compilation time is redundant",
     .summary = "Loads a library, which registers functions.",
     .arguments = "[REPLACE] function-code",
     .tips = kEverywhere,
     .handler = load},
    {.name = "restore",
     .arity = -3,
     .group = Group::scripting,
     .since = "7.0.0",
     .flags = flag::noscript | flag::write | flag::denyoom,
     .categories = category::scripting,
     .complexity = "O(N) where N is the number of functions in the payload",
     .summary = "Loads the libraries of a payload.",
     .arguments = "serialized-value [<FLUSH|APPEND|REPLACE>]",
     .tips = kEverywhere,
     .handler = restore},
    {.name = "stats",
     .arity = 2,
     .group = Group::scripting,
     .since = "7.0.0",
     .flags = flag::noscript | flag::allow_busy,
     .categories = category::scripting,
     .complexity = "O(1)",
     .summary = "Tells which function runs, and how many libraries and functions there are.",
     .tips = "nondeterministic_output request_policy:all_shards response_policy:special",
     .handler = stats},
    command::help_spec(Group::scripting, "7.0.0", category::scripting),
};

constexpr Spec kSpecs[] = {
    {.name = "function",
     .arity = -2,
     .group = Group::scripting,
     .since = "7.0.0",
     .complexity = "Depends on subcommand.",
     .summary = "Commands about the libraries of functions.",
     .subcommands = kSubcommands},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

std::span<const Spec> function_commands() noexcept { return kSpecs; }

}  // namespace larder::script
