// DEBUG: what tests and developers need to look behind the curtain. Only where enable-debug-command
// allows it.

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <csignal>
#include <thread>

#include "base/check.h"
#include "base/glob.h"
#include "base/log.h"
#include "base/numbers.h"
#include "command/arguments.h"
#include "command/context.h"
#include "command/spec_check.h"
#include "control/debug_allocator.h"
#include "control/debug_reload.h"
#include "control/debug_tables.h"
#include "control/digest.h"
#include "control/families.h"
#include "families/encodings.h"
#include "persist/values.h"
#include "server/append_only_log.h"
#include "server/call.h"
#include "server/connection.h"
#include "server/server.h"
#include "settings/rewrite.h"
#include "value/chunked_list.h"

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

void set_disable_deny_scripts(Context& ctx, Args args) {
  call_of(ctx).server.script_executor().set_allows_all(args[2] != "0");
  ctx.reply.ok();
}

void set_active_expire(Context& ctx, Args args) {
  ctx.keyspace.set_active_expire(args[2] != "0");
  ctx.reply.ok();
}

void set_skip_checksum_validation(Context& ctx, Args args) {
  ctx.keyspace.set_skip_checksums(args[2] != "0");
  ctx.reply.ok();
}

// Redis lets its tests say from which size on an item has a node of its own. Larder's lists decide
// by what a chunk wastes, so this only checks the size.
void quicklist_packed_threshold(Context& ctx, Args args) {
  constexpr std::int64_t kBytesMax = std::int64_t{4} << 30;
  const auto bytes = base::parse_memory(args[2]);
  if (!bytes || *bytes < 0 || *bytes >= kBytesMax) {
    ctx.reply.error("ERR argument must be a memory value bigger than 1 and smaller than 4gb");
    return;
  }
  ctx.reply.ok();
}

void pause_cron(Context& ctx, Args args) {
  call_of(ctx).server.pause_housekeeping(args[2] != "0");
  ctx.reply.ok();
}

void delay_log_writes(Context& ctx, Args args) {
  const auto delay_us = base::parse_i64(args[2]);
  if (!delay_us || *delay_us < 0) return ctx.reply.error(errors::kNotInteger);
  call_of(ctx).server.append_only().delay_writes(*delay_us);
  ctx.reply.ok();
}

void reply_buffer(Context& ctx, Args args) {
  auto& server = call_of(ctx).server;
  if (base::equal_ignoring_case(args[2], "resizing")) {
    server.set_buffer_resizing(args[3] != "0");
    return ctx.reply.ok();
  }
  if (!base::equal_ignoring_case(args[2], "peak-reset-time")) {
    return ctx.reply.error(errors::kSyntax);
  }
  const auto idle_ms = base::parse_i64(args[3]);
  if (base::equal_ignoring_case(args[3], "never")) {
    server.set_idle_buffer_ms(INT64_MAX);
  } else if (base::equal_ignoring_case(args[3], "reset")) {
    server.set_idle_buffer_ms(server::limits::kIdleBufferMs);
  } else if (idle_ms) {
    server.set_idle_buffer_ms(*idle_ms);
  } else {
    return ctx.reply.error(errors::kNotInteger);
  }
  ctx.reply.ok();
}

void reply_error(Context& ctx, Args args) { ctx.reply.error(args[2]); }

// Bytes of the value in a snapshot, its type aside.
std::size_t serialized_bytes(Context& ctx, const keyspace::EntryRef& entry) {
  base::ByteBuffer bytes;
  persist::RdbWriter writer(bytes, ctx.settings.rdb_compression);
  persist::write_value(
      writer, *ctx.database, entry,
      {.settings = ctx.settings, .hasher = ctx.keyspace.hasher(), .now = ctx.now()});
  return bytes.size() - 1;
}

// Be it past its deadline, and without removing it then.
keyspace::EntryRef find_even_expired(Context& ctx, std::string_view name) {
  const auto now = ctx.now();
  ctx.keyspace.set_now(0);
  const auto entry = ctx.database->find(ctx.key(name), keyspace::Touch::no);
  ctx.keyspace.set_now(now);
  return entry;
}

// What Redis tells of its quicklists: `ql_compressed` is whether the list compresses at all.
std::string about_list(const Context& ctx, const keyspace::EntryRef& entry) {
  if (entry.type() != keyspace::Type::list || entry.object() == nullptr) return {};
  const auto& list = static_cast<const value::ChunkedList&>(*entry.object());
  if (!list.is_quicklist) return {};
  return fmt::format(
      " ql_nodes:{} ql_avg_node:{:.2f} ql_listpack_max:{} ql_compressed:{} "
      "ql_uncompressed_size:{}",
      list.chunk_count(),
      static_cast<double>(list.element_count()) / static_cast<double>(list.chunk_count()),
      ctx.settings.list_max_listpack_size, list.compresses() ? 1 : 0, list.entry_bytes());
}

