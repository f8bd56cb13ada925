// EVAL, EVALSHA and their read-only forms.
#include "base/numbers.h"
#include "command/arguments.h"
#include "command/spec_check.h"
#include "script/commands.h"
#include "script/debugger.h"
#include "script/engine.h"

namespace larder::script {
namespace {

using command::Args;
using command::Context;
using command::Group;
using command::Spec;
namespace category = command::category;
namespace flag = command::flag;
namespace key_flag = command::key_flag;

enum class Access { any, read_only };

void run_found(Context& ctx, const Script& script, const CallArguments& arguments, Access access) {
  const bool is_read_only = access == Access::read_only;
  if (is_read_only && script.has_shebang && !script.flags.no_writes) {
    return ctx.reply.error(kWritesInReadOnly);
  }
  engine_of(ctx).run(ctx, script, arguments.keys, arguments.argv, is_read_only);
}

void run_text(Context& ctx, Args args, Access access) {
  const auto arguments = read_call_arguments(ctx, args);
  if (!arguments) return;
  auto& engine = engine_of(ctx);
  const auto script = engine.load(args[1], Engine::Origin::eval);
  if (!script) return ctx.reply.error(script.error());
  run_found(ctx, **script, *arguments, access);
}

bool is_debugged(Context& ctx) {
  const auto* const sessions = engine_of(ctx).debug_sessions();
  return sessions != nullptr && sessions->is_on(ctx);
}

void debug_text(Context& ctx, Args args, Access access) {
  constexpr std::int64_t kPatienceMs = 5000;
  const auto threshold_ms = ctx.settings.busy_reply_threshold;
  auto& engine = engine_of(ctx);
  engine.debug_sessions()->run(ctx, [&](DebugConsole& console) {
    Debugger debugger(console, args[1],
                      std::chrono::milliseconds(threshold_ms == 0 ? kPatienceMs : threshold_ms));
    engine.set_debugger(&debugger);
    run_text(ctx, args, access);
    engine.set_debugger(nullptr);
    debugger.end();
  });
}

void run_script(Context& ctx, Args args, Access access) {
  is_debugged(ctx) ? debug_text(ctx, args, access) : run_text(ctx, args, access);
}

void run_sha(Context& ctx, Args args, Access access) {
  if (is_debugged(ctx)) {
    return ctx.reply.error("ERR Please use EVAL instead of EVALSHA for debugging");
  }
  auto& engine = engine_of(ctx);
  const auto* const script = engine.scripts().find(args[1]);
  if (script == nullptr) return ctx.reply.error("NOSCRIPT No matching script. Please use EVAL.");
  const auto arguments = read_call_arguments(ctx, args);
  if (!arguments) return;
  run_found(ctx, *script, *arguments, access);
}

void eval(Context& ctx, Args args) { run_script(ctx, args, Access::any); }
void eval_ro(Context& ctx, Args args) { run_script(ctx, args, Access::read_only); }
void evalsha(Context& ctx, Args args) { run_sha(ctx, args, Access::any); }
void evalsha_ro(Context& ctx, Args args) { run_sha(ctx, args, Access::read_only); }

constexpr auto kFlags =
    flag::noscript | flag::stale | flag::skip_monitor | flag::no_mandatory_keys | flag::movablekeys;
constexpr std::string_view kComplexity = "Depends on the script that is executed.";
constexpr auto kWriteKeys = call_keys(key_flag::rw | key_flag::access | key_flag::update, kAnyUse);
constexpr auto kReadKeys = call_keys(key_flag::ro | key_flag::access);

constexpr Spec kSpecs[] = {
    {.name = "eval",
     .arity = -3,
     .group = Group::scripting,
     .since = "2.6.0",
     .flags = kFlags | flag::may_replicate,
     .keys = kWriteKeys,
     .complexity = kComplexity,
     .summary = "Runs a Lua script.",
     .arguments = "script numkeys:integer [(key)+] [(arg)+]",
     .handler = eval},
    {.name = "eval_ro",
     .arity = -3,
     .group = Group::scripting,
     .since = "7.0.0",
     .flags = kFlags | flag::readonly,
     .keys = kReadKeys,
     .complexity = kComplexity,
     .summary = "Runs a Lua script that writes nothing.",
     .arguments = "script numkeys:integer [(key)+] [(arg)+]",
     .handler = eval_ro},
    {.name = "evalsha",
     .arity = -3,
     .group = Group::scripting,
     .since = "2.6.0",
     .flags = kFlags | flag::may_replicate,
     .keys = kWriteKeys,
     .complexity = kComplexity,
     .summary = "Runs a Lua script that the server has, by its SHA1.",
     .arguments = "sha1 numkeys:integer [(key)+] [(arg)+]",
     .handler = evalsha},
    {.name = "evalsha_ro",
     .arity = -3,
     .group = Group::scripting,
     .since = "7.0.0",
     .flags = kFlags | flag::readonly,
     .keys = kReadKeys,
     .complexity = kComplexity,
     .summary = "Runs a Lua script that the server has and that writes nothing, by its SHA1.",
     .arguments = "sha1 numkeys:integer [(key)+] [(arg)+]",
     .handler = evalsha_ro},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

command::Flags flags_of_call(Engine& engine, const Spec& spec, Args args) {
  if (args.size() < 2) return spec.flags;
  if (spec.handler == evalsha) {
    const auto* const script = engine.scripts().find(args[1]);
    return script == nullptr || !script->has_shebang ? spec.flags
                                                     : declared(spec.flags, script->flags);
  }
  if (spec.handler == eval) {
    const auto header = read_script_header(args[1]);
    return !header || !header->has_shebang ? spec.flags : declared(spec.flags, header->flags);
  }
  return flags_of_fcall(engine, spec, args);
}

std::optional<CallArguments> read_call_arguments(Context& ctx, Args args,
                                                 std::string_view no_number) {
  const auto count = base::parse_i64(args[2]);
  if (!count) {
    ctx.reply.error(no_number);
  } else if (*count > static_cast<std::int64_t>(args.size()) - 3) {
    ctx.reply.error("ERR Number of keys can't be greater than number of args");
  } else if (*count < 0) {
    ctx.reply.error("ERR Number of keys can't be negative");
  } else {
    const auto rest = args.subspan(3);
    const auto keys = static_cast<std::size_t>(*count);
    return CallArguments{rest.first(keys), rest.subspan(keys)};
  }
  return std::nullopt;
}

std::span<const Spec> eval_commands() noexcept { return kSpecs; }

}  // namespace larder::script
