// FCALL and FCALL_RO.
#include "command/spec_check.h"
#include "script/commands.h"
#include "script/engine.h"

namespace larder::script {
namespace {

using command::Args;
using command::Context;
using command::Group;
using command::Spec;
namespace flag = command::flag;
namespace key_flag = command::key_flag;

enum class Access { any, read_only };

void run_function(Context& ctx, Args args, Access access) {
  auto& engine = engine_of(ctx);
  const auto* const function = engine.libraries().find(args[1]);
  if (function == nullptr) return ctx.reply.error("ERR Function not found");
  const auto arguments = read_call_arguments(ctx, args, "ERR Bad number of keys provided");
  if (!arguments) return;
  const bool is_read_only = access == Access::read_only;
  if (is_read_only && !function->flags.no_writes) {
    return ctx.reply.error(kWritesInReadOnly);
  }
  engine.run(ctx, *function, arguments->keys, arguments->argv, is_read_only);
}

void fcall(Context& ctx, Args args) { run_function(ctx, args, Access::any); }
void fcall_ro(Context& ctx, Args args) { run_function(ctx, args, Access::read_only); }

constexpr auto kFlags =
    flag::noscript | flag::stale | flag::skip_monitor | flag::no_mandatory_keys | flag::movablekeys;

constexpr Spec kSpecs[] = {
    {.name = "fcall",
     .arity = -3,
     .group = Group::scripting,
     .since = "7.0.0",
     .flags = kFlags | flag::may_replicate,
     .keys = call_keys(key_flag::rw | key_flag::access | key_flag::update, kAnyUse),
     .complexity = "Depends on the function that is executed.",
     .summary = "Runs a function of a library.",
     .arguments = "function numkeys:integer [(key)+] [(arg)+]",
     .handler = fcall},
    {.name = "fcall_ro",
     .arity = -3,
     .group = Group::scripting,
     .since = "7.0.0",
     .flags = kFlags | flag::readonly,
     .keys = call_keys(key_flag::ro | key_flag::access),
     .complexity = "Depends on the function that is executed.",
     .summary = "Runs a function of a library that writes nothing.",
     .arguments = "function numkeys:integer [(key)+] [(arg)+]",
     .handler = fcall_ro},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

command::Flags flags_of_fcall(Engine& engine, const Spec& spec, Args args) {
  if (spec.handler != fcall || args.size() < 2) return spec.flags;
  const auto* const function = engine.libraries().find(args[1]);
  return function == nullptr ? spec.flags : declared(spec.flags, function->flags);
}

std::span<const Spec> fcall_commands() noexcept { return kSpecs; }

}  // namespace larder::script
