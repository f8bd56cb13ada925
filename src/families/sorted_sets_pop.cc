// Taking members from the ends of sorted sets: ZPOPMIN, ZPOPMAX, ZMPOP, and BZPOPMIN, BZPOPMAX,
// BZMPOP, which wait for a set that has some.
#include <algorithm>

#include "command/arguments.h"
#include "command/spec_check.h"
#include "families/families.h"
#include "families/sorted_sets.h"
#include "families/timeouts.h"

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

enum class End { lowest, highest };

// Visits up to `count` elements from an end, the outermost first, and removes them.
void pop(Context& ctx, const keyspace::Key& key, const keyspace::EntryRef& entry, End end,
         std::size_t count, value::SortedSetView::Visitor visit) {
  SortedSetEntry set(ctx, entry);
  const auto view = set->view();
  const auto size = view.size();
  count = std::min(count, size);
  if (end == End::lowest) {
    view.for_each({0, count}, visit);
    set->erase(value::RankRange{0, count});
    ctx.journal("ZPOPMIN", key.name, count);
    tell_taken(ctx, "zpopmin", key, set);
  } else {
    view.for_each_reverse({size - count, count}, visit);
    set->erase(value::RankRange{size - count, count});
    ctx.journal("ZPOPMAX", key.name, count);
    tell_taken(ctx, "zpopmax", key, set);
  }
}

void pop_from_one(Context& ctx, Args args, End end) {
  if (args.size() > 3) return ctx.reply.error(errors::kSyntax);
  const bool has_count = args.size() == 3;
  std::int64_t count = 1;
  if (has_count) {
    const auto given = read_integer(ctx, args[2], errors::kNotPositive, 0);
    if (!given) return;
    count = *given;
  }
  const auto key = ctx.key(args[1]);
  const auto entry = find_typed_for_write(ctx, key, keyspace::Type::sorted_set);
  if (!entry) return;
  if (!*entry || count == 0) return ctx.reply.array(0);
  const auto popped = std::min(static_cast<std::size_t>(count), view_of(*entry).size());
  if (has_count) {
    ElementsReply reply(ctx, popped, true);
    pop(ctx, key, *entry, end, popped,
        [&](std::string_view member, double score) { reply.add(member, score); });
    return;
  }
  ctx.reply.array(2);
  pop(ctx, key, *entry, end, 1, [&](std::string_view member, double score) {
    ctx.reply.bulk(member);
    ctx.reply.number(score);
  });
}

void zpopmin(Context& ctx, Args args) { pop_from_one(ctx, args, End::lowest); }
void zpopmax(Context& ctx, Args args) { pop_from_one(ctx, args, End::highest); }

// The first of `names` that holds members: its key and entry. Empty where none does; nullopt where
// one before it is of another type, which has been answered.
struct Found {
  keyspace::Key key;
  keyspace::EntryRef entry;
};
std::optional<Found> find_first(Context& ctx, Args names) {
  for (const auto name : names) {
    const auto key = ctx.key(name);
    const auto entry = find_typed_for_write(ctx, key, keyspace::Type::sorted_set);
    if (!entry) return std::nullopt;
    if (*entry) return Found{key, *entry};
  }
  return Found{};
}

void pop_waiting(Context& ctx, Args args, End end) {
  const auto timeout_ms = read_timeout_seconds(ctx, args.back());
  if (!timeout_ms) return;
  const auto names = args.subspan(1, args.size() - 2);
  const auto found = find_first(ctx, names);
  if (!found) return;
  if (!found->entry) {
    return ctx.wait_for({.type = keyspace::Type::sorted_set,
                         .keys = names,
                         .timeout_ms = *timeout_ms,
                         .on_timeout = command::Wait::OnTimeout::null_array});
  }
  ctx.reply.array(3);
  ctx.reply.bulk(found->key.name);
  pop(ctx, found->key, found->entry, end, 1, [&](std::string_view member, double score) {
    ctx.reply.bulk(member);
    ctx.reply.number(score);
  });
}

void bzpopmin(Context& ctx, Args args) { pop_waiting(ctx, args, End::lowest); }
void bzpopmax(Context& ctx, Args args) { pop_waiting(ctx, args, End::highest); }

// numkeys key [key ...] <MIN|MAX> [COUNT count]
struct ManyKeys {
  Args names;
  End end = End::lowest;
  std::int64_t count = 1;
};

std::optional<ManyKeys> read_many_keys(Context& ctx, Args args, std::size_t from) {
  const auto wanted = read_integer(ctx, args[from], "ERR numkeys should be greater than 0", 1);
  if (!wanted) return std::nullopt;
  ManyKeys many;
  command::ArgReader reader(args, from + 1);
  if (static_cast<std::uint64_t>(*wanted) < reader.remaining()) {
    const auto count = static_cast<std::size_t>(*wanted);
    many.names = args.subspan(from + 1, count);
    reader = command::ArgReader(args, from + 1 + count);
  } else {
    reader.fail(errors::kSyntax);
  }
  if (reader.take("max")) {
    many.end = End::highest;
  } else if (!reader.take("min")) {
    reader.fail(errors::kSyntax);
  }
  if (reader.remaining() > 1 && reader.take("count")) {
    many.count = reader.integer("ERR count should be greater than 0", 1);
  }
  if (reader.has_more()) reader.fail(errors::kSyntax);
  if (reader.ok()) return many;
  ctx.reply.error(reader.error());
  return std::nullopt;
}

