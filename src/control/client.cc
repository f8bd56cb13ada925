// CLIENT: what the server knows of its clients, and what may be done to them.

#include <fmt/format.h>

#include "base/log.h"
#include "command/arguments.h"
#include "command/help.h"
#include "command/spec_check.h"
#include "control/client_filter.h"
#include "control/client_info.h"
#include "control/client_tracking.h"
#include "control/families.h"
#include "control/passwords.h"
#include "server/call.h"
#include "server/connection.h"
#include "server/server.h"

namespace larder::control {
namespace {

using command::Args;
using command::Context;
using server::call_of;
using server::ReplyMode;
namespace errors = command::errors;
namespace flag = command::flag;

void id(Context& ctx, Args) {
  ctx.reply.integer(static_cast<std::int64_t>(call_of(ctx).client.id));
}

void info(Context& ctx, Args) {
  ctx.reply.verbatim("txt", client_line(call_of(ctx).connection, ctx.now()) + '\n');
}

void list(Context& ctx, Args args) {
  auto& call = call_of(ctx);
  const auto filter = ClientFilter::read(call, args, 2, false);
  if (!filter) return;
  std::string lines;
  call.server.clients().for_each([&](server::Connection& connection) {
    if (!filter->matches(connection, call.connection, ctx.now())) return;
    lines += client_line(connection, ctx.now());
    lines += '\n';
  });
  ctx.reply.verbatim("txt", lines);
}

void close_client(server::Call& call, server::Connection& connection) {
  if (&connection == &call.connection) {
    connection.close_after_replies();  // it still gets the answer
  } else {
    connection.close_soon();
  }
}

void kill(Context& ctx, Args args) {
  auto& call = call_of(ctx);
  const bool by_address = args.size() == 3;
  std::optional<ClientFilter> filter;
  if (by_address) {
    const std::string_view as_option[] = {args[0], args[1], "addr", args[2]};
    filter = ClientFilter::read(call, as_option, 2, false);
  } else {
    filter = ClientFilter::read(call, args, 2, true);
  }
  if (!filter) return;
  std::int64_t killed = 0;
  call.server.clients().for_each([&](server::Connection& connection) {
    if (!filter->matches(connection, call.connection, ctx.now())) return;
    close_client(call, connection);
    ++killed;
  });
  if (!by_address) {
    ctx.reply.integer(killed);
  } else if (killed == 0) {
    ctx.reply.error("ERR No such client");
  } else {
    ctx.reply.ok();
  }
}

void get_name(Context& ctx, Args) {
  const auto& name = call_of(ctx).client.name;
  name.empty() ? ctx.reply.null() : ctx.reply.bulk(name);
}

void set_name(Context& ctx, Args args) {
  if (!is_printable_name(args[2])) {
    ctx.reply.error("ERR Client names cannot contain spaces, newlines or special characters.");
    return;
  }
  call_of(ctx).client.name = args[2];
  ctx.reply.ok();
}

void set_info(Context& ctx, Args args) {
  auto& client = call_of(ctx).client;
  std::string* target = nullptr;
  if (base::equal_ignoring_case(args[2], "lib-name")) {
    target = &client.library_name;
  } else if (base::equal_ignoring_case(args[2], "lib-ver")) {
    target = &client.library_version;
  } else {
    ctx.reply.error(fmt::format("ERR Unrecognized option '{}'", args[2]));
    return;
  }
  if (!is_printable_name(args[3])) {
    ctx.reply.error(
        fmt::format("ERR {} cannot contain spaces, newlines or special characters.", args[2]));
    return;
  }
  *target = args[3];
  ctx.reply.ok();
}

// ON or OFF; answers a syntax error otherwise.
std::optional<bool> read_switch(Context& ctx, std::string_view text) {
  if (base::equal_ignoring_case(text, "on")) return true;
  if (base::equal_ignoring_case(text, "off")) return false;
  ctx.reply.error(errors::kSyntax);
  return std::nullopt;
}

void no_evict(Context& ctx, Args args) {
  const auto on = read_switch(ctx, args[2]);
  if (!on) return;
  auto& call = call_of(ctx);
  call.client.no_evict = *on;
  call.server.client_memory().update(call.connection);
  ctx.reply.ok();
}

void no_touch(Context& ctx, Args args) {
  const auto on = read_switch(ctx, args[2]);
  if (!on) return;
  call_of(ctx).client.no_touch = *on;
  ctx.touch = *on ? keyspace::Touch::no : keyspace::Touch::yes;
  ctx.reply.ok();
}

void reply(Context& ctx, Args args) {
  auto& client = call_of(ctx).client;
  if (base::equal_ignoring_case(args[2], "on")) {
    client.reply_mode = ReplyMode::on;
    ctx.reply.ok();
  } else if (base::equal_ignoring_case(args[2], "off")) {
    client.reply_mode = ReplyMode::off;
  } else if (base::equal_ignoring_case(args[2], "skip")) {
    if (client.reply_mode != ReplyMode::off) client.reply_mode = ReplyMode::skip_next;
  } else {
    ctx.reply.error(errors::kSyntax);
  }
}

void pause(Context& ctx, Args args) {
  auto scope = server::Pause::Scope::all;
  if (args.size() == 4) {
    if (base::equal_ignoring_case(args[3], "write")) {
      scope = server::Pause::Scope::writes;
    } else if (!base::equal_ignoring_case(args[3], "all")) {
      ctx.reply.error("ERR CLIENT PAUSE mode must be WRITE or ALL");
      return;
    }
  } else if (args.size() > 4) {
    ctx.reply.error(errors::kSyntax);
    return;
  }
  const auto timeout_ms = base::parse_i64(args[2]);
  std::int64_t until = 0;
  if (!timeout_ms || (*timeout_ms >= 0 && __builtin_add_overflow(ctx.now(), *timeout_ms, &until))) {
    ctx.reply.error("ERR timeout is not an integer or out of range");
    return;
  }
  if (*timeout_ms < 0) {
    ctx.reply.error("ERR timeout is negative");
    return;
  }
  call_of(ctx).server.begin_pause(scope, until);
  ctx.reply.ok();
}

void unpause(Context& ctx, Args) {
  call_of(ctx).server.end_pause();
  ctx.reply.ok();
}

void unblock(Context& ctx, Args args) {
  if (args.size() > 4) {
    ctx.reply.error(errors::kSyntax);
    return;
  }
  if (args.size() == 4 && !base::equal_ignoring_case(args[3], "timeout") &&
      !base::equal_ignoring_case(args[3], "error")) {
    ctx.reply.error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
    return;
  }
  const auto id = base::parse_i64(args[2]);
  if (!id) {
    ctx.reply.error(errors::kNotInteger);
    return;
  }
  using As = server::Blocking::As;
  const auto as =
      args.size() == 4 && base::equal_ignoring_case(args[3], "error") ? As::error : As::timeout;
  auto& server = call_of(ctx).server;
  auto* connection = server.clients().find(static_cast<std::uint64_t>(*id));
  ctx.reply.integer(connection != nullptr && server.blocking().unblock(*connection, as) ? 1 : 0);
}

void capa(Context& ctx, Args args) {
  for (const auto capability : args.subspan(2)) {
    if (base::equal_ignoring_case(capability, "redirect")) call_of(ctx).client.capa_redirect = true;
  }
  ctx.reply.ok();  // unknown ones are for servers to come
}

// Announcements of maintenance are a managed service's; this server has none to send, so that
// agreeing is honest.
void maint_notifications(Context& ctx, Args) { ctx.reply.ok(); }

constexpr auto kPlain = flag::noscript | flag::loading | flag::stale;
constexpr auto kAdmin = kPlain | flag::admin;
constexpr auto kGroup = command::Group::connection;
constexpr std::string_view kListArguments =
    "[TYPE <NORMAL|MASTER|REPLICA|PUBSUB>] [(ID client-id:integer)+] [USER username] [ADDR "
    "ip:port] [LADDR ip:port] "
    "[SKIPME <YES|NO>] [MAXAGE maxage:integer] [FLAGS flags] [NAME name] [IDLE idle:integer] "
    "[LIB-NAME libname] "
    "[LIB-VER libver] [DB db:integer] [IP ip] [CAPA capa]";
constexpr std::string_view kKillArguments =
    "<ip:port|<ID client-id:integer|TYPE <NORMAL|MASTER|SLAVE|REPLICA|PUBSUB>|USER username|ADDR "
    "ip:port|LADDR ip:port|"
    "SKIPME <YES|NO>|MAXAGE maxage:integer|FLAGS flags|NAME name|IDLE idle:integer|LIB-NAME "
    "libname|LIB-VER libver|"
    "DB db:integer|IP ip|CAPA capa>>";

constexpr command::Spec kSubcommands[] = {
    {.name = "caching",
     .arity = 3,
     .group = kGroup,
     .since = "6.0.0",
     .flags = kPlain,
     .complexity = "O(1)",
     .summary = "Says whether the keys of the next command are tracked.",
     .arguments = "<YES|NO>",
     .handler = client_caching},
    {.name = "capa",
     .arity = -3,
     .group = kGroup,
     .since = "8.0.0",
     .flags = kPlain,
     .complexity = "O(1)",
     .summary = "Tells the server what the client can deal with.",
     .arguments = "(capability)+",
     .handler = capa},
    {.name = "getredir",
     .arity = 2,
     .group = kGroup,
     .since = "6.0.0",
     .flags = kPlain,
     .complexity = "O(1)",
     .summary = "Returns the client that invalidations are redirected to.",
     .handler = client_getredir},
    {.name = "getname",
     .arity = 2,
     .group = kGroup,
     .since = "2.6.9",
     .flags = kPlain,
     .complexity = "O(1)",
     .summary = "Returns the name of the connection.",
     .handler = get_name},
    command::help_spec(kGroup, "5.0.0"),
    {.name = "id",
     .arity = 2,
     .group = kGroup,
     .since = "5.0.0",
     .flags = kPlain,
     .complexity = "O(1)",
     .summary = "Returns the connection's number, which no other will get.",
     .handler = id},
    {.name = "info",
     .arity = 2,
     .group = kGroup,
     .since = "6.2.0",
     .flags = kPlain,
     .complexity = "O(1)",
     .summary = "Returns what the server knows of this connection.",
     .tips = "nondeterministic_output",
     .handler = info},
    {.name = "kill",
     .arity = -3,
     .group = kGroup,
     .since = "2.4.0",
     .flags = kAdmin,
     .complexity = "O(N) where N is the number of clients",
     .summary = "Closes the connections that match.",
     .arguments = kKillArguments,
     .handler = kill},
    {.name = "list",
     .arity = -2,
     .group = kGroup,
     .since = "2.4.0",
     .flags = kAdmin,
     .complexity = "O(N) where N is the number of clients",
     .summary = "Lists the connections that match.",
     .arguments = kListArguments,
     .tips = "nondeterministic_output",
     .handler = list},
    {.name = "maint_notifications",
     .arity = -3,
     .group = kGroup,
     .since = "0.1.0",
     .flags = kPlain,
     .complexity = "O(1)",
     .summary = "Accepts the wish to hear of maintenance; there is none to announce.",
     .arguments = "<ON|OFF> [(option)+]",
     .handler = maint_notifications},
    {.name = "no-evict",
     .arity = 3,
     .group = kGroup,
     .since = "7.0.0",
     .flags = kAdmin,
     .complexity = "O(1)",
     .summary = "Keeps the connection from being closed to save memory.",
     .arguments = "<ON|OFF>",
     .handler = no_evict},
    {.name = "no-touch",
     .arity = 3,
     .group = kGroup,
     .since = "7.2.0",
     .flags = kPlain,
     .complexity = "O(1)",
     .summary = "Chooses whether this connection's reads count as use of the keys.",
     .arguments = "<ON|OFF>",
     .handler = no_touch},
    {.name = "pause",
     .arity = -3,
     .group = kGroup,
     .since = "3.0.0",
     .flags = kAdmin,
     .complexity = "O(1)",
     .summary = "Lets commands wait, all or those that write, for some milliseconds.",
     .arguments = "timeout:integer [<WRITE|ALL>]",
     .handler = pause},
    {.name = "reply",
     .arity = 3,
     .group = kGroup,
     .since = "3.2.0",
     .flags = kPlain,
     .complexity = "O(1)",
     .summary = "Chooses whether commands are answered.",
     .arguments = "<ON|OFF|SKIP>",
     .handler = reply},
    {.name = "setinfo",
     .arity = 4,
     .group = kGroup,
     .since = "7.2.0",
     .flags = kPlain,
     .complexity = "O(1)",
     .summary = "Tells which library the client uses.",
     .arguments = "<LIB-NAME libname|LIB-VER libver>",
     .tips = "request_policy:all_nodes response_policy:all_succeeded",
     .handler = set_info},
    {.name = "setname",
     .arity = 3,
     .group = kGroup,
     .since = "2.6.9",
     .flags = kPlain,
     .complexity = "O(1)",
     .summary = "Names the connection.",
     .arguments = "connection-name",
     .tips = "request_policy:all_nodes response_policy:all_succeeded",
     .handler = set_name},
    {.name = "tracking",
     .arity = -3,
     .group = kGroup,
     .since = "6.0.0",
     .flags = kPlain,
     .complexity = "O(1)",
     .summary = "Begins or ends telling the client which of the keys it has read have changed.",
     .arguments = "<ON|OFF> [REDIRECT client-id:integer] [(PREFIX prefix)+] [BCAST] [OPTIN] "
                  "[OPTOUT] [NOLOOP]",
     .handler = client_tracking},
    {.name = "trackinginfo",
     .arity = 2,
     .group = kGroup,
     .since = "6.2.0",
     .flags = kPlain,
     .complexity = "O(1)",
     .summary = "Returns how keys are tracked for this connection.",
     .handler = client_trackinginfo},
    {.name = "unblock",
     .arity = -3,
     .group = kGroup,
     .since = "5.0.0",
     .flags = kAdmin,
     .complexity = "O(1)",
     .summary = "Ends the wait of a connection in a blocking command.",
     .arguments = "client-id:integer [<TIMEOUT|ERROR>]",
     .handler = unblock},
    {.name = "unpause",
     .arity = 2,
     .group = kGroup,
     .since = "6.2.0",
     .flags = kAdmin,
     .complexity = "O(N) where N is the number of waiting clients",
     .summary = "Ends CLIENT PAUSE.",
     .handler = unpause},
};

constexpr command::Spec kSpecs[] = {
    {.name = "client",
     .arity = -2,
     .group = kGroup,
     .since = "2.4.0",
     .complexity = "Depends on subcommand.",
     .summary = "A container for commands about connections.",
     .subcommands = kSubcommands},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

std::span<const command::Spec> client_commands() { return kSpecs; }

}  // namespace larder::control
