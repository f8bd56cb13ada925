// SHUTDOWN and questions about the server's role and last snapshot.

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
  bool save = false;
  bool nosave = false;
  bool now = false;
  bool force = false;
  bool abort = false;
  command::ArgReader reader(args, 1);
  while (reader.has_more()) {
    if (reader.take("nosave")) {
      nosave = true;
    } else if (reader.take("save")) {
      save = true;
    } else if (reader.take("now")) {
      now = true;
    } else if (reader.take("force")) {
      force = true;
    } else if (reader.take("abort")) {
      abort = true;
    } else {
      reader.fail(command::errors::kSyntax);
    }
  }
  if (!reader.ok() || (save && nosave) || (abort && (save || nosave || now || force))) {
    ctx.reply.error(command::errors::kSyntax);
    return;
  }
  if (const auto& executor = call_of(ctx).server.script_executor(); executor.is_busy() && !nosave) {
    ctx.reply.error(executor.refusal_while_busy());
    return;
  }
  if (abort) {  // a shutdown ends with the turn it began in: there is none to stop
    ctx.reply.error("ERR No shutdown in progress.");
    return;
  }
  if (save) {
    ctx.reply.error("ERR Errors trying to SHUTDOWN. Check logs.");
    return;
  }
  call_of(ctx).server.shut_down();
  call_of(ctx).connection.close_soon();  // the end of the connection is the answer
}

void role(Context& ctx, Args) {
  ctx.reply.array(3);
  ctx.reply.bulk("master");
  ctx.reply.integer(0);
  ctx.reply.array(0);
}

void lastsave(Context& ctx, Args) {
  ctx.reply.integer(call_of(ctx).server.identity().started_ms / 1000);
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
    {.name = "lastsave",
     .arity = 1,
     .group = command::Group::server,
     .since = "1.0.0",
     .flags = flag::loading | flag::stale | flag::fast,
     .categories = command::category::admin | command::category::dangerous,
     .complexity = "O(1)",
     .summary = "Returns when data was last saved, in Unix seconds.",
     .tips = "nondeterministic_output",
     .handler = lastsave},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

std::span<const command::Spec> lifecycle_commands() { return kSpecs; }

}  // namespace larder::control
