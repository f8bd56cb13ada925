// MONITOR: shows a client every command that runs.

#include "command/context.h"
#include "command/spec_check.h"
#include "control/families.h"
#include "server/call.h"
#include "server/connection.h"
#include "server/server.h"

namespace larder::control {
namespace {

using command::Args;
using command::Context;
using server::call_of;
namespace flag = command::flag;

void monitor(Context& ctx, Args) {
  auto& call = call_of(ctx);
  if (!call.may_wait) {  // whoever waits for its reply could not tell it from what follows
    return ctx.reply.error("ERR MONITOR isn't allowed for DENY BLOCKING client");
  }
  if (call.client.is_monitor) return;
  call.server.observation().add_monitor(call.connection);
  ctx.reply.ok();
}

constexpr command::Spec kSpecs[] = {
    {.name = "monitor",
     .arity = 1,
     .group = command::Group::server,
     .since = "1.0.0",
     .flags = flag::admin | flag::noscript | flag::loading | flag::stale,
     .complexity = "O(1), and O(N) for each command where N is the number of such clients",
     .summary = "Shows every command that the server runs, as it runs it.",
     .handler = monitor},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

std::span<const command::Spec> monitor_commands() { return kSpecs; }

}  // namespace larder::control
