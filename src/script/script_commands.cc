// SCRIPT and its subcommands.
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
  const auto script = engine_of(ctx).load(args[2], Engine::Origin::load);
  if (!script) return ctx.reply.error(script.error());
  ctx.reply.bulk((*script)->sha);
}

void exists(Context& ctx, Args args) {
  auto& scripts = engine_of(ctx).scripts();
  ctx.reply.array(args.size() - 2);
  for (const auto sha : args.subspan(2)) ctx.reply.integer(scripts.find(sha) != nullptr ? 1 : 0);
}

void show(Context& ctx, Args args) {
  const auto* const script = engine_of(ctx).scripts().find(args[2]);
  if (script == nullptr) return ctx.reply.error("NOSCRIPT No matching script.");
  ctx.reply.bulk(script->source);
}

void flush(Context& ctx, Args args) {
  bool asynchronous = ctx.settings.lazyfree_lazy_user_flush;
  command::ArgReader reader(args, 2);
  if (reader.take("async")) {
    asynchronous = true;
  } else if (reader.take("sync")) {
    asynchronous = false;
  }
  if (reader.has_more()) return ctx.reply.error("ERR SCRIPT FLUSH only support SYNC|ASYNC option");
  engine_of(ctx).flush_scripts(asynchronous);
  ctx.reply.ok();
}

void kill(Context& ctx, Args) {
  const auto refused = ctx.ports().executor->kill(command::RunningScript::Kind::script);
  if (!refused.empty()) return ctx.reply.error(refused);
  ctx.reply.ok();
}

void debug(Context& ctx, Args args) {
  command::ArgReader reader(args, 2);
  DebugMode mode{};
  if (reader.take("no")) {
    mode = DebugMode::off;
  } else if (reader.take("yes")) {
    mode = DebugMode::forked;
  } else if (reader.take("sync")) {
    mode = DebugMode::synchronous;
  } else {
    return ctx.reply.error("ERR Use SCRIPT DEBUG YES/SYNC/NO");
  }
  const auto refused = engine_of(ctx).debug_sessions()->set_mode(ctx, mode);
  if (!refused.empty()) return ctx.reply.error(refused);
  ctx.reply.ok();
}

constexpr Spec kSubcommands[] = {
    {.name = "debug",
     .arity = 3,
     .group = Group::scripting,
     .since = "3.2.0",
     .flags = flag::noscript,
     .categories = category::scripting,
     .complexity = "O(1)",
     .summary =
         "Chooses how the client's scripts are debugged: in a copy of the server, in the server "
         "itself, or not.",
     .arguments = "<YES|SYNC|NO>",
     .handler = debug},
    {.name = "exists",
     .arity = -3,
     .group = Group::scripting,
     .since = "2.6.0",
     .flags = flag::noscript,
     .categories = category::scripting,
     .complexity = "O(N) with N being the number of scripts asked for",
     .summary = "Tells which scripts the server has.",
     .arguments = "(sha1)+",
     .tips = "request_policy:all_shards response_policy:agg_logical_and",
     .handler = exists},
    {.name = "flush",
     .arity = -2,
     .group = Group::scripting,
     .since = "2.6.0",
     .flags = flag::noscript,
     .categories = category::scripting,
     .complexity = "O(N) with N being the number of scripts",
     .summary = "Forgets all scripts.",
     .arguments = "[<ASYNC|SYNC>]",
     .tips = "request_policy:all_nodes response_policy:all_succeeded",
     .handler = flush},
    {.name = "kill",
     .arity = 2,
     .group = Group::scripting,
     .since = "2.6.0",
     .flags = flag::noscript | flag::allow_busy,
     .categories = category::scripting,
     .complexity = "O(1)",
     .summary = "Ends a script that has run for long and has written nothing.",
     .tips = "request_policy:all_shards response_policy:one_succeeded",
     .handler = kill},
    {.name = "load",
     .arity = 3,
     .group = Group::scripting,
     .since = "2.6.0",
     .flags = flag::noscript | flag::stale,
     .categories = category::scripting,
     .complexity = "O(N) with N being the length of the script",
     .summary = "Keeps a script and answers with its SHA1.",
     .arguments = "script",
     .tips = "request_policy:all_nodes response_policy:all_succeeded",
     .handler = load},
    {.name = "show",
     .arity = 3,
     .group = Group::scripting,
     .since = "8.0.0",
     .flags = flag::noscript,
     .categories = category::scripting,
     .complexity = "O(1)",
     .summary = "Answers with the text of a script.",
     .arguments = "sha1",
     .handler = show},
    command::help_spec(Group::scripting, "5.0.0", category::scripting),
};

constexpr Spec kSpecs[] = {
    {.name = "script",
     .arity = -2,
     .group = Group::scripting,
     .since = "2.6.0",
     .complexity = "Depends on subcommand.",
     .summary = "Commands about the scripts that the server has.",
     .subcommands = kSubcommands},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

std::span<const Spec> script_commands() noexcept { return kSpecs; }

}  // namespace larder::script
