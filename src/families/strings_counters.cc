// Strings as numbers: INCR, DECR, INCRBY, DECRBY on 64-bit integers, INCRBYFLOAT on long doubles.
#include <cmath>
#include <limits>

#include "command/spec_check.h"
#include "families/families.h"
#include "families/strings.h"

namespace larder::families {
namespace {

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

void add(Context& ctx, std::string_view name, std::int64_t delta) {
  const auto key = ctx.key(name);
  auto entry = ctx.find_for_write(key);
  if (!ctx.expect_type(entry, keyspace::Type::string)) return;
  std::int64_t value = 0;
  if (entry) {
    const auto current = integer_of(entry);
    if (!current) return ctx.reply.error(errors::kNotInteger);
    value = *current;
  }
  if (__builtin_add_overflow(value, delta, &value)) return ctx.reply.error(errors::kOverflow);
  if (entry) {
    ctx.database->update_integer(entry, value);
  } else {
    ctx.database->set_integer(key, value, deadline_for_new_key(ctx));
  }
  ctx.changed(Event::string, "incrby", name);
  ctx.reply.integer(value);
}

void incr(Context& ctx, Args args) { add(ctx, args[1], 1); }
void decr(Context& ctx, Args args) { add(ctx, args[1], -1); }

void incrby(Context& ctx, Args args) {
  const auto delta = base::parse_i64(args[2]);
  if (!delta) return ctx.reply.error(errors::kNotInteger);
  add(ctx, args[1], *delta);
}

void decrby(Context& ctx, Args args) {
  const auto delta = base::parse_i64(args[2]);
  if (!delta) return ctx.reply.error(errors::kNotInteger);
  if (*delta == std::numeric_limits<std::int64_t>::min()) {
    return ctx.reply.error("ERR decrement would overflow");
  }
  add(ctx, args[1], -*delta);
}

void incrbyfloat(Context& ctx, Args args) {
  const auto key = ctx.key(args[1]);
  auto entry = ctx.find_for_write(key);
  if (!ctx.expect_type(entry, keyspace::Type::string)) return;
  base::IntegerText scratch;
  const auto current = entry ? base::parse_long_double(entry.text(scratch)) : 0.0L;
  const auto delta = base::parse_long_double(args[2]);
  if (!current || !delta) return ctx.reply.error(errors::kNotFloat);
  const long double value = *current + *delta;
  if (!std::isfinite(value)) return ctx.reply.error(errors::kNanOrInfinity);

  const auto text = base::human_long_double(value);
  put_text(ctx, key, entry, text, deadline_for_new_key(ctx));
  ctx.changed(Event::string, "incrbyfloat", key.name);
  ctx.journal("SET", key.name, text, "KEEPTTL");
  ctx.reply.bulk(text);
}

constexpr auto kFlags = flag::write | flag::denyoom | flag::fast;
constexpr auto kKey = keys::at(1, key_flag::rw | key_flag::access | key_flag::update);

constexpr Spec kSpecs[] = {
    {.name = "decr",
     .arity = 2,
     .group = Group::string,
     .since = "1.0.0",
     .flags = kFlags,
     .categories = category::string,
     .keys = kKey,
     .complexity = "O(1)",
     .summary = "Takes one from the integer of a key, which starts at 0.",
     .arguments = "key",
     .handler = decr},
    {.name = "decrby",
     .arity = 3,
     .group = Group::string,
     .since = "1.0.0",
     .flags = kFlags,
     .categories = category::string,
     .keys = kKey,
     .complexity = "O(1)",
     .summary = "Takes a number from the integer of a key, which starts at 0.",
     .arguments = "key decrement:integer",
     .handler = decrby},
    {.name = "incr",
     .arity = 2,
     .group = Group::string,
     .since = "1.0.0",
     .flags = kFlags,
     .categories = category::string,
     .keys = kKey,
     .complexity = "O(1)",
     .summary = "Adds one to the integer of a key, which starts at 0.",
     .arguments = "key",
     .handler = incr},
    {.name = "incrby",
     .arity = 3,
     .group = Group::string,
     .since = "1.0.0",
     .flags = kFlags,
     .categories = category::string,
     .keys = kKey,
     .complexity = "O(1)",
     .summary = "Adds a number to the integer of a key, which starts at 0.",
     .arguments = "key increment:integer",
     .handler = incrby},
    {.name = "incrbyfloat",
     .arity = 3,
     .group = Group::string,
     .since = "2.6.0",
     .flags = kFlags,
     .categories = category::string,
     .keys = kKey,
     .complexity = "O(1)",
     .summary = "Adds a number to the floating-point number of a key, which starts at 0.",
     .arguments = "key increment:double",
     .handler = incrbyfloat},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs strings_counters() noexcept { return kSpecs; }

}  // namespace larder::families