void object(Context& ctx, Args args) {
  const auto entry = find_even_expired(ctx, args[2]);
  if (!entry) {
    ctx.reply.error(errors::kNoSuchKey);
    return;
  }
  ctx.reply.simple(fmt::format(
      "Value at:0x0 refcount:1 encoding:{} serializedlength:{} lru:{} lru_seconds_idle:{}{}",
      families::encoding_name(entry), serialized_bytes(ctx, entry),
      (ctx.now() / 1000 - static_cast<std::int64_t>(entry.idle_seconds())) & 0xffffff,
      entry.idle_seconds(), about_list(ctx, entry)));
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

void rewrite_all(Context& ctx, Args) {
  auto& server = call_of(ctx).server;
  const auto& file = server.identity().config_file;
  if (file.empty()) return ctx.reply.error("ERR The server is running without a config file");
  const auto written = settings::rewrite_file(server.settings_table(), file, true);
  written ? ctx.reply.ok()
          : ctx.reply.error(fmt::format("ERR Rewriting config file: {}", written.error()));
}

void stringmatch_length(Context& ctx, Args args) {
  const auto length = base::parse_i64(args[2]);
  if (!length || *length < 0 || *length > 1'000'000) return ctx.reply.error(errors::kNotInteger);
  const std::string text(static_cast<std::size_t>(*length), 'a');
  ctx.reply.integer(base::glob_matches(args[3], text) ? 1 : 0);
}

// SHA-1: equal for equal data on any server of ours, and of a fixed size.
void reply_digest(resp::Writer& reply, const Digest& digest, bool as_status) {
  std::string text;
  for (const auto byte : digest.bytes()) {
    text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  as_status ? reply.simple(text) : reply.bulk(text);
}

// The order in which keys are met does not matter.
void digest(Context& ctx, Args) {
  Digest all;
  for (int i = 0; i < ctx.keyspace.database_count(); ++i) {
    ctx.keyspace.database(i).for_each(
        [&](keyspace::EntryRef entry) { all ^= digest_of_key(i, entry, ctx.now()); });
  }
  reply_digest(ctx.reply, all, true);
}

void digest_value(Context& ctx, Args args) {
  ctx.reply.array(args.size() - 2);
  for (const auto name : args.subspan(2)) {
    const auto entry = ctx.database->find(ctx.key(name), keyspace::Touch::no);
    reply_digest(ctx.reply, entry ? digest_of_value(entry, ctx.now()) : Digest(), false);
  }
}

void recount(Context& ctx, Args) {
  const auto counted = ctx.keyspace.recount_parts();
  for (const auto& size : counted) {
    const auto& part =
        ctx.keyspace.parts()->all()[static_cast<std::size_t>(&size - counted.data())];
    if (size == part.size) continue;
    return ctx.reply.error(
        fmt::format("ERR quota {} has {} keys, {} with a deadline, {} bytes, and says {}, {}, {}",
                    part.rules.name, size.keys, size.with_deadline, size.entry_bytes,
                    part.size.keys, part.size.with_deadline, part.size.entry_bytes));
  }
  ctx.reply.ok();
}

void panic(Context&, Args) { CHECK(false, "Guru Meditation: DEBUG PANIC"); }

[[noreturn]] void segfault(Context&, Args) {
  ::raise(SIGSEGV);
  std::abort();
}

void assert_failure(Context&, Args) { CHECK(false, "DEBUG ASSERT"); }

struct Subcommand {
  std::string_view name;
  std::size_t arguments_min;  // behind the subcommand's name
  std::size_t arguments_max;
  command::Handler handler;
  std::string_view arguments;
  std::string_view summary;
};

void help(Context& ctx, Args args);

constexpr Subcommand kSubcommands[] = {
    {"aof-flush-sleep", 1, 1, delay_log_writes, "microseconds",
     "Has each write to the append-only log take so long."},
    {"assert", 0, 0, assert_failure, "", "Crashes the server as a failed check does."},
    {"change-repl-id", 0, 0, change_replication_id, "", "Changes the replication id."},
    {"config-rewrite-force-all", 0, 0, rewrite_all, "",
     "Like CONFIG REWRITE, but writes every setting."},
    {"digest", 0, 0, digest, "", "Returns a digest of all keys, values and deadlines."},
    {"digest-value", 1, SIZE_MAX, digest_value, "key [key ...]",
     "Returns a digest of the value of each key."},
    {"error", 1, 1, reply_error, "text", "Answers the text as an error."},
    {"help", 0, 0, help, "", "Returns this text."},
    {"htstats", 1, 2, debug_table_of_database, "database [FULL]",
     "Shows how the keys of a database lie in its table."},
    {"htstats-key", 1, 2, debug_table_of_key, "key [FULL]",
     "Shows how the elements of a large hash or set lie in its table."},
    {"loadaof", 0, 0, debug_load_log, "", "Loads the append-only log again."},
    {"log", 1, 1, log_message, "message", "Writes the message to the log."},
#if defined(LARDER_JEMALLOC)
    {"mallctl", 1, 2, debug_mallctl, "name [value]", "Reads or sets a number of the allocator's."},
    {"mallctl-str", 1, 2, debug_mallctl_text, "name [value]",
     "Reads or sets a text of the allocator's; VOID has it act."},
#endif
    {"object", 1, 2, object, "key", "Shows how a key's value is kept."},
    {"panic", 0, 0, panic, "", "Crashes the server as what should never be does."},
    {"pause-cron", 1, 1, pause_cron, "<0|1>", "Stops or continues the periodic housekeeping."},
    {"populate", 1, 3, populate, "count [prefix [size]]",
     "Creates string keys named prefix:number; those that exist stay."},
    {"protocol", 1, 1, protocol, "type", "Answers a value of that protocol type."},
    {"quicklist-packed-threshold", 1, 1, quicklist_packed_threshold, "size",
     "Accepted: items of lists have chunks of their own from a size on that is fixed."},
    {"recount", 0, 0, recount, "", "Compares the sizes of all quotas with their keys."},
    {"reload", 0, 3, debug_reload, "[MERGE] [NOFLUSH] [NOSAVE]",
     "Writes a snapshot and loads it again."},
    {"replybuffer", 2, 2, reply_buffer,
     "RESIZING <0|1> | PEAK-RESET-TIME <milliseconds|NEVER|RESET>",
     "Stops or continues to make idle clients' buffers smaller; says after how long."},
    {"segfault", 0, 0, segfault, "", "Crashes the server with a bad memory access."},
    {"set-active-expire", 1, 1, set_active_expire, "<0|1>",
     "Stops or continues the sweep for expired keys."},
    {"set-disable-deny-scripts", 1, 1, set_disable_deny_scripts, "<0|1>",
     "Lets scripts call commands that they may not, or no longer."},
    {"set-skip-checksum-validation", 1, 1, set_skip_checksum_validation, "<0|1>",
     "Stops or continues to verify the checksums of DUMP payloads."},
    {"sleep", 1, 1, sleep, "seconds", "Stops the server for that long."},
    {"stringmatch-len", 2, 2, stringmatch_length, "length pattern",
     "Matches a pattern against a text of that many letters a."},
};

void help(Context& ctx, Args) {
  ctx.reply.array(1 + 2 * std::size(kSubcommands));
  ctx.reply.simple("DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  for (const auto& subcommand : kSubcommands) {
    ctx.reply.simple(fmt::format("{}{}{}", base::to_upper(subcommand.name),
                                 subcommand.arguments.empty() ? "" : " ", subcommand.arguments));
    ctx.reply.simple(fmt::format("    {}", subcommand.summary));
  }
}

// One command for clients and statistics, as in Redis: its subcommands are no interface.
void debug(Context& ctx, Args args) {
  const auto given = args.size() - 2;
  for (const auto& subcommand : kSubcommands) {
    if (!base::equal_ignoring_case(subcommand.name, args[1])) continue;
    if (given < subcommand.arguments_min || given > subcommand.arguments_max) break;
    return subcommand.handler(ctx, args);
  }
  ctx.reply.error(fmt::format(
      "ERR unknown subcommand or wrong number of arguments for '{}'. Try DEBUG HELP.", args[1]));
}

constexpr command::Spec kSpecs[] = {
    {.name = "debug",
     .arity = -2,
     .group = command::Group::server,
     .since = "1.0.0",
     .flags = flag::admin | flag::noscript | flag::loading | flag::stale | flag::restricted,
     .complexity = "Depends on subcommand.",
     .summary = "A container for debugging commands.",
     .arguments = "subcommand [(argument)+]",
     .handler = debug},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

std::span<const command::Spec> debug_commands() { return kSpecs; }

}  // namespace larder::control
