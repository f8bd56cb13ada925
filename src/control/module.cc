// MODULE: there are none to load, and clients that ask which there are get an answer.

#include "command/context.h"
#include "command/help.h"
#include "command/spec_check.h"
#include "control/families.h"

namespace larder::control {
namespace {

using command::Args;
using command::Context;
using command::Group;
using command::Spec;
namespace flag = command::flag;

void list(Context& ctx, Args) { ctx.reply.array(0); }

constexpr Spec kSubcommands[] = {
    command::help_spec(Group::server, "5.0.0"),
    {.name = "list",
     .arity = 2,
     .group = Group::server,
     .since = "4.0.0",
     .flags = flag::admin | flag::noscript,
     .complexity = "O(1)",
     .summary = "Returns the modules: always none.",
     .tips = "nondeterministic_output_order",
     .handler = list},
};

constexpr Spec kSpecs[] = {
    {.name = "module",
     .arity = -2,
     .group = Group::server,
     .since = "4.0.0",
     .complexity = "Depends on subcommand.",
     .summary = "A container for commands about modules.",
     .subcommands = kSubcommands},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

std::span<const Spec> module_commands() { return kSpecs; }

}  // namespace larder::control
