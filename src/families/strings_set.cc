// SET and the older commands that each do a part of it: SETNX, SETEX, PSETEX, GETSET. SET without
// options is the hottest write there is and stays on a path of its own.
#include <algorithm>

#include "command/arguments.h"
#include "command/spec_check.h"
#include "families/conditions.h"
#include "families/expiry.h"
#include "families/families.h"
#include "families/journal_forms.h"
#include "families/strings.h"

namespace larder::families {
namespace {

using command::ArgReader;
using command::Args;
using command::Context;
using command::Group;
using command::Spec;
namespace category = command::category;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

struct SetOptions {
  Condition condition;
  Expiry expiry;
  bool get = false;

  // Whether the key's present state matters, so that it has to be looked up before it is set.
  bool needs_entry() const noexcept {
    return get || condition.kind != ConditionKind::none || expiry.kind == ExpiryKind::keep;
  }
};

// Takes one of SET's conditions. They exclude each other; NX or XX may be said twice.
bool take_condition(ArgReader& reader, std::string_view word, Condition& condition) {
  auto kind = comparison_named(word);
  if (base::equal_ignoring_case(word, "nx")) kind = ConditionKind::nx;
  if (base::equal_ignoring_case(word, "xx")) kind = ConditionKind::xx;
  if (kind == ConditionKind::none) return false;
  reader.next();
  const bool repeats = condition.kind == kind && !condition.compares();
  if (condition.kind != ConditionKind::none && !repeats) reader.fail(command::errors::kSyntax);
  condition.kind = kind;
  if (condition.compares()) condition.operand = reader.next();
  return true;
}

std::optional<SetOptions> read_options(Context& ctx, Args args) {
  SetOptions options;
  ArgReader reader(args, 3);
  while (reader.has_more()) {
    if (reader.take("get")) {
      options.get = true;
    } else if (!take_expiry(reader, ExpiryKind::keep, options.expiry) &&
               !take_condition(reader, args[reader.position()], options.condition)) {
      reader.fail(command::errors::kSyntax);
    }
  }
  if (reader.ok()) return options;
  ctx.reply.error(reader.error());
  return std::nullopt;
}

// Answers with the old value or null where SET is not done or GET was said. Returns whether to set.
bool decide(Context& ctx, const SetOptions& options, const keyspace::EntryRef& entry) {
  if ((options.get || options.condition.compares()) &&
      !ctx.expect_type(entry, keyspace::Type::string)) {
    return false;
  }
  const auto verdict = holds(ctx, options.condition, entry);
  if (!verdict) return false;
  if (options.get) {
    answer_text_or_null(ctx, entry);
  } else if (!*verdict) {
    ctx.reply.null();
  }
  return *verdict;
}

void set_with_options(Context& ctx, Args args) {
  const auto options = read_options(ctx, args);
  if (!options) return;
  std::optional<Deadline> asked;
  if (options->expiry.has_number()) {
    asked = resolve(ctx, options->expiry);
    if (!asked) return;
  }
  const auto key = ctx.key(args[1]);
  keyspace::EntryRef entry;
  if (options->needs_entry()) {
    entry = options->get ? ctx.find_for_read(key) : ctx.find_for_write(key);
    if (!decide(ctx, *options, entry)) return;
  }
  if (asked) {
    store_until(ctx, key, args[2], *asked);
  } else {
    const bool keeps = options->expiry.kind == ExpiryKind::keep && entry;
    store(ctx, key, args[2], keeps ? entry.deadline() : deadline_for_new_key(ctx));
    keeps ? ctx.journal("SET", key.name, args[2], "KEEPTTL")
          : journal_string(ctx, key.name, args[2], kNever);
  }
  if (!options->get) ctx.reply.ok();
}

void set(Context& ctx, Args args) {
  if (args.size() > 3) return set_with_options(ctx, args);
  store(ctx, ctx.key(args[1]), args[2], deadline_for_new_key(ctx));
  ctx.reply.ok();
}

void setnx(Context& ctx, Args args) {
  const auto key = ctx.key(args[1]);
  if (ctx.find_for_write(key)) return ctx.reply.integer(0);
  store(ctx, key, args[2], deadline_for_new_key(ctx));
  ctx.reply.integer(1);
}

void set_expiring(Context& ctx, Args args, ExpiryKind kind) {
  const auto deadline = resolve(ctx, {.kind = kind, .number = args[2]});
  if (!deadline) return;
  store_until(ctx, ctx.key(args[1]), args[3], *deadline);
  ctx.reply.ok();
}

void setex(Context& ctx, Args args) { set_expiring(ctx, args, ExpiryKind::ex); }
void psetex(Context& ctx, Args args) { set_expiring(ctx, args, ExpiryKind::px); }

void getset(Context& ctx, Args args) {
  const auto key = ctx.key(args[1]);
  const auto entry = ctx.find_for_read(key);
  if (!ctx.expect_type(entry, keyspace::Type::string)) return;
  answer_text_or_null(ctx, entry);
  store(ctx, key, args[2], deadline_for_new_key(ctx));
  journal_string(ctx, key.name, args[2], kNever);
}

constexpr auto kWrite = flag::write | flag::denyoom;

// SET reads the old value with GET only.
command::KeyFlags set_key_flags(Args args) {
  const auto options = args.subspan(std::min<std::size_t>(args.size(), 3));
  const bool reads = std::any_of(options.begin(), options.end(), [](std::string_view option) {
    return base::equal_ignoring_case(option, "get");
  });
  return reads ? key_flag::rw | key_flag::access | key_flag::update
               : key_flag::ow | key_flag::update;
}

constexpr Spec kSpecs[] = {
    {.name = "getset",
     .arity = 3,
     .group = Group::string,
     .since = "1.0.0",
     .flags = kWrite | flag::fast,
     .categories = category::string,
     .keys = keys::at(1, key_flag::rw | key_flag::access | key_flag::update),
     .complexity = "O(1)",
     .summary = "Stores a string and answers with the one it replaces.",
     .arguments = "key value",
     .deprecated_since = "6.2.0",
     .replaced_by = "`SET` with the `GET` option",
     .handler = getset},
    {.name = "psetex",
     .arity = 4,
     .group = Group::string,
     .since = "2.6.0",
     .flags = kWrite,
     .categories = category::string,
     .keys = keys::at(1, key_flag::ow | key_flag::update),
     .complexity = "O(1)",
     .summary = "Stores a string that expires after a number of milliseconds.",
     .arguments = "key milliseconds:integer value",
     .deprecated_since = "2.6.12",
     .replaced_by = "`SET` with the `PX` option",
     .handler = psetex},
    {.name = "set",
     .arity = -3,
     .group = Group::string,
     .since = "1.0.0",
     .flags = kWrite,
     .categories = category::string,
     .keys =
         keys::at(1, key_flag::rw | key_flag::access | key_flag::update | key_flag::variable_flags),
     .complexity = "O(1)",
     .summary =
         "Stores a string under a key, whatever the key held; options add a condition or a TTL.",
     .arguments =
         "key value "
         "[<NX|XX|IFEQ ifeq-value|IFNE ifne-value|IFDEQ ifdeq-digest|IFDNE ifdne-digest>] "
         "[GET] [<EX seconds:integer|PX milliseconds:integer|"
         "EXAT unix-time-seconds:unix-time|PXAT unix-time-milliseconds:unix-time|KEEPTTL>]",
     .key_flags_of = set_key_flags,
     .handler = set},
    {.name = "setex",
     .arity = 4,
     .group = Group::string,
     .since = "2.0.0",
     .flags = kWrite,
     .categories = category::string,
     .keys = keys::at(1, key_flag::ow | key_flag::update),
     .complexity = "O(1)",
     .summary = "Stores a string that expires after a number of seconds.",
     .arguments = "key seconds:integer value",
     .deprecated_since = "2.6.12",
     .replaced_by = "`SET` with the `EX` option",
     .handler = setex},
    {.name = "setnx",
     .arity = 3,
     .group = Group::string,
     .since = "1.0.0",
     .flags = kWrite | flag::fast,
     .categories = category::string,
     .keys = keys::at(1, key_flag::ow | key_flag::insert),
     .complexity = "O(1)",
     .summary = "Stores a string where the key is free.",
     .arguments = "key value",
     .deprecated_since = "2.6.12",
     .replaced_by = "`SET` with the `NX` option",
     .handler = setnx},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs strings_set() noexcept { return kSpecs; }

}  // namespace larder::families
