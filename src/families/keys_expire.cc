// EXPIRE and its relatives, and the questions how long a key, or an element of its own, will live.
#include <fmt/format.h>

#include "command/arguments.h"
#include "command/context.h"
#include "command/spec_check.h"
#include "families/deadlines.h"
#include "families/element_deadlines.h"
#include "families/families.h"
#include "families/journal_forms.h"

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

constexpr std::int64_t kMsPerSecond = 1000;

struct Conditions {
  bool only_without = false;  // NX
  bool only_with = false;     // XX
  bool only_later = false;    // GT
  bool only_earlier = false;  // LT
};

// Answers the error and returns nothing where the options are wrong.
std::optional<Conditions> read_conditions(Context& ctx, Args args) {
  Conditions conditions;
  command::ArgReader reader(args, 3);
  while (reader.has_more()) {
    if (reader.take("nx")) {
      conditions.only_without = true;
    } else if (reader.take("xx")) {
      conditions.only_with = true;
    } else if (reader.take("gt")) {
      conditions.only_later = true;
    } else if (reader.take("lt")) {
      conditions.only_earlier = true;
    } else {
      ctx.reply.error(fmt::format("ERR Unsupported option {}", reader.next()));
      return std::nullopt;
    }
  }
  if (conditions.only_without &&
      (conditions.only_with || conditions.only_later || conditions.only_earlier)) {
    ctx.reply.error("ERR NX and XX, GT or LT options at the same time are not compatible");
    return std::nullopt;
  }
  if (conditions.only_later && conditions.only_earlier) {
    ctx.reply.error("ERR GT and LT options at the same time are not compatible");
    return std::nullopt;
  }
  return conditions;
}

// No deadline counts as one that never comes.
bool hold(const Conditions& conditions, Deadline current, Deadline wanted) {
  if (conditions.only_without && current != kNever) return false;
  if (conditions.only_with && current == kNever) return false;
  if (conditions.only_later && wanted <= current) return false;
  return !conditions.only_earlier || wanted < current;
}

enum class Base { now, epoch };

void expire_generic(Context& ctx, Args args, std::int64_t unit_ms, Base base) {
  const auto conditions = read_conditions(ctx, args);
  if (!conditions) return;
  const auto number = base::parse_i64(args[2]);
  if (!number) return ctx.reply.error(errors::kNotInteger);
  std::int64_t ms = 0;
  std::int64_t sum = 0;
  const auto start = base == Base::now ? ctx.wall_ms() : 0;
  if (__builtin_mul_overflow(*number, unit_ms, &ms) || __builtin_add_overflow(start, ms, &sum)) {
    return ctx.reply.error(fmt::format("ERR invalid expire time in '{}' command", ctx.spec->name));
  }
  const auto key = ctx.key(args[1]);
  auto entry = ctx.find_for_write(key);
  if (!entry) return ctx.reply.integer(0);
  const auto wanted = base == Base::now ? deadline_after(ctx, ms) : deadline_at(ctx, ms);
  if (!hold(*conditions, entry.deadline(), wanted)) return ctx.reply.integer(0);
  if (wanted <= ctx.now()) {
    ctx.database->erase(entry);
    ctx.changed(Event::generic, "del", key.name);
    journal_removal(ctx, key.name);
  } else {
    ctx.database->set_deadline(entry, wanted);
    ctx.changed(Event::generic, "expire", key.name);
    ctx.journal("PEXPIREAT", key.name, wanted);
  }
  ctx.reply.integer(1);
}

void expire(Context& ctx, Args args) { expire_generic(ctx, args, kMsPerSecond, Base::now); }
void pexpire(Context& ctx, Args args) { expire_generic(ctx, args, 1, Base::now); }
void expireat(Context& ctx, Args args) { expire_generic(ctx, args, kMsPerSecond, Base::epoch); }
void pexpireat(Context& ctx, Args args) { expire_generic(ctx, args, 1, Base::epoch); }

// The deadline of a key, or of the element that the third argument names; nothing where there is no
// such, kNever where it has none. A key without such elements has been answered, and is false.
bool find_deadline(Context& ctx, Args args, const keyspace::EntryRef& entry,
                   std::optional<Deadline>& found) {
  if (args.size() == 2 || !entry) {
    if (entry) found = entry.deadline();
    return true;
  }
  if (!has_element_deadlines(entry.type())) {
    ctx.reply.error(errors::kWrongType);
    return false;
  }
  found = element_deadline(ctx, entry, args[2]);
  return true;
}

bool has_one_element_at_most(Context& ctx, Args args) {
  if (args.size() <= 3) return true;
  ctx.reply.error(fmt::format("ERR wrong number of arguments for '{}' command", ctx.spec->name));
  return false;
}

