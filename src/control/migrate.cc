// MIGRATE: moves keys to another server, as DUMP payloads that it restores. The server stands still
// meanwhile, though never longer than the timeout: so nobody sees a key in neither or both places.
#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "base/byte_buffer.h"
#include "base/function_ref.h"
#include "command/arguments.h"
#include "command/context.h"
#include "command/spec_check.h"
#include "control/families.h"
#include "persist/payload.h"
#include "resp/command_text.h"
#include "server/call.h"
#include "server/peer_link.h"
#include "server/server.h"

namespace larder::control {
namespace {

using command::ArgReader;
using command::Args;
using command::Context;
using command::Event;
using command::Group;
using command::Spec;
namespace errors = command::errors;
namespace flag = command::flag;
namespace key_flag = command::key_flag;

struct Options {
  bool copies = false;
  bool replaces = false;
  std::string_view username;
  std::string_view password;  // not asked for where it is empty
  Args keys;
  std::int64_t database = 0;
  std::int64_t timeout_ms = 0;
};

std::optional<Options> read_options(Context& ctx, Args args) {
  Options options;
  options.keys = args.subspan(3, 1);
  ArgReader reader(args, 6);
  while (reader.has_more()) {
    if (reader.take("copy")) {
      options.copies = true;
    } else if (reader.take("replace")) {
      options.replaces = true;
    } else if (reader.take("auth")) {
      options.password = reader.next();
    } else if (reader.take("auth2")) {
      options.username = reader.next();
      options.password = reader.next();
    } else if (reader.take("keys")) {
      if (!args[3].empty()) {
        reader.fail(
            "ERR When using MIGRATE KEYS option, the key argument must be set to the empty "
            "string");
      }
      options.keys = args.subspan(reader.position());
      break;
    } else {
      reader.fail(errors::kSyntax);
    }
  }
  ArgReader numbers(args, 4);
  options.database = numbers.integer();
  options.timeout_ms = numbers.integer();
  if (options.timeout_ms <= 0) options.timeout_ms = 1'000;
  if (reader.ok() && numbers.ok()) return options;
  ctx.reply.error(reader.ok() ? numbers.error() : reader.error());
  return std::nullopt;
}

// --- what is sent

void append_request(base::ByteBuffer& out, std::initializer_list<std::string_view> words) {
  resp::append_command(out, {words.begin(), words.size()});
}

void append_restore(Context& ctx, base::ByteBuffer& out, std::string_view name,
                    const keyspace::EntryRef& entry, bool replaces) {
  base::ByteBuffer payload;
  persist::write_payload(
      payload, *ctx.database, entry,
      {.settings = ctx.settings, .hasher = ctx.keyspace.hasher(), .now = ctx.now()});
  const auto ttl_ms =
      entry.has_deadline() ? std::max<std::int64_t>(entry.deadline() - ctx.now(), 1) : 0;
  const auto ttl = std::to_string(ttl_ms);
  if (replaces) {
    append_request(out, {"RESTORE", name, ttl, payload.view(), "REPLACE"});
  } else {
    append_request(out, {"RESTORE", name, ttl, payload.view()});
  }
}

// All requests; returns how many precede those of the keys.
std::size_t append_requests(Context& ctx, base::ByteBuffer& out, const Options& options,
                            const std::vector<std::string_view>& names) {
  std::size_t preceding = 1;
  if (!options.password.empty()) {
    ++preceding;
    if (options.username.empty()) {
      append_request(out, {"AUTH", options.password});
    } else {
      append_request(out, {"AUTH", options.username, options.password});
    }
  }
  append_request(out, {"SELECT", std::to_string(options.database)});
  for (const auto name : names) {
    const auto entry = ctx.database->find(ctx.key(name), keyspace::Touch::no);
    append_restore(ctx, out, name, entry, options.replaces);
  }
  return preceding;
}

// --- what comes back

enum class Outcome {
  done,
  refused,
  not_connected,
  not_written,
  not_answered,  // at all
  broken         // answered in part
};

// Takes the replies, removing each key that the target has confirmed. `complaint` is the target's
// first error.
Outcome take_replies(Context& ctx, server::PeerLink& link, const Options& options,
                     const std::vector<std::string_view>& names, std::size_t preceding,
                     std::string& complaint) {
  bool may_move = true;  // nothing is where it should be, unless the target let us in
  std::string line;
  for (std::size_t i = 0; i < preceding; ++i) {
    if (!link.read_line(line)) return i == 0 ? Outcome::not_answered : Outcome::broken;
    if (!line.starts_with('-')) continue;
    may_move = false;
    if (complaint.empty()) complaint = line.substr(1);
  }
  for (const auto name : names) {
    if (!link.read_line(line)) return Outcome::broken;
    if (line.starts_with('-')) {
      if (complaint.empty()) complaint = line.substr(1);
    } else if (may_move && !options.copies && ctx.database->erase(ctx.key(name))) {
      ctx.changed(Event::generic, "del", name);
      ctx.journal("DEL", name);
    }
  }
  return complaint.empty() ? Outcome::done : Outcome::refused;
}

// Asks the target that `args` name, on a connection that was kept or else on a new one: on that,
// too, where the target turns out to have closed the other before it was asked anything.
Outcome with_link(Context& ctx, Args args, std::int64_t timeout_ms,
                  base::FunctionRef<Outcome(server::PeerLink&)> ask) {
  auto& links = server::call_of(ctx).server.peer_links();
  server::PeerLink link;
  const bool was_kept = links.take(args[1], args[2], link);
  link.begin(timeout_ms);
  auto outcome = was_kept ? ask(link) : Outcome::not_connected;
  const bool is_dead = outcome == Outcome::not_written || outcome == Outcome::not_answered;
  if (!was_kept || (is_dead && !link.is_out_of_time())) {
    outcome = link.connect(std::string(args[1]), std::string(args[2])) ? ask(link)
                                                                       : Outcome::not_connected;
  }
  if (outcome == Outcome::done || outcome == Outcome::refused) {
    links.keep(args[1], args[2], std::move(link), ctx.now());
  }
  return outcome;
}

void migrate(Context& ctx, Args args) {
  const auto options = read_options(ctx, args);
  if (!options) return;
  std::vector<std::string_view> names;
  for (const auto name : options->keys) {
    if (ctx.find_for_read(ctx.key(name))) names.push_back(name);
  }
  if (names.empty()) return ctx.reply.simple("NOKEY");

  base::ByteBuffer requests;
  const auto preceding = append_requests(ctx, requests, *options, names);
  std::string complaint;
  const auto outcome = with_link(ctx, args, options->timeout_ms, [&](server::PeerLink& link) {
    if (!link.write(requests.view())) return Outcome::not_written;
    return take_replies(ctx, link, *options, names, preceding, complaint);
  });
  switch (outcome) {
    case Outcome::done:
      return ctx.reply.ok();
    case Outcome::refused:
      return ctx.reply.error("ERR Target instance replied with error: " + complaint);
    case Outcome::not_connected:
      return ctx.reply.error("IOERR error or timeout connecting to the client");
    case Outcome::not_written:
      return ctx.reply.error("IOERR error or timeout writing to target instance");
    case Outcome::not_answered:
    case Outcome::broken:
      return ctx.reply.error("IOERR error or timeout reading from target instance");
  }
}

constexpr command::KeySpecs migrated_keys() {
  constexpr auto kFlags = key_flag::rw | key_flag::access | key_flag::remove;
  return command::keys::of(
      command::keys::range_spec(3, 0, 1, kFlags),
      command::KeySpec{.flags = static_cast<command::KeyFlags>(kFlags | key_flag::incomplete),
                       .begin = command::KeySpec::Begin::keyword,
                       .index = -2,
                       .keyword = "KEYS",
                       .last = -1,
                       .step = 1});
}

bool is_password(Args args, std::size_t index) {
  for (std::size_t i = 6; i < index; ++i) {
    if (base::equal_ignoring_case(args[i], "keys")) return false;
    if (base::equal_ignoring_case(args[i], "auth")) return index == i + 1;
    if (base::equal_ignoring_case(args[i], "auth2")) return index <= i + 2;
  }
  return false;
}

constexpr Spec kSpecs[] = {
    {.name = "migrate",
     .arity = -6,
     .group = Group::generic,
     .since = "2.6.0",
     .flags = flag::write | flag::movablekeys,
     .categories = command::category::keyspace | command::category::dangerous,
     .keys = migrated_keys(),
     .complexity = "O(N) where N is the size of the values; DUMP here and RESTORE there.",
     .summary = "Moves keys to another server, or copies them.",
     .arguments =
         "host port:integer <key|> destination-db:integer timeout:integer [COPY] [REPLACE] "
         "[<AUTH password|AUTH2 username password>] [(KEYS key)+]",
     .tips = "nondeterministic_output",
     .is_secret = is_password,
     .handler = migrate},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

std::span<const Spec> migrate_commands() { return kSpecs; }

}  // namespace larder::control
