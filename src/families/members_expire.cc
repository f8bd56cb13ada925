// EXPIREMEMBER and its relatives, as KeyDB has them: they let an element of a set, sorted set or
// hash expire by itself. TTL and its relatives tell the deadline, PERSIST takes it away
// (keys_expire.cc).
#include <fmt/format.h>

#include "command/context.h"
#include "command/spec_check.h"
#include "families/element_deadlines.h"
#include "families/families.h"
#include "families/hash_fields.h"
#include "value/element_record.h"

namespace larder::families {
namespace {

using command::Args;
using command::Context;
using command::Group;
using command::Spec;
namespace category = command::category;
namespace errors = command::errors;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

// A time that has passed is one, as for EXPIRE. Answers an error and returns nothing where the
// number is none, or too large for an element's deadline.
std::optional<Deadline> read_deadline(Context& ctx, std::string_view text, TimeForm form) {
  const auto number = base::parse_i64(text);
  if (!number) {
    ctx.reply.error(errors::kNotInteger);
    return std::nullopt;
  }
  const auto start = form.from_now ? ctx.wall_ms() : 0;
  if (*number > (value::ElementRecord::kDeadlineMax - start) / form.unit_ms) {
    ctx.reply.error(fmt::format("ERR invalid expire time in '{}' command", ctx.spec->name));
    return std::nullopt;
  }
  return *number <= 0 ? start : start + *number * form.unit_ms;
}

void expire_member(Context& ctx, Args args, TimeForm form) {
  const auto deadline = read_deadline(ctx, args[3], form);
  if (!deadline) return;
  const auto key = ctx.key(args[1]);
  auto entry = ctx.find_for_write(key);
  if (!entry) return ctx.reply.integer(0);
  if (!has_element_deadlines(entry.type())) return ctx.reply.error(errors::kWrongType);
  const auto element = args[2];
  if (!element_deadline(ctx, entry, element)) return ctx.reply.integer(0);
  if (*deadline <= ctx.now()) {
    erase_element(ctx, key, entry, element);
  } else {
    set_element_deadline(ctx, key, entry, element, *deadline);
  }
  ctx.reply.integer(1);
}

void expiremember(Context& ctx, Args args) {
  if (args.size() > 5) return ctx.reply.error("ERR Invalid number of arguments");
  if (args.size() == 4 || base::equal_ignoring_case(args[4], "s")) {
    return expire_member(ctx, args, kSecondsFromNow);
  }
  if (base::equal_ignoring_case(args[4], "ms")) {
    return expire_member(ctx, args, kMillisecondsFromNow);
  }
  ctx.reply.error("ERR Invalid unit arg");
}

void expirememberat(Context& ctx, Args args) { expire_member(ctx, args, kUnixSeconds); }
void pexpirememberat(Context& ctx, Args args) { expire_member(ctx, args, kUnixMilliseconds); }

constexpr Spec setter(std::string_view name, int arity, std::string_view summary,
                      std::string_view arguments, command::Handler handler) {
  return {.name = name,
          .arity = static_cast<std::int16_t>(arity),
          .group = Group::generic,
          .since = "0.1.0",
          .flags = flag::write | flag::denyoom | flag::fast,
          .categories = category::keyspace,
          .keys = keys::at(1, key_flag::rw | key_flag::update),
          .complexity = "O(1), O(log(N)) for a sorted set of N members",
          .summary = summary,
          .arguments = arguments,
          .handler = handler};
}

constexpr Spec kSpecs[] = {
    setter("expiremember", -4, "Lets an element of a set, sorted set or hash expire after a while.",
           "key member delay:integer [<S|MS>]", expiremember),
    setter("expirememberat", 4,
           "Lets an element of a set, sorted set or hash expire at a Unix time in seconds.",
           "key member unix-time-seconds:unix-time", expirememberat),
    setter("pexpirememberat", 4,
           "Lets an element of a set, sorted set or hash expire at a Unix time in milliseconds.",
           "key member unix-time-milliseconds:unix-time", pexpirememberat),
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs members_expire() noexcept { return kSpecs; }

}  // namespace larder::families
