// WAIT: until so many replicas have what this client wrote.
#include "base/numbers.h"
#include "command/context.h"
#include "command/spec_check.h"
#include "control/families.h"
#include "families/timeouts.h"

namespace larder::control {
namespace {

using command::Args;
using command::Context;
using command::Group;
using command::Spec;
namespace flag = command::flag;

// There are no replicas, so that whoever asks for some waits in vain.
void wait(Context& ctx, Args args) {
  const auto replicas = base::parse_i64(args[1]);
  if (!replicas) return ctx.reply.error(command::errors::kNotInteger);
  const auto timeout_ms = families::read_timeout_ms(ctx, args[2]);
  if (!timeout_ms) return;
  if (*replicas <= 0) return ctx.reply.integer(0);
  ctx.wait_for({.timeout_ms = *timeout_ms, .on_timeout = command::Wait::OnTimeout::zero});
}

constexpr Spec kSpecs[] = {
    {.name = "wait",
     .arity = 3,
     .group = Group::generic,
     .since = "3.0.0",
     .flags = flag::blocking,
     .categories = command::category::connection,
     .complexity = "O(1)",
     .summary = "Waits until a number of replicas have what this client wrote.",
     .arguments = "numreplicas:integer timeout:integer",
     .tips = "request_policy:all_shards response_policy:agg_min",
     .handler = wait},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

std::span<const Spec> wait_commands() { return kSpecs; }

}  // namespace larder::control
