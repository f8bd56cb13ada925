// Commands that set fields: HSET, HMSET, HSETNX, and HINCRBY and HINCRBYFLOAT for numbers in them;
// HDEL that removes fields.
#include <fmt/format.h>

#include <cmath>

#include "command/spec_check.h"
#include "families/families.h"
#include "families/hashes.h"

namespace larder::families {
namespace {

using command::Args;
using command::Context;
using command::Event;
using command::Group;
using command::Spec;
using keyspace::Type;
namespace category = command::category;
namespace errors = command::errors;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

// The hash of a key, made where there is none; nothing where the key is of another type.
std::optional<keyspace::EntryRef> find_or_create(Context& ctx, const keyspace::Key& key) {
  auto entry = find_typed_for_write(ctx, key, Type::hash);
  if (entry && !*entry) entry = create(ctx, key, Type::hash);
  return entry;
}

// Sets the fields and returns how many are new; nothing where an error was answered.
std::optional<std::size_t> set_fields(Context& ctx, Args args) {
  if (args.size() % 2 != 0) {
    ctx.reply.error(fmt::format("ERR wrong number of arguments for '{}' command", ctx.spec->name));
    return std::nullopt;
  }
  const auto key = ctx.key(args[1]);
  auto entry = find_or_create(ctx, key);
  if (!entry) return std::nullopt;
  const auto added = EditedHash(ctx, *entry).set_all(args.subspan(2));
  ctx.changed(Event::hash, "hset", key.name);
  return added;
}

void hset(Context& ctx, Args args) {
  if (const auto added = set_fields(ctx, args)) {
    ctx.reply.integer(static_cast<std::int64_t>(*added));
  }
}

void hmset(Context& ctx, Args args) {
  if (set_fields(ctx, args)) ctx.reply.ok();
}

void hsetnx(Context& ctx, Args args) {
  const auto key = ctx.key(args[1]);
  auto entry = find_typed_for_write(ctx, key, Type::hash);
  if (!entry) return;
  if (hash_of(ctx, *entry).contains(args[2])) return ctx.reply.integer(0);
  if (!*entry) entry = create(ctx, key, Type::hash);
  EditedHash(ctx, *entry).set(args[2], args[3]);
  ctx.changed(Event::hash, "hset", key.name);
  ctx.reply.integer(1);
}

// The field and its deadline are kept.
void replace(Context& ctx, const keyspace::Key& key, keyspace::EntryRef& entry,
             std::string_view name, std::string_view value, base::UnixMs deadline,
             std::string_view event) {
  if (!entry) entry = create(ctx, key, Type::hash);
  EditedHash(ctx, entry).set(name, value, deadline);
  ctx.changed(Event::hash, event, key.name);
}

void hincrby(Context& ctx, Args args) {
  const auto delta = base::parse_i64(args[3]);
  if (!delta) return ctx.reply.error(errors::kNotInteger);
  const auto key = ctx.key(args[1]);
  auto entry = find_typed_for_write(ctx, key, Type::hash);
  if (!entry) return;
  std::int64_t sum = 0;
  const auto field = hash_of(ctx, *entry).find(args[2]);
  if (field) {
    const auto& value = field->value;
    const auto current =
        value.is_integer ? std::optional(value.integer) : base::parse_i64(value.bytes);
    if (!current) return ctx.reply.error("ERR hash value is not an integer");
    sum = *current;
  }
  if (__builtin_add_overflow(sum, *delta, &sum)) return ctx.reply.error(errors::kOverflow);
  base::IntegerText digits;
  replace(ctx, key, *entry, args[2], base::to_text(sum, digits),
          field ? field->deadline : value::kNoDeadline, "hincrby");
  ctx.reply.integer(sum);
}

void hincrbyfloat(Context& ctx, Args args) {
  const auto delta = base::parse_long_double(args[3]);
  if (!delta) return ctx.reply.error(errors::kNotFloat);
  if (!std::isfinite(*delta)) return ctx.reply.error("ERR value is NaN or Infinity");
  const auto key = ctx.key(args[1]);
  auto entry = find_typed_for_write(ctx, key, Type::hash);
  if (!entry) return;
  long double sum = 0;
  const auto field = hash_of(ctx, *entry).find(args[2]);
  if (field) {
    base::IntegerText digits;
    const auto current = base::parse_long_double(field->value.text(digits));
    if (!current) return ctx.reply.error("ERR hash value is not a float");
    sum = *current;
  }
  sum += *delta;
  if (!std::isfinite(sum)) return ctx.reply.error(errors::kNanOrInfinity);
  const auto text = base::human_long_double(sum);
  replace(ctx, key, *entry, args[2], text, field ? field->deadline : value::kNoDeadline,
          "hincrbyfloat");
  ctx.journal("HSET", key.name, args[2], text);
  if (field && field->deadline != value::kNoDeadline) {
    ctx.journal("HPEXPIREAT", key.name, field->deadline, "FIELDS", 1, args[2]);
  }
  ctx.reply.bulk(text);
}

void hdel(Context& ctx, Args args) {
  const auto key = ctx.key(args[1]);
  auto entry = find_typed_for_write(ctx, key, Type::hash);
  if (!entry) return;
  if (!*entry) return ctx.reply.integer(0);
  std::int64_t removed = 0;
  bool is_empty = false;
  {
    EditedHash hash(ctx, *entry);
    for (const auto name : args.subspan(2)) {
      if (hash.erase(name)) ++removed;
      is_empty = hash.is_empty();
      if (is_empty) break;
    }
  }
  if (removed != 0) ctx.changed(Event::hash, "hdel", key.name);
  if (is_empty) erase_empty(ctx, key, *entry);
  ctx.reply.integer(removed);
}

constexpr auto kWrite = flag::write | flag::denyoom | flag::fast;
constexpr auto kUpdate = keys::at(1, key_flag::rw | key_flag::update);
constexpr auto kAccess = keys::at(1, key_flag::rw | key_flag::access | key_flag::update);

constexpr Spec kSpecs[] = {
    {.name = "hdel",
     .arity = -3,
     .group = Group::hash,
     .since = "2.0.0",
     .flags = flag::write | flag::fast,
     .categories = category::hash,
     .keys = keys::at(1, key_flag::rw | key_flag::remove),
     .element = 2,
     .complexity = "O(N) where N is the number of fields to be removed",
     .summary = "Removes fields of a hash, and the hash with the last one.",
     .arguments = "key (field)+",
     .handler = hdel},
    {.name = "hincrby",
     .arity = 4,
     .group = Group::hash,
     .since = "2.0.0",
     .flags = kWrite,
     .categories = category::hash,
     .keys = kAccess,
     .element = 2,
     .complexity = "O(1)",
     .summary = "Adds a number to the integer of a field, which starts at 0.",
     .arguments = "key field increment:integer",
     .handler = hincrby},
    {.name = "hincrbyfloat",
     .arity = 4,
     .group = Group::hash,
     .since = "2.6.0",
     .flags = kWrite,
     .categories = category::hash,
     .keys = kAccess,
     .element = 2,
     .complexity = "O(1)",
     .summary = "Adds a number to the floating-point number of a field, which starts at 0.",
     .arguments = "key field increment:double",
     .handler = hincrbyfloat},
    {.name = "hmset",
     .arity = -4,
     .group = Group::hash,
     .since = "2.0.0",
     .flags = kWrite,
     .categories = category::hash,
     .keys = kUpdate,
     .element = 2,
     .complexity = "O(N) where N is the number of fields to be set",
     .summary = "Sets fields of a hash.",
     .arguments = "key (field value)+",
     .deprecated_since = "4.0.0",
     .replaced_by = "`HSET` with multiple field-value pairs",
     .handler = hmset},
    {.name = "hset",
     .arity = -4,
     .group = Group::hash,
     .since = "2.0.0",
     .flags = kWrite,
     .categories = category::hash,
     .keys = kUpdate,
     .element = 2,
     .complexity = "O(N) where N is the number of fields to be set",
     .summary = "Sets fields of a hash, which it creates, and returns how many are new.",
     .arguments = "key (field value)+",
     .handler = hset},
    {.name = "hsetnx",
     .arity = 4,
     .group = Group::hash,
     .since = "2.0.0",
     .flags = kWrite,
     .categories = category::hash,
     .keys = keys::at(1, key_flag::rw | key_flag::insert),
     .element = 2,
     .complexity = "O(1)",
     .summary = "Sets a field of a hash where it is not there yet.",
     .arguments = "key field value",
     .handler = hsetnx},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs hashes_set() noexcept { return kSpecs; }

}  // namespace larder::families
