// DUMP and RESTORE: a value of any type as bytes that other servers read, and back.
#include <optional>

#include "base/log.h"
#include "command/arguments.h"
#include "command/spec_check.h"
#include "families/deadlines.h"
#include "families/families.h"
#include "families/journal_forms.h"
#include "persist/payload.h"

namespace larder::families {
namespace {

using command::ArgReader;
using command::Args;
using command::Context;
using command::Event;
using command::Group;
using command::Spec;
namespace category = command::category;
namespace errors = command::errors;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

persist::ValueContext value_context(const Context& ctx) {
  return {.settings = ctx.settings, .hasher = ctx.keyspace.hasher(), .now = ctx.now()};
}

void dump(Context& ctx, Args args) {
  const auto entry = ctx.find_for_read(ctx.key(args[1]));
  if (!entry) return ctx.reply.null();
  base::ByteBuffer payload;
  persist::write_payload(payload, *ctx.database, entry, value_context(ctx));
  ctx.reply.bulk(payload.view());
}

struct RestoreOptions {
  bool replaces = false;
  bool is_absolute = false;  // the TTL is a time
  std::optional<std::uint64_t> idle_seconds;
  std::optional<std::uint8_t> frequency;
};

std::optional<RestoreOptions> read_options(Context& ctx, Args args) {
  RestoreOptions options;
  ArgReader reader(args, 4);
  while (reader.has_more()) {
    if (reader.take("replace")) {
      options.replaces = true;
    } else if (reader.take("absttl")) {
      options.is_absolute = true;
    } else if (reader.remaining() > 1 && !options.frequency && reader.take("idletime")) {
      const auto seconds = reader.integer();
      if (seconds < 0) reader.fail("ERR Invalid IDLETIME value, must be >= 0");
      options.idle_seconds = static_cast<std::uint64_t>(seconds);
    } else if (reader.remaining() > 1 && !options.idle_seconds && reader.take("freq")) {
      const auto frequency = reader.integer();
      if (frequency < 0 || frequency > UINT8_MAX) {
        reader.fail("ERR Invalid FREQ value, must be >= 0 and <= 255");
      }
      options.frequency = static_cast<std::uint8_t>(frequency);
    } else {
      reader.fail(errors::kSyntax);
    }
  }
  if (reader.ok()) return options;
  ctx.reply.error(reader.error());
  return std::nullopt;
}

// When the key is to expire; kNever where the TTL is 0.
std::optional<Deadline> read_deadline(Context& ctx, std::string_view text, bool is_absolute) {
  constexpr std::string_view kInvalid = "ERR Invalid TTL value, must be >= 0";
  const auto ttl = base::parse_i64(text);
  if (!ttl) {
    ctx.reply.error(errors::kNotInteger);
    return std::nullopt;
  }
  if (*ttl == 0) return deadline_for_new_key(ctx);
  if (*ttl < 0 || (!is_absolute && *ttl > kNever - 1 - ctx.wall_ms())) {
    ctx.reply.error(kInvalid);
    return std::nullopt;
  }
  return is_absolute ? deadline_at(ctx, *ttl) : deadline_after(ctx, *ttl);
}

// Reads the value of `payload`; answers and returns false where it is none.
bool read_value(Context& ctx, std::string_view payload, persist::LoadedValue& value) {
  const persist::FooterChecks checks = {
      .version = ctx.settings.rdb_version_check == settings::RdbVersionCheck::strict,
      .checksum = !ctx.keyspace.skips_checksums()};
  if (!persist::has_valid_footer(payload, checks)) {
    ctx.reply.error("ERR DUMP payload version or checksum are wrong");
    return false;
  }
  const auto failure = persist::read_payload(payload, value_context(ctx), value);
  if (failure.empty()) return true;
  log::warning("RESTORE was refused a payload of {} bytes: {}", payload.size(), failure);
  ctx.reply.error("ERR Bad data format");
  return false;
}

// As it was sent, unless the deadline has to be told.
void journal_restored(Context& ctx, Args args, const RestoreOptions& options, Deadline deadline) {
  const auto ttl = base::parse_i64(args[2]);
  if (*ttl == 0 || (options.is_absolute && *ttl == deadline)) return;
  options.replaces ? ctx.journal("RESTORE", args[1], deadline, args[3], "REPLACE", "ABSTTL")
                   : ctx.journal("RESTORE", args[1], deadline, args[3], "ABSTTL");
}

void restore(Context& ctx, Args args) {
  const auto options = read_options(ctx, args);
  if (!options) return;
  const auto key = ctx.key(args[1]);
  if (!options->replaces && ctx.find_for_write(key)) {
    return ctx.reply.error("BUSYKEY Target key name already exists.");
  }
  const auto deadline = read_deadline(ctx, args[2], options->is_absolute);
  if (!deadline) return;
  persist::LoadedValue value;
  if (!read_value(ctx, args[3], value)) return;

  if (*deadline <= ctx.now()) {  // it would be gone at once
    if (ctx.database->erase(key)) {
      ctx.changed(Event::generic, "del", key.name);
      journal_removal(ctx, key.name);
    }
    return ctx.reply.ok();
  }
  auto entry = std::move(value).put(*ctx.database, key, *deadline);
  if (options->idle_seconds) ctx.database->set_idle_seconds(entry, *options->idle_seconds);
  if (options->frequency) ctx.database->set_frequency(entry, *options->frequency);
  ctx.changed(Event::generic, "restore", key.name);
  journal_restored(ctx, args, *options, *deadline);
  ctx.reply.ok();
}

constexpr Spec restore_spec(std::string_view name, Group group, std::string_view since,
                            command::Flags more_flags, std::string_view summary) {
  return {.name = name,
          .arity = -4,
          .group = group,
          .since = since,
          .flags = flag::write | flag::denyoom | more_flags,
          .categories = category::keyspace | category::dangerous,
          .keys = keys::at(1, key_flag::ow | key_flag::update),
          .complexity = "O(N) where N is the size of the value, O(N log N) for sorted sets.",
          .summary = summary,
          .arguments =
              "key ttl:integer serialized-value [REPLACE] [ABSTTL] "
              "[IDLETIME seconds:integer] [FREQ frequency:integer]",
          .handler = restore};
}

constexpr Spec kSpecs[] = {
    {.name = "dump",
     .arity = 2,
     .group = Group::generic,
     .since = "2.6.0",
     .flags = flag::readonly,
     .categories = category::keyspace,
     .keys = keys::at(1, key_flag::ro | key_flag::access),
     .complexity = "O(N) where N is the size of the value.",
     .summary = "Answers with a key's value as bytes that RESTORE takes, here or elsewhere.",
     .arguments = "key",
     .tips = "nondeterministic_output",
     .handler = dump},
    restore_spec("restore", Group::generic, "2.6.0", 0,
                 "Makes a key from the bytes that DUMP answered with."),
    restore_spec("restore-asking", Group::server, "3.0.0", flag::asking,
                 "RESTORE as servers of a cluster send it to each other."),
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs keys_dump() noexcept { return kSpecs; }

}  // namespace larder::families