// The deadline in milliseconds as `shape` shows it; -2 for no key or element, -1 for no deadline.
template <class Shape>
void answer_deadline(Context& ctx, Args args, Shape shape) {
  std::optional<Deadline> deadline;
  if (!has_one_element_at_most(ctx, args)) return;
  const auto entry = ctx.find_untouched(ctx.key(args[1]));
  if (!find_deadline(ctx, args, entry, deadline)) return;
  if (!deadline) return ctx.reply.integer(-2);
  ctx.reply.integer(*deadline == kNever ? -1 : shape(*deadline));
}

std::int64_t rounded_seconds(std::int64_t ms) { return (ms + kMsPerSecond / 2) / kMsPerSecond; }

void ttl(Context& ctx, Args args) {
  answer_deadline(ctx, args, [&](Deadline at) { return rounded_seconds(at - ctx.now()); });
}
void pttl(Context& ctx, Args args) {
  answer_deadline(ctx, args, [&](Deadline at) { return at - ctx.now(); });
}
void expiretime(Context& ctx, Args args) { answer_deadline(ctx, args, rounded_seconds); }
void pexpiretime(Context& ctx, Args args) {
  answer_deadline(ctx, args, [](Deadline at) { return at; });
}

void persist(Context& ctx, Args args) {
  std::optional<Deadline> deadline;
  if (!has_one_element_at_most(ctx, args)) return;
  const auto key = ctx.key(args[1]);
  auto entry = ctx.find_for_write(key);
  if (!find_deadline(ctx, args, entry, deadline)) return;
  if (deadline.value_or(kNever) == kNever) return ctx.reply.integer(0);
  if (args.size() == 2) {
    ctx.database->set_deadline(entry, kNever);
    ctx.changed(Event::generic, "persist", key.name);
  } else {
    set_element_deadline(ctx, key, entry, args[2], kNever);
  }
  ctx.reply.integer(1);
}

constexpr Spec setter(std::string_view name, std::string_view since, std::string_view summary,
                      std::string_view arguments, command::Handler handler) {
  return {.name = name,
          .arity = -3,
          .group = Group::generic,
          .since = since,
          .flags = flag::write | flag::fast,
          .categories = category::keyspace,
          .keys = keys::at(1, key_flag::rw | key_flag::update),
          .complexity = "O(1)",
          .summary = summary,
          .arguments = arguments,
          .handler = handler};
}

constexpr Spec getter(std::string_view name, std::string_view since, std::string_view summary,
                      std::string_view tips, command::Handler handler) {
  return {.name = name,
          .arity = -2,
          .group = Group::generic,
          .since = since,
          .flags = flag::readonly | flag::fast,
          .categories = category::keyspace,
          .keys = keys::at(1, key_flag::ro | key_flag::access),
          .complexity = "O(1)",
          .summary = summary,
          .arguments = "key [member]",
          .tips = tips,
          .handler = handler};
}

constexpr std::string_view kChanging = "nondeterministic_output";

constexpr Spec kSpecs[] = {
    setter("expire", "1.0.0", "Lets a key expire after some seconds.",
           "key seconds:integer [<NX|XX|GT|LT>]", expire),
    setter("expireat", "1.2.0", "Lets a key expire at a Unix time in seconds.",
           "key unix-time-seconds:unix-time [<NX|XX|GT|LT>]", expireat),
    getter("expiretime", "7.0.0",
           "Returns when a key, or one of its elements, expires, as a Unix time in seconds.", "",
           expiretime),
    {.name = "persist",
     .arity = -2,
     .group = Group::generic,
     .since = "2.2.0",
     .flags = flag::write | flag::fast,
     .categories = category::keyspace,
     .keys = keys::at(1, key_flag::rw | key_flag::update),
     .complexity = "O(1)",
     .summary = "Lets a key, or one of its elements, live until it is removed.",
     .arguments = "key [member]",
     .handler = persist},
    setter("pexpire", "2.6.0", "Lets a key expire after some milliseconds.",
           "key milliseconds:integer [<NX|XX|GT|LT>]", pexpire),
    setter("pexpireat", "2.6.0", "Lets a key expire at a Unix time in milliseconds.",
           "key unix-time-milliseconds:unix-time [<NX|XX|GT|LT>]", pexpireat),
    getter("pexpiretime", "7.0.0",
           "Returns when a key, or one of its elements, expires, as a Unix time in milliseconds.",
           "", pexpiretime),
    getter("pttl", "2.6.0",
           "Returns how many milliseconds a key, or one of its elements, has left.", kChanging,
           pttl),
    getter("ttl", "1.0.0", "Returns how many seconds a key, or one of its elements, has left.",
           kChanging, ttl),
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs keys_expire() noexcept { return kSpecs; }

}  // namespace larder::families
