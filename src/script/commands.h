// The commands of scripts and functions; families of specs as command::Table takes them.
#pragma once

#include <optional>
#include <span>

#include "command/context.h"
#include "script/shebang.h"

namespace larder::script {

std::span<const command::Spec> eval_commands() noexcept;      // EVAL and its kind
std::span<const command::Spec> script_commands() noexcept;    // SCRIPT
std::span<const command::Spec> function_commands() noexcept;  // FUNCTION
std::span<const command::Spec> fcall_commands() noexcept;     // FCALL, FCALL_RO

// Keys and other arguments of EVAL or FCALL: `numkeys` is args[2]. Answers the error where the
// count is wrong; `no_number` where it is none.
struct CallArguments {
  command::Args keys;
  command::Args argv;
};
std::optional<CallArguments> read_call_arguments(
    command::Context& context, command::Args args,
    std::string_view no_number = command::errors::kNotInteger);

// Flags of a command that runs a script or function, with what that declares about itself in its
// first line or when it is registered. The spec's own where nothing is declared or nothing is
// found.
class Engine;
constexpr command::Flags declared(command::Flags flags, const Flags& said) {
  namespace flag = command::flag;
  flags &= ~flag::may_replicate;
  if (!said.no_writes) flags |= flag::write;
  if (!said.no_writes && !said.allow_oom) flags |= flag::denyoom;
  return flags;
}
command::Flags flags_of_call(Engine& engine, const command::Spec& spec, command::Args args);
command::Flags flags_of_fcall(Engine& engine, const command::Spec& spec, command::Args args);

inline constexpr std::string_view kWritesInReadOnly =
    "ERR Can not execute a script with write flag using *_ro command.";

inline constexpr std::string_view kAnyUse =
    "What a script does with its keys is not known: they count as read and written.";

// The key specification of all of them.
constexpr command::KeySpecs call_keys(command::KeyFlags flags, std::string_view notes = {}) {
  return command::keys::of(command::KeySpec{.flags = flags,
                                            .begin = command::KeySpec::Begin::index,
                                            .index = 2,
                                            .find = command::KeySpec::Find::keynum,
                                            .keynum_index = 0,
                                            .first_key = 1,
                                            .notes = notes});
}

}  // namespace larder::script