void answer_popped(Context& ctx, const Found& found, const ManyKeys& many) {
  const auto popped = std::min(static_cast<std::size_t>(many.count), view_of(found.entry).size());
  ctx.reply.array(2);
  ctx.reply.bulk(found.key.name);
  ctx.reply.array(popped);
  pop(ctx, found.key, found.entry, many.end, popped, [&](std::string_view member, double score) {
    ctx.reply.array(2);
    ctx.reply.bulk(member);
    ctx.reply.number(score);
  });
}

void zmpop(Context& ctx, Args args) {
  const auto many = read_many_keys(ctx, args, 1);
  if (!many) return;
  const auto found = find_first(ctx, many->names);
  if (!found) return;
  if (!found->entry) return ctx.reply.null_array();
  answer_popped(ctx, *found, *many);
}

void bzmpop(Context& ctx, Args args) {
  const auto many = read_many_keys(ctx, args, 2);
  if (!many) return;
  const auto timeout_ms = read_timeout_seconds(ctx, args[1]);
  if (!timeout_ms) return;
  const auto found = find_first(ctx, many->names);
  if (!found) return;
  if (found->entry) return answer_popped(ctx, *found, *many);
  ctx.wait_for({.type = keyspace::Type::sorted_set,
                .keys = many->names,
                .timeout_ms = *timeout_ms,
                .on_timeout = command::Wait::OnTimeout::null_array});
}

constexpr auto kTakes = key_flag::rw | key_flag::access | key_flag::remove;

constexpr Spec pop_spec(std::string_view name, std::string_view summary, command::Handler handler) {
  return {.name = name,
          .arity = -2,
          .group = Group::sorted_set,
          .since = "5.0.0",
          .flags = flag::write | flag::fast,
          .categories = category::sortedset,
          .keys = keys::at(1, kTakes),
          .complexity = "O(log(N)*M) where N is the size of the set and M the members popped",
          .summary = summary,
          .arguments = "key [count:integer]",
          .handler = handler};
}

constexpr Spec blocking_pop_spec(std::string_view name, std::string_view summary,
                                 command::Handler handler) {
  return {.name = name,
          .arity = -3,
          .group = Group::sorted_set,
          .since = "5.0.0",
          .flags = flag::write | flag::fast | flag::blocking,
          .categories = category::sortedset,
          .keys = keys::range(1, -2, 1, kTakes),
          .complexity = "O(log(N)) where N is the size of the set",
          .summary = summary,
          .arguments = "(key)+ timeout:double",
          .handler = handler};
}

constexpr command::KeySpec counted_keys(int index) {
  return {.flags = kTakes,
          .begin = command::KeySpec::Begin::index,
          .index = static_cast<std::int16_t>(index),
          .find = command::KeySpec::Find::keynum,
          .keynum_index = 0,
          .first_key = 1};
}

constexpr Spec kSpecs[] = {
    {.name = "bzmpop",
     .arity = -5,
     .group = Group::sorted_set,
     .since = "7.0.0",
     .flags = flag::write | flag::blocking | flag::movablekeys,
     .categories = category::sortedset,
     .keys = keys::of(counted_keys(2)),
     .complexity = "O(K)+O(M*log(N)) where K is the number of keys, N the size of the set and M "
                   "the members popped",
     .summary = "Takes the lowest or highest members of the first set that has any, or waits.",
     .arguments = "timeout:double numkeys:integer (key)+ <MIN|MAX> [COUNT count:integer]",
     .handler = bzmpop},
    blocking_pop_spec("bzpopmax",
                      "Takes the member with the highest score of the first set that has one, or "
                      "waits.",
                      bzpopmax),
    blocking_pop_spec("bzpopmin",
                      "Takes the member with the lowest score of the first set that has one, or "
                      "waits.",
                      bzpopmin),
    {.name = "zmpop",
     .arity = -4,
     .group = Group::sorted_set,
     .since = "7.0.0",
     .flags = flag::write | flag::movablekeys,
     .categories = category::sortedset,
     .keys = keys::of(counted_keys(1)),
     .complexity = "O(K)+O(M*log(N)) where K is the number of keys, N the size of the set and M "
                   "the members popped",
     .summary = "Takes the lowest or highest members of the first set that has any.",
     .arguments = "numkeys:integer (key)+ <MIN|MAX> [COUNT count:integer]",
     .handler = zmpop},
    pop_spec("zpopmax", "Takes the members with the highest scores.", zpopmax),
    pop_spec("zpopmin", "Takes the members with the lowest scores.", zpopmin),
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs sorted_sets_pop() noexcept { return kSpecs; }

}  // namespace larder::families
