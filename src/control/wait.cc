// WAIT and WAITAOF: until so many replicas, or disks, have what this client wrote.
#include "base/numbers.h"
#include "command/context.h"
#include "command/spec_check.h"
#include "control/families.h"
#include "families/timeouts.h"
#include "server/append_only_log.h"
#include "server/call.h"
#include "server/server.h"

namespace larder::control {
namespace {

using command::Args;
using command::Context;
using command::Group;
using command::Spec;
namespace flag = command::flag;

void answer_synced(Context& ctx, bool is_synced) {
  ctx.reply.array(2);
  ctx.reply.integer(is_synced ? 1 : 0);
  ctx.reply.integer(0);
}

// There are no replicas, so that whoever asks for some waits in vain.
void wait(Context& ctx, Args args) {
  const auto replicas = base::parse_i64(args[1]);
  if (!replicas) return ctx.reply.error(command::errors::kNotInteger);
  const auto timeout_ms = families::read_timeout_ms(ctx, args[2]);
  if (!timeout_ms) return;
  if (*replicas <= 0) return ctx.reply.integer(0);
  ctx.wait_for({.timeout_ms = *timeout_ms, .on_timeout = command::Wait::OnTimeout::zero});
}

// Whether the disk has what this client wrote; replicas there are none.
void waitaof(Context& ctx, Args args) {
  const auto local = base::parse_i64(args[1]);
  if (!local) return ctx.reply.error(command::errors::kNotInteger);
  if (*local < 0 || *local > 1) {
    return ctx.reply.error("ERR value is out of range, value must between 0 and 1");
  }
  const auto replicas = base::parse_i64(args[2]);
  if (!replicas || *replicas < 0) return ctx.reply.error(command::errors::kNotPositive);
  const auto timeout_ms = families::read_timeout_ms(ctx, args[3]);
  if (!timeout_ms) return;
  auto& call = server::call_of(ctx);
  auto& log = call.server.append_only();
  if (*local != 0 && !log.is_on()) {
    return ctx.reply.error(
        "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.");
  }
  const bool is_synced = log.is_complete() && log.is_synced_until(call.client.journaled_until);
  if ((is_synced || *local == 0) && *replicas == 0) return answer_synced(ctx, is_synced);
  if (!call.may_wait) return answer_synced(ctx, is_synced);
  log.tell_of_sync(call.client.id);
  ctx.wait_for({.timeout_ms = *timeout_ms, .on_timeout = command::Wait::OnTimeout::counts});
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
    {.name = "waitaof",
     .arity = 4,
     .group = Group::generic,
     .since = "7.2.0",
     .flags = flag::blocking,
     .categories = command::category::connection,
     .complexity = "O(1)",
     .summary = "Waits until the disk of this server, and of a number of replicas, has what this "
                "client wrote.",
     .arguments = "numlocal:integer numreplicas:integer timeout:integer",
     .tips = "request_policy:all_shards response_policy:agg_min",
     .handler = waitaof},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

std::span<const Spec> wait_commands() { return kSpecs; }

}  // namespace larder::control
