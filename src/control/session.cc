// What a client says about itself: who it is, which protocol it speaks, which database it works on.

#include <fmt/format.h>

#include "command/arguments.h"
#include "command/context.h"
#include "command/spec_check.h"
#include "control/families.h"
#include "control/passwords.h"
#include "larder/version.h"
#include "server/call.h"
#include "server/connection.h"
#include "server/server.h"

namespace larder::control {
namespace {

using command::Args;
using command::Context;
using server::call_of;
namespace errors = command::errors;
namespace flag = command::flag;

constexpr std::string_view kWrongPassword =
    "WRONGPASS invalid username-password pair or user is disabled.";

void ping(Context& ctx, Args args) {
  if (args.size() > 2) {
    ctx.reply.error("ERR wrong number of arguments for 'ping' command");
  } else if (const auto& client = call_of(ctx).client;
             client.is_subscribed() && client.protocol == resp::Protocol::resp2) {
    ctx.reply.array(2);
    ctx.reply.bulk("pong");
    ctx.reply.bulk(args.size() == 2 ? args[1] : std::string_view());
  } else if (args.size() == 2) {
    ctx.reply.bulk(args[1]);
  } else {
    ctx.reply.simple("PONG");
  }
}

void echo(Context& ctx, Args args) { ctx.reply.bulk(args[1]); }

void quit(Context& ctx, Args) {
  ctx.reply.ok();
  call_of(ctx).connection.close_after_replies();
}

void select(Context& ctx, Args args) {
  const auto index = base::parse_i64(args[1]);
  if (!index || *index < INT32_MIN || *index > INT32_MAX) {
    ctx.reply.error(index ? errors::kNotInt32 : errors::kNotInteger);
    return;
  }
  if (*index < 0 || *index >= ctx.keyspace.database_count()) {
    ctx.reply.error(errors::kDbIndexOutOfRange);
    return;
  }
  auto& call = call_of(ctx);
  call.client.database = static_cast<int>(*index);
  call.database = &ctx.keyspace.database(call.client.database);
  ctx.reply.ok();
}

void reset(Context& ctx, Args) {
  auto& call = call_of(ctx);
  call.server.pubsub().forget(call.connection);
  call.server.tracking().stop(call.connection);
  call.server.listen_to_changes();
  call.server.observation().remove_monitor(call.connection);
  server::forget_watches(call.server, call.client);
  call.client.reset_session(!call.server.needs_password());
  call.database = &ctx.keyspace.database(0);
  call.touch = keyspace::Touch::yes;
  ctx.reply.set_protocol(resp::Protocol::resp2);
  ctx.reply.simple("RESET");
}

// Answers the error where the pair is wrong.
bool authenticate(server::Call& call, std::string_view user, std::string_view password) {
  if (user == "default" && password_matches(call.settings.requirepass, password)) {
    call.client.authenticated = true;
    return true;
  }
  ++call.server.statistics().auth_denied;
  call.reply.error(kWrongPassword);
  return false;
}

void auth(Context& ctx, Args args) {
  auto& call = call_of(ctx);
  if (args.size() > 3) {
    ctx.reply.error(errors::kSyntax);
    return;
  }
  if (args.size() == 2 && !call.server.needs_password()) {
    ctx.reply.error(
        "ERR AUTH <password> called without any password configured for the default user. Are you "
        "sure your "
        "configuration is correct?");
    return;
  }
  const auto user = args.size() == 3 ? args[1] : std::string_view("default");
  if (authenticate(call, user, args.back())) ctx.reply.ok();
}

struct HelloOptions {
  std::optional<std::int64_t> version;
  std::optional<std::pair<std::string_view, std::string_view>> credentials;
  std::optional<std::string_view> name;
};

// Answers the error and returns nothing where the arguments are wrong.
std::optional<HelloOptions> read_hello(Context& ctx, Args args) {
  HelloOptions options;
  if (args.size() == 1) return options;
  options.version = base::parse_i64(args[1]);
  if (!options.version) {
    ctx.reply.error("ERR Protocol version is not an integer or out of range");
    return std::nullopt;
  }
  if (*options.version != 2 && *options.version != 3) {
    ctx.reply.error("NOPROTO unsupported protocol version");
    return std::nullopt;
  }
  command::ArgReader reader(args, 2);
  while (reader.has_more()) {
    const auto option = args[reader.position()];
    if (reader.remaining() > 2 && reader.take("auth")) {
      const auto user = reader.next();
      options.credentials = {user, reader.next()};
    } else if (reader.remaining() > 1 && reader.take("setname")) {
      options.name = reader.next();
    } else {
      ctx.reply.error(fmt::format("ERR Syntax error in HELLO option '{}'", option));
      return std::nullopt;
    }
  }
  return options;
}

void reply_identity(server::Call& call) {
  auto& reply = call.reply;
  const auto& zone = call.server.settings().availability_zone;
  reply.map(zone.empty() ? 7 : 8);
  reply.bulk("server");
  reply.bulk("redis");
  reply.bulk("version");
  reply.bulk(kRedisVersion);
  reply.bulk("proto");
  reply.integer(static_cast<int>(call.client.protocol));
  reply.bulk("id");
  reply.integer(static_cast<std::int64_t>(call.client.id));
  reply.bulk("mode");
  reply.bulk("standalone");
  reply.bulk("role");
  reply.bulk("master");
  reply.bulk("modules");
  reply.array(0);
  if (zone.empty()) return;
  reply.bulk("availability_zone");
  reply.bulk(zone);
}

void hello(Context& ctx, Args args) {
  auto& call = call_of(ctx);
  const auto options = read_hello(ctx, args);
  if (!options) return;
  if (options->credentials &&
      !authenticate(call, options->credentials->first, options->credentials->second)) {
    return;
  }
  if (!call.client.authenticated) {
    ctx.reply.error(
        "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO "
        "<proto> AUTH <user> "
        "<pass> option can be used to authenticate the client and select the RESP protocol version "
        "at the same time");
    return;
  }
  if (options->name) {
    if (!is_printable_name(*options->name)) {
      ctx.reply.error("ERR Client names cannot contain spaces, newlines or special characters.");
      return;
    }
    call.client.name = *options->name;
  }
  if (options->version) {
    call.client.protocol = static_cast<resp::Protocol>(*options->version);
    ctx.reply.set_protocol(call.client.protocol);
  }
  reply_identity(call);
}

bool is_password(Args, std::size_t index) { return index != 0; }

bool is_hello_secret(Args args, std::size_t index) {
  for (std::size_t i = 2; i < index; ++i) {
    if (base::equal_ignoring_case(args[i], "auth")) return index - i <= 2;
    if (base::equal_ignoring_case(args[i], "setname")) ++i;
  }
  return false;
}

constexpr auto kAnytime = flag::loading | flag::stale | flag::fast;
constexpr auto kBeforeAuth = kAnytime | flag::noscript | flag::no_auth | flag::allow_busy;

constexpr command::Spec kSpecs[] = {
    {.name = "auth",
     .arity = -2,
     .group = command::Group::connection,
     .since = "1.0.0",
     .flags = kBeforeAuth,
     .complexity = "O(1)",
     .summary = "Proves with a password who the client is.",
     .arguments = "[username] password",
     .is_secret = is_password,
     .handler = auth},
    {.name = "echo",
     .arity = 2,
     .group = command::Group::connection,
     .since = "1.0.0",
     .flags = kAnytime,
     .complexity = "O(1)",
     .summary = "Returns the given message.",
     .arguments = "message",
     .handler = echo},
    {.name = "hello",
     .arity = -1,
     .group = command::Group::connection,
     .since = "6.0.0",
     .flags = kBeforeAuth,
     .complexity = "O(1)",
     .summary = "Opens a conversation: chooses the protocol, and tells who the server is.",
     .arguments = "[protover:integer [AUTH username password] [SETNAME clientname]]",
     .is_secret = is_hello_secret,
     .handler = hello},
    {.name = "ping",
     .arity = -1,
     .group = command::Group::connection,
     .since = "1.0.0",
     .flags = flag::fast | flag::while_subscribed | flag::needs_saving,
     .complexity = "O(1)",
     .summary = "Answers PONG, or the message where one is given.",
     .arguments = "[message]",
     .tips = "request_policy:all_shards response_policy:all_succeeded",
     .handler = ping},
    {.name = "quit",
     .arity = -1,
     .group = command::Group::connection,
     .since = "1.0.0",
     .flags = kBeforeAuth | flag::immediate | flag::while_subscribed,
     .complexity = "O(1)",
     .summary = "Closes the connection after all replies are sent.",
     .deprecated_since = "7.2.0",
     .replaced_by = "just closing the connection",
     .handler = quit},
    {.name = "reset",
     .arity = 1,
     .group = command::Group::connection,
     .since = "6.2.0",
     .flags = kBeforeAuth | flag::immediate | flag::while_subscribed,
     .complexity = "O(1)",
     .summary = "Puts the connection back to how it was when it was new.",
     .handler = reset},
    {.name = "select",
     .arity = 2,
     .group = command::Group::connection,
     .since = "1.0.0",
     .flags = kAnytime,
     .complexity = "O(1)",
     .summary = "Chooses the database that later commands work on.",
     .arguments = "index:integer",
     .handler = select},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

std::span<const command::Spec> session_commands() { return kSpecs; }

}  // namespace larder::control
