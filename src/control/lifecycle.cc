// SHUTDOWN, and the question about the server's role.

#include "base/numbers.h"
#include "command/arguments.h"
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

void shutdown(Context& ctx, Args args) {
  settings::ShutdownOptions how;
  bool aborts = false;
  command::ArgReader reader(args, 1);
  while (reader.has_more()) {
    if (reader.take("nosave")) {
      how.nosave = true;
    } else if (reader.take("save")) {
      how.save = true;
    } else if (reader.take("now")) {
      how.now = true;
    } else if (reader.take("force")) {
      how.force = true;
    } else if (reader.take("abort")) {
      aborts = true;
    } else {
      reader.fail(command::errors::kSyntax);
    }
  }
  const bool has_other = how.save || how.nosave || how.now || how.force;
  if (!reader.ok() || (how.save && how.nosave) || (aborts && has_other)) {
    return ctx.reply.error(command::errors::kSyntax);
  }
  auto& server = call_of(ctx).server;
  if (const auto& executor = server.script_executor(); executor.is_busy() && !how.nosave) {
    return ctx.reply.error(executor.refusal_while_busy());
  }
  if (aborts) {
    return server.abort_shutdown() ? ctx.reply.ok()
                                   : ctx.reply.error("ERR No shutdown in progress.");
  }
  if (!server.shut_down(how)) {
    return ctx.reply.error("ERR Errors trying to SHUTDOWN. Check logs.");
  }
  call_of(ctx).connection.close_soon();  // the end of the connection is the answer
}

void role(Context& ctx, Args) {
  ctx.reply.array(3);
  ctx.reply.bulk("master");
  ctx.reply.integer(0);
  ctx.reply.array(0);
}

constexpr command::Spec kSpecs[] = {
    {.name = "shutdown",
     .arity = -1,
     .group = command::Group::server,
     .since = "1.0.0",
     .flags = flag::admin | flag::noscript | flag::loading | flag::stale | flag::no_multi |
              flag::allow_busy,
     .complexity = "O(N) when saving, where N is the total number of keys",
     .summary = "Ends the server.",
     .arguments = "[<[<NOSAVE|SAVE>] [NOW] [FORCE]|ABORT>]",
     .handler = shutdown},
    {.name = "role",
     .arity = 1,
     .group = command::Group::server,
     .since = "2.8.12",
     .flags = flag::noscript | flag::loading | flag::stale | flag::fast,
     .categories = command::category::admin | command::category::dangerous,
     .complexity = "O(1)",
     .summary = "Returns the replication role.",
     .handler = role},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

std::span<const command::Spec> lifecycle_commands() { return kSpecs; }

}  // namespace larder::control
