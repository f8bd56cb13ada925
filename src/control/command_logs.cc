// SLOWLOG and COMMANDLOG: commands that took long, came as large requests or had large replies.
// SLOWLOG is the older name of the first of these logs.

#include <optional>

#include "base/numbers.h"
#include "command/context.h"
#include "command/help.h"
#include "command/spec_check.h"
#include "control/families.h"
#include "server/call.h"
#include "server/server.h"

namespace larder::control {
namespace {

using command::Args;
using command::Context;
using command::Group;
using command::Spec;
using server::call_of;
using server::CommandLog;
using server::LogKind;
namespace flag = command::flag;

CommandLog& log_of(Context& ctx, LogKind kind) {
  return call_of(ctx).server.observation().log(kind);
}

// How many entries are asked for; answers the error where that is no count.
std::optional<std::size_t> read_count(Context& ctx, std::string_view text) {
  const auto count = base::parse_i64(text);
  if (!count || *count < -1) {
    ctx.reply.error("ERR count should be greater than or equal to -1");
    return std::nullopt;
  }
  return *count == -1 ? SIZE_MAX : static_cast<std::size_t>(*count);
}

std::optional<LogKind> read_kind(Context& ctx, std::string_view text) {
  if (base::equal_ignoring_case(text, "slow")) return LogKind::slow;
  if (base::equal_ignoring_case(text, "large-request")) return LogKind::large_request;
  if (base::equal_ignoring_case(text, "large-reply")) return LogKind::large_reply;
  ctx.reply.error("ERR type should be one of the following: slow, large-request, large-reply");
  return std::nullopt;
}

void reply_entry(resp::Writer& reply, const CommandLog::Entry& entry) {
  reply.array(6);
  reply.integer(static_cast<std::int64_t>(entry.id));
  reply.integer(entry.unix_seconds);
  reply.integer(static_cast<std::int64_t>(entry.value));
  reply.array(entry.arguments.size());
  for (const auto& argument : entry.arguments) reply.bulk(argument);
  reply.bulk(entry.peer_address);
  reply.bulk(entry.client_name);
}

void reply_entries(Context& ctx, LogKind kind, std::size_t count) {
  const auto& log = log_of(ctx, kind);
  count = std::min(count, log.size());
  ctx.reply.array(count);
  for (std::size_t i = 0; i < count; ++i) reply_entry(ctx.reply, log.entries()[i]);
}

void reply_length(Context& ctx, LogKind kind) {
  ctx.reply.integer(static_cast<std::int64_t>(log_of(ctx, kind).size()));
}

void clear(Context& ctx, LogKind kind) {
  log_of(ctx, kind).clear();
  ctx.reply.ok();
}

void slowlog_get(Context& ctx, Args args) {
  constexpr std::size_t kCountUnasked = 10;
  if (args.size() > 3) {
    return ctx.reply.error(
        "ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG HELP.");
  }
  const auto count = args.size() == 2 ? kCountUnasked : read_count(ctx, args[2]);
  if (count) reply_entries(ctx, LogKind::slow, *count);
}

void slowlog_len(Context& ctx, Args) { reply_length(ctx, LogKind::slow); }
void slowlog_reset(Context& ctx, Args) { clear(ctx, LogKind::slow); }

void commandlog_get(Context& ctx, Args args) {
  const auto count = read_count(ctx, args[2]);
  if (!count) return;
  if (const auto kind = read_kind(ctx, args[3])) reply_entries(ctx, *kind, *count);
}

void commandlog_len(Context& ctx, Args args) {
  if (const auto kind = read_kind(ctx, args[2])) reply_length(ctx, *kind);
}

void commandlog_reset(Context& ctx, Args args) {
  if (const auto kind = read_kind(ctx, args[2])) clear(ctx, *kind);
}

constexpr auto kFlags = flag::admin | flag::loading | flag::stale;
constexpr std::string_view kGetTips = "request_policy:all_nodes nondeterministic_output";
constexpr std::string_view kLenTips =
    "request_policy:all_nodes response_policy:agg_sum nondeterministic_output";
constexpr std::string_view kResetTips = "request_policy:all_nodes response_policy:all_succeeded";
constexpr std::string_view kKindArgument = "<slow|large-request|large-reply>";

constexpr Spec kSlowlog[] = {
    {.name = "get",
     .arity = -2,
     .group = Group::server,
     .since = "2.2.12",
     .flags = kFlags,
     .complexity = "O(N) where N is the number of entries returned",
     .summary = "Returns the commands that took long, the latest first.",
     .arguments = "[count:integer]",
     .tips = kGetTips,
     .handler = slowlog_get},
    command::help_spec(Group::server, "6.2.0"),
    {.name = "len",
     .arity = 2,
     .group = Group::server,
     .since = "2.2.12",
     .flags = kFlags,
     .complexity = "O(1)",
     .summary = "Returns how many entries the slow log has.",
     .tips = kLenTips,
     .handler = slowlog_len},
    {.name = "reset",
     .arity = 2,
     .group = Group::server,
     .since = "2.2.12",
     .flags = kFlags,
     .complexity = "O(N) where N is the number of entries",
     .summary = "Empties the slow log.",
     .tips = kResetTips,
     .handler = slowlog_reset},
};

constexpr Spec kCommandlog[] = {
    {.name = "get",
     .arity = 4,
     .group = Group::server,
     .since = "8.1.0",
     .flags = kFlags,
     .complexity = "O(N) where N is the number of entries returned",
     .summary = "Returns the commands that stood out, the latest first.",
     .arguments = "count:integer <slow|large-request|large-reply>",
     .tips = kGetTips,
     .handler = commandlog_get},
    command::help_spec(Group::server, "8.1.0"),
    {.name = "len",
     .arity = 3,
     .group = Group::server,
     .since = "8.1.0",
     .flags = kFlags,
     .complexity = "O(1)",
     .summary = "Returns how many entries a log of commands has.",
     .arguments = kKindArgument,
     .tips = kLenTips,
     .handler = commandlog_len},
    {.name = "reset",
     .arity = 3,
     .group = Group::server,
     .since = "8.1.0",
     .flags = kFlags,
     .complexity = "O(N) where N is the number of entries",
     .summary = "Empties a log of commands.",
     .arguments = kKindArgument,
     .tips = kResetTips,
     .handler = commandlog_reset},
};

constexpr Spec kSpecs[] = {
    {.name = "slowlog",
     .arity = -2,
     .group = Group::server,
     .since = "2.2.12",
     .complexity = "Depends on subcommand.",
     .summary = "A container for commands about the slow log.",
     .subcommands = kSlowlog},
    {.name = "commandlog",
     .arity = -2,
     .group = Group::server,
     .since = "8.1.0",
     .complexity = "Depends on subcommand.",
     .summary = "A container for commands about the logs of commands.",
     .subcommands = kCommandlog},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

std::span<const Spec> command_log_commands() { return kSpecs; }

}  // namespace larder::control
