// SORT and SORT_RO: the elements of a list, set or sorted set in another order, or values that
// belong to them.
#include <algorithm>
#include <vector>

#include "base/collation.h"
#include "command/arguments.h"
#include "command/spec_check.h"
#include "families/elements.h"
#include "families/families.h"
#include "families/lists.h"
#include "families/sort_rows.h"

namespace larder::families {
namespace {

using command::ArgReader;
using command::Args;
using command::Context;
using command::Event;
using command::Group;
using command::Spec;
using keyspace::Type;
namespace category = command::category;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

struct Options {
  SortRule rule;
  bool sorts = true;  // false: BY names no key
  std::int64_t offset = 0;
  std::int64_t count = -1;  // negative: all
  std::vector<SortPattern> gets;
  std::optional<std::string_view> target;
};

bool take_option(ArgReader& reader, Options& options, bool may_store) {
  if (reader.take("asc")) {
    options.rule.descending = false;
  } else if (reader.take("desc")) {
    options.rule.descending = true;
  } else if (reader.take("alpha")) {
    options.rule.alpha = true;
  } else if (reader.remaining() > 2 && reader.take("limit")) {
    options.offset = reader.integer();
    options.count = reader.integer();
  } else if (may_store && reader.remaining() > 1 && reader.take("store")) {
    options.target = reader.next();
  } else if (reader.remaining() > 1 && reader.take("by")) {
    options.rule.by = SortPattern(reader.next());
    options.sorts = options.sorts && options.rule.by->names_keys();
  } else if (reader.remaining() > 1 && reader.take("get")) {
    options.gets.emplace_back(reader.next());
  } else {
    return false;
  }
  return true;
}

std::optional<Options> read_options(Context& ctx, Args args, bool may_store) {
  Options options;
  ArgReader reader(args, 2);
  while (reader.has_more()) {
    if (!take_option(reader, options, may_store)) reader.fail(command::errors::kSyntax);
  }
  if (reader.ok()) return options;
  ctx.reply.error(reader.error());
  return std::nullopt;
}

// What LIMIT leaves of so many elements.
IndexRange limited(const Options& options, std::size_t size) noexcept {
  const auto length = static_cast<std::int64_t>(size);
  const auto first = std::clamp<std::int64_t>(options.offset, 0, length);
  const auto left = length - first;
  const auto count = options.count < 0 ? left : std::min(options.count, left);
  return {static_cast<std::size_t>(first), static_cast<std::size_t>(count)};
}

// Takes what there is without sorting.
void take_unsorted(const keyspace::EntryRef& entry, const Options& options, base::UnixMs now,
                   SortRows& rows) {
  const auto size = element_count(entry, now);
  auto range = limited(options, size);
  if (entry.type() == Type::set) {
    rows.take(entry, now);
    return rows.keep(range.first, range.count);
  }
  const bool reverse = options.rule.descending;
  if (reverse) range.first = size - range.first - range.count;
  rows.take(entry, range.first, range.count, reverse);
}

// Calls answer(text or nothing) for all that the rows give.
template <class Answer>
void for_each_result(Context& ctx, const Options& options, const SortRows& rows, Answer answer) {
  base::IntegerText scratch;
  if (options.gets.empty()) {
    for (const auto& item : rows.all()) answer(std::optional(item.text(scratch)));
    return;
  }
  std::vector<PatternValues> values;
  values.reserve(options.gets.size());
  for (const auto& pattern : options.gets) values.emplace_back(ctx, pattern);
  for (std::size_t first = 0; first < rows.size(); first += PatternValues::kElementsMax) {
    const auto count = std::min(PatternValues::kElementsMax, rows.size() - first);
    for (auto& value : values) value.prepare(rows.all().subspan(first, count));
    for (std::size_t i = 0; i < count; ++i) {
      for (auto& value : values) answer(value.at(i));
    }
  }
}

void answer_results(Context& ctx, const Options& options, const SortRows& rows) {
  ctx.reply.array(rows.size() * std::max<std::size_t>(options.gets.size(), 1));
  for_each_result(ctx, options, rows, [&](std::optional<std::string_view> text) {
    text ? ctx.reply.bulk(*text) : ctx.reply.null();
  });
}

void store_results(Context& ctx, const Options& options, const SortRows& rows) {
  value::FreeCell cell;
  value::List list(cell, list_limits(ctx));
  for_each_result(ctx, options, rows, [&](std::optional<std::string_view> text) {
    list.push(End::back, text.value_or(""));
  });
  const auto target = ctx.key(*options.target);
  const auto size = list.size();
  if (size > 0) {
    ctx.database->put(target, Type::list, std::move(cell), deadline_for_new_key(ctx));
    ctx.changed(Event::list, "sortstore", target.name);
  } else if (ctx.database->erase(target)) {
    ctx.changed(Event::generic, "del", target.name);
  }
  ctx.reply.integer(static_cast<std::int64_t>(size));
}

// A set has no order that could be told, but what a script does should be the same each time, and
// so should what is stored. Commands of a script are those with nobody who could run scripts.
bool is_to_be_repeatable(const Context& ctx, const Options& options) {
  const bool is_in_script = ctx.ports().scripting != nullptr && ctx.ports().executor == nullptr;
  return options.target || is_in_script;
}

void sort_generic(Context& ctx, Args args, bool may_store) {
  auto options = read_options(ctx, args, may_store);
  if (!options) return;
  const auto entry = ctx.find_for_read(ctx.key(args[1]));
  if (entry && !has_elements(entry)) return ctx.reply.error(command::errors::kWrongType);
  SortRows rows;
  if (entry) {
    if (!options->sorts && entry.type() == Type::set && is_to_be_repeatable(ctx, *options)) {
      options->sorts = true;
      options->rule.alpha = true;
      options->rule.by.reset();
    }
    // What is stored is the same whatever the locale.
    options->rule.collates =
        options->rule.alpha && !options->target && !base::is_collation_by_bytes();
    if (options->sorts) {
      const auto range = limited(*options, element_count(entry, ctx.now()));
      rows.take(entry, ctx.now());
      if (!rows.sort(ctx, options->rule, range.first, range.count)) {
        return ctx.reply.error("ERR One or more scores can't be converted into double");
      }
    } else {
      take_unsorted(entry, *options, ctx.now(), rows);
    }
  }
  options->target ? store_results(ctx, *options, rows) : answer_results(ctx, *options, rows);
}

void sort(Context& ctx, Args args) { sort_generic(ctx, args, true); }
void sort_ro(Context& ctx, Args args) { sort_generic(ctx, args, false); }

// The last STORE's key, as Redis tells it: what follows the other options' names is skipped.
std::size_t target_at(command::KeyFlags flags, Args args) {
  std::size_t found = 0;
  if ((flags & key_flag::ow) == 0) return found;
  const auto is = [&](std::size_t at, std::string_view word) {
    return base::equal_ignoring_case(args[at], word);
  };
  for (std::size_t at = 2; at < args.size(); ++at) {
    if (is(at, "limit")) {
      at += 2;
    } else if (is(at, "get") || is(at, "by")) {
      ++at;
    } else if (is(at, "store") && at + 1 < args.size()) {
      found = at + 1;
    }
  }
  return found;
}

constexpr command::KeySpec unknown_keys(command::KeyFlags flags, std::string_view notes) {
  return {.flags = flags,
          .begin = command::KeySpec::Begin::unknown,
          .find = command::KeySpec::Find::unknown,
          .notes = notes};
}

constexpr auto kReading = key_flag::ro | key_flag::access;
constexpr auto kSource = keys::range_spec(1, 0, 1, kReading);
constexpr auto kPatternKeys = unknown_keys(
    kReading, "The keys that BY and GET name depend on the elements and cannot be told before.");
constexpr auto kTarget =
    unknown_keys(key_flag::ow | key_flag::update, "STORE may stand anywhere among the options.");

constexpr Spec kSpecs[] = {
    {.name = "sort",
     .arity = -2,
     .group = Group::generic,
     .since = "1.0.0",
     .flags = flag::write | flag::denyoom | flag::movablekeys,
     .categories = category::set | category::sortedset | category::list | category::dangerous,
     .keys = keys::of(kSource, kPatternKeys, kTarget),
     .complexity = "O(N+M*log(M)) where N is the number of elements and M of those returned",
     .summary = "Returns or stores the elements of a list, set or sorted set in order.",
     .arguments = "key [BY by-pattern:pattern] [LIMIT offset:integer count:integer] "
                  "[(GET get-pattern:pattern)+] [<ASC|DESC>] [ALPHA] [STORE destination:key]",
     .unknown_key_of = target_at,
     .handler = sort},
    {.name = "sort_ro",
     .arity = -2,
     .group = Group::generic,
     .since = "7.0.0",
     .flags = flag::readonly | flag::movablekeys,
     .categories = category::set | category::sortedset | category::list | category::dangerous,
     .keys = keys::of(kSource, kPatternKeys),
     .complexity = "O(N+M*log(M)) where N is the number of elements and M of those returned",
     .summary = "Returns the elements of a list, set or sorted set in order.",
     .arguments = "key [BY by-pattern:pattern] [LIMIT offset:integer count:integer] "
                  "[(GET get-pattern:pattern)+] [<ASC|DESC>] [ALPHA]",
     .handler = sort_ro},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs sorting() noexcept { return kSpecs; }

}  // namespace larder::families
