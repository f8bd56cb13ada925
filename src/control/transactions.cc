// MULTI, EXEC, DISCARD, WATCH, UNWATCH. Commands between MULTI and EXEC are queued by the
// dispatcher.
#include "command/context.h"
#include "command/spec_check.h"
#include "control/families.h"
#include "server/call.h"
#include "server/dispatcher.h"
#include "server/server.h"

namespace larder::control {
namespace {

using command::Args;
using command::Context;
using command::Group;
using command::Spec;
using server::call_of;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

void multi(Context& ctx, Args) {
  auto& client = call_of(ctx).client;
  if (client.is_queueing()) {
    client.transaction->fail();
    return ctx.reply.error("ERR MULTI calls can not be nested");
  }
  if (client.transaction == nullptr) client.transaction = std::make_unique<server::Transaction>();
  client.transaction->open();
  ctx.reply.ok();
}

void discard(Context& ctx, Args) {
  auto& call = call_of(ctx);
  if (!call.client.is_queueing()) return ctx.reply.error("ERR DISCARD without MULTI");
  call.client.transaction->take();
  server::forget_watches(call.server, call.client);
  ctx.reply.ok();
}

void exec(Context& ctx, Args) {
  auto& call = call_of(ctx);
  if (!call.client.is_queueing()) return ctx.reply.error("ERR EXEC without MULTI");
  const bool dirty = call.server.watches().is_dirty(call.client.id);
  const auto transaction = call.client.transaction->take();
  server::forget_watches(call.server, call.client);
  if (transaction.has_failed()) {
    return ctx.reply.error("EXECABORT Transaction discarded because of previous errors.");
  }
  if (dirty) return ctx.reply.null_array();
  call.server.dispatcher().run_transaction(call, transaction);
}

void watch(Context& ctx, Args args) {
  auto& call = call_of(ctx);
  if (call.client.is_queueing()) {
    call.client.transaction->fail();
    return ctx.reply.error("ERR WATCH inside MULTI is not allowed");
  }
  for (const auto key : args.subspan(1)) {
    call.server.watches().watch(call.client.id, *ctx.database, key);
  }
  call.client.watched_keys = call.server.watches().keys_of(call.client.id);
  call.client.watched_bytes = call.server.watches().bytes_of(call.client.id);
  call.server.listen_to_changes();
  ctx.reply.ok();
}

void unwatch(Context& ctx, Args) {
  auto& call = call_of(ctx);
  server::forget_watches(call.server, call.client);
  ctx.reply.ok();
}

constexpr auto kAny = flag::noscript | flag::loading | flag::stale;
constexpr auto kFast = kAny | flag::fast | flag::allow_busy;

constexpr Spec kSpecs[] = {
    {.name = "discard",
     .arity = 1,
     .group = Group::transactions,
     .since = "2.0.0",
     .flags = kFast | flag::immediate,
     .complexity = "O(N), where N is the number of queued commands",
     .summary = "Forgets the commands that were queued since MULTI.",
     .handler = discard},
    {.name = "exec",
     .arity = 1,
     .group = Group::transactions,
     .since = "1.2.0",
     .flags = kAny | flag::skip_slowlog | flag::immediate | flag::takes_queue,
     .complexity = "Depends on commands in the transaction",
     .summary = "Runs the commands that were queued since MULTI, with nothing in between.",
     .handler = exec},
    {.name = "multi",
     .arity = 1,
     .group = Group::transactions,
     .since = "1.2.0",
     .flags = kFast | flag::no_multi | flag::immediate,
     .complexity = "O(1)",
     .summary = "Begins a transaction: commands are queued until EXEC.",
     .handler = multi},
    {.name = "unwatch",
     .arity = 1,
     .group = Group::transactions,
     .since = "2.2.0",
     .flags = kFast,
     .complexity = "O(1)",
     .summary = "Forgets the keys that are watched.",
     .handler = unwatch},
    {.name = "watch",
     .arity = -2,
     .group = Group::transactions,
     .since = "2.2.0",
     .flags = kFast | flag::no_multi | flag::immediate,
     .keys = keys::range(1, -1, 1, key_flag::ro),
     .complexity = "O(1) for each key",
     .summary = "Lets the next EXEC do nothing where one of these keys changes before.",
     .arguments = "(key)+",
     .handler = watch},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

std::span<const Spec> transaction_commands() { return kSpecs; }

}  // namespace larder::control
