// SAVE, BGSAVE, LASTSAVE and BGREWRITEAOF.
#include "base/numbers.h"
#include "command/context.h"
#include "command/spec_check.h"
#include "control/families.h"
#include "server/append_only_log.h"
#include "server/call.h"
#include "server/child_process.h"
#include "server/server.h"
#include "server/snapshots.h"

namespace larder::control {
namespace {

using command::Args;
using command::Context;
using server::call_of;
namespace flag = command::flag;

constexpr std::string_view kFailed = "ERR";  // the log says why
constexpr std::string_view kRunning = "ERR Background save already in progress";

constexpr std::string_view kOtherChild =
    "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in "
    "order to schedule a BGSAVE whenever possible.";

void save(Context& ctx, Args) {
  auto& snapshots = call_of(ctx).server.snapshots();
  if (snapshots.child() != nullptr) return ctx.reply.error(kRunning);
  snapshots.save() ? ctx.reply.ok() : ctx.reply.error(kFailed);
}

void cancel(Context& ctx) {
  auto& snapshots = call_of(ctx).server.snapshots();
  if (snapshots.cancel()) return ctx.reply.simple("Background saving cancelled");
  if (snapshots.unschedule()) return ctx.reply.simple("Scheduled background saving cancelled");
  ctx.reply.error("ERR Background saving is currently not in progress or scheduled");
}

void bgsave(Context& ctx, Args args) {
  auto& snapshots = call_of(ctx).server.snapshots();
  const auto asks_for = [&args](std::string_view word) {
    return args.size() == 2 && base::equal_ignoring_case(args[1], word);
  };
  if (asks_for("cancel")) return cancel(ctx);
  if (args.size() != 1 && !asks_for("schedule")) {
    return ctx.reply.error(command::errors::kSyntax);
  }
  if (snapshots.child() != nullptr) return ctx.reply.error(kRunning);
  const bool schedules = asks_for("schedule");
  if (call_of(ctx).server.has_child() && !schedules) return ctx.reply.error(kOtherChild);
  if (call_of(ctx).server.has_child() ||
      !call_of(ctx).may_wait) {  // in EXEC: its other commands come first
    snapshots.schedule();
    return ctx.reply.simple("Background saving scheduled");
  }
  snapshots.start() ? ctx.reply.simple("Background saving started") : ctx.reply.error(kFailed);
}

void lastsave(Context& ctx, Args) {
  ctx.reply.integer(call_of(ctx).server.snapshots().lifecycle().last_saved_ms() / 1000);
}

void answer_start(Context& ctx, bool is_begun) {
  if (is_begun) return ctx.reply.simple("Background append only file rewriting started");
  ctx.reply.error(
      "ERR Can't execute an AOF background rewriting. Please check the server logs for "
      "more information.");
}

// Is run again when the manifest names a new increment, which the disk may take its time for.
void bgrewriteaof(Context& ctx, Args) {
  auto& call = call_of(ctx);
  auto& log = call.server.append_only();
  if (const auto is_begun = log.start_to_tell(call.client.id)) return answer_start(ctx, *is_begun);
  if (log.is_rewriting()) {
    return ctx.reply.error("ERR Background append only file rewriting already in progress");
  }
  if (call.server.has_child() || !call.may_wait) {  // in EXEC its other commands come first
    log.schedule_rewrite();
    return ctx.reply.simple("Background append only file rewriting scheduled");
  }
  const bool is_begun = log.start_rewrite();
  if (!is_begun || !log.is_about_to_rewrite()) return answer_start(ctx, is_begun);
  log.tell_of_start(call.client.id);
  ctx.wait_for({});
}

constexpr command::Spec kSpecs[] = {
    {.name = "bgrewriteaof",
     .arity = 1,
     .group = command::Group::server,
     .since = "1.0.0",
     .flags = flag::admin | flag::noscript | flag::no_async_loading,
     .complexity = "O(1)",
     .summary = "Has a forked process write the append-only log anew, without what is obsolete.",
     .handler = bgrewriteaof},
    {.name = "save",
     .arity = 1,
     .group = command::Group::server,
     .since = "1.0.0",
     .flags = flag::admin | flag::noscript | flag::no_async_loading | flag::no_multi,
     .complexity = "O(N) where N is the total number of keys in all databases",
     .summary = "Writes a snapshot, and answers when it is on the disk.",
     .handler = save},
    {.name = "bgsave",
     .arity = -1,
     .group = command::Group::server,
     .since = "1.0.0",
     .flags = flag::admin | flag::noscript | flag::no_async_loading,
     .complexity = "O(1)",
     .summary = "Has a forked process write a snapshot, or stops the one that does.",
     .arguments = "[<SCHEDULE|CANCEL>]",
     .handler = bgsave},
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

std::span<const command::Spec> persistence_commands() { return kSpecs; }

}  // namespace larder::control
