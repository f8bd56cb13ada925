// DEBUG: what tests and developers need to look behind the curtain. Only where enable-debug-command
// allows it.

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "base/check.h"
#include "base/log.h"
#include "base/numbers.h"
#include "command/arguments.h"
#include "command/help.h"
#include "control/families.h"
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

void sleep(Context& ctx, Args args) {
  const auto seconds = base::parse_double(args[2]);
  if (!seconds || *seconds < 0 || *seconds > 3600) {
    ctx.reply.error(errors::kNotFloat);
    return;
  }
  std::this_thread::sleep_for(std::chrono::duration<double>(*seconds));
  ctx.reply.ok();
}

void log_message(Context& ctx, Args args) {
  log::warning("DEBUG LOG: {}", args[2]);
  ctx.reply.ok();
}

void set_active_expire(Context& ctx, Args args) {
  ctx.keyspace.set_active_expire(args[2] != "0");
  ctx.reply.ok();
}

void pause_cron(Context& ctx, Args args) {
  call_of(ctx).server.pause_housekeeping(args[2] != "0");
  ctx.reply.ok();
}

void reply_error(Context& ctx, Args args) { ctx.reply.error(args[2]); }

std::string_view encoding_name(const keyspace::EntryRef& entry) {
  switch (entry.string_encoding()) {
    case keyspace::StringEncoding::integer:
      return "int";
    case keyspace::StringEncoding::embedded:
      return "embstr";
    case keyspace::StringEncoding::raw:
      break;
  }
  return "raw";
}

void object(Context& ctx, Args args) {
  const auto entry = ctx.database->find(ctx.key(args[2]), keyspace::Touch::no);
  if (!entry) {
    ctx.reply.error(errors::kNoSuchKey);
    return;
  }
  ctx.reply.simple(fmt::format(
      "Value at:0x0 refcount:1 encoding:{} serializedlength:{} lru:{} lru_seconds_idle:{}",
      encoding_name(entry), entry.length(), (ctx.now() / 1000) & 0xffffff, entry.idle_seconds()));
}

void populate(Context& ctx, Args args) {
  command::ArgReader reader(args, 2);
  const auto count = reader.integer(errors::kOutOfRange, 0, 1'000'000'000);
  const auto prefix = reader.has_more() ? reader.next() : std::string_view("key");
  const auto size = reader.has_more() ? reader.integer(errors::kOutOfRange, 0, 512LL << 20) : 0;
  if (!reader.ok() || reader.remaining() != 0) {
    ctx.reply.error(reader.ok() ? errors::kSyntax : reader.error());
    return;
  }
  std::string value;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto name = fmt::format("{}:{}", prefix, i);
    const auto key = ctx.keyspace.key(name);
    if (ctx.database->contains(key)) continue;
    value = fmt::format("value:{}", i);
    if (size != 0) value.resize(static_cast<std::size_t>(size), '\0');
    ctx.database->set_string(key, value, keyspace::kNever);
  }
  ctx.reply.ok();
}

// One reply of every kind, for client libraries' tests.
void protocol(Context& ctx, Args args) {
  auto& reply = ctx.reply;
  const auto name = base::to_lower(args[2]);
  if (name == "string") {
    reply.bulk("Hello World");
  } else if (name == "integer") {
    reply.integer(12345);
  } else if (name == "double") {
    reply.number(3.141);
  } else if (name == "null") {
    reply.null();
  } else if (name == "array" || name == "set" || name == "push") {
    if (name == "array") reply.array(3);
    if (name == "set") reply.set(3);
    if (name == "push") reply.push(2);
    if (name == "push") reply.bulk("server-cpu-usage");
    if (name == "push") reply.integer(42);
    for (int i = 0; name != "push" && i < 3; ++i) reply.integer(i);
  } else if (name == "map") {
    reply.map(3);
    for (int i = 0; i < 3; ++i) {
      reply.integer(i);
      reply.boolean(i == 1);
    }
  } else if (name == "attrib") {
    if (reply.is_resp3()) {
      reply.attribute(1);
      reply.bulk("key-popularity");
      reply.array(2);
      reply.bulk("key:123");
      reply.integer(90);
    }
    reply.bulk("Some real reply following the attribute");
  } else if (name == "bignum") {
    reply.big_number("1234567999999999999999999999999999999");
  } else if (name == "true" || name == "false") {
    reply.boolean(name == "true");
  } else if (name == "verbatim") {
    reply.verbatim("txt", "This is a verbatim\nstring");
  } else {
    reply.error(
        "ERR Wrong protocol type name. Please use one of the following: "
        "string|integer|double|null|array|set|map|attrib|push|verbatim|true|false");
  }
}

void change_replication_id(Context& ctx, Args) {
  call_of(ctx).server.renew_replication_id();
  ctx.reply.ok();
}

[[noreturn]] void segfault(Context&, Args) {
  ::raise(SIGSEGV);
  std::abort();
}

void assert_failure(Context&, Args) { CHECK(false, "DEBUG ASSERT"); }

constexpr auto kFlags =
    flag::admin | flag::noscript | flag::loading | flag::stale | flag::restricted;
constexpr auto kGroup = command::Group::server;

constexpr command::Spec debug_spec(std::string_view name, std::int16_t arity,
                                   std::string_view arguments, std::string_view summary,
                                   command::Handler handler) {
  return {.name = name,
          .arity = arity,
          .group = kGroup,
          .since = "1.0.0",
          .flags = kFlags,
          .complexity = "Depends on the arguments.",
          .summary = summary,
          .arguments = arguments,
          .handler = handler};
}

constexpr command::Spec kSubcommands[] = {
    debug_spec("assert", 2, "", "Crashes the server as a failed check does.", assert_failure),
    debug_spec("change-repl-id", 2, "", "Changes the replication id.", change_replication_id),
    debug_spec("error", 3, "text", "Answers the text as an error.", reply_error),
    command::help_spec(kGroup, "6.2.0"),
    debug_spec("log", 3, "message", "Writes the message to the log.", log_message),
    debug_spec("object", -3, "key", "Shows how a key's value is kept.", object),
    debug_spec("pause-cron", 3, "<0|1>", "Stops or continues the periodic housekeeping.",
               pause_cron),
    debug_spec("populate", -3, "count:integer [prefix [size:integer]]",
               "Creates string keys named prefix:number; those that exist stay.", populate),
    debug_spec("protocol", 3, "type", "Answers a value of that protocol type.", protocol),
    debug_spec("segfault", 2, "", "Crashes the server with a bad memory access.", segfault),
    debug_spec("set-active-expire", 3, "<0|1>", "Stops or continues the sweep for expired keys.",
               set_active_expire),
    debug_spec("sleep", 3, "seconds:double", "Stops the server for that long.", sleep),
};

constexpr command::Spec kSpecs[] = {
    {.name = "debug",
     .arity = -2,
     .group = kGroup,
     .since = "1.0.0",
     .flags = kFlags,
     .complexity = "Depends on subcommand.",
     .summary = "A container for debugging commands.",
     .subcommands = kSubcommands},
};

}  // namespace

std::span<const command::Spec> debug_commands() { return kSpecs; }

}  // namespace larder::control
