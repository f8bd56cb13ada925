// Members drawn by chance: SPOP removes them, SRANDMEMBER does not.
#include <algorithm>
#include <limits>

#include "base/selection.h"
#include "command/spec_check.h"
#include "families/families.h"
#include "families/journal_forms.h"
#include "families/sets.h"

namespace larder::families {
namespace {

using command::Args;
using command::Context;
using command::Event;
using command::Group;
using command::Spec;
using keyspace::Type;
using value::Item;
namespace category = command::category;
namespace errors = command::errors;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

// Draws that one SRANDMEMBER may ask for: what a reply of about a gigabyte holds.
constexpr std::int64_t kDrawsMax = 1LL << 26;

constexpr std::string_view kCountOutOfRange =
    "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807";

// Redis too makes the set anew once at most a sixth of its members stays.
constexpr std::size_t kPoppedPerKept = 5;

void answer_popped(Context& ctx, const Item& member, ElementsJournal& journal) {
  answer_member(ctx, member);
  if (!ctx.is_journaled()) return;
  base::IntegerText digits;
  journal.add(member.text(digits));
}

// Answers with all members but `kept` of them drawn by chance, which become the set. They are
// packed again where they can be.
void pop_most(Context& ctx, const keyspace::Key& key, const keyspace::EntryRef& entry,
              std::size_t kept, ElementsJournal& journal) {
  const auto set = set_of(ctx, entry);
  NewSet rest(ctx);
  rest.expect(value::SetMember(std::string_view("text")),
              1);  // for Redis a listpack, not an intset
  base::Selection selection(kept, set.size(), ctx.random);
  set.for_each([&](const Item& member) {
    if (selection.draws_next()) {
      rest.add(value::SetMember(member));
    } else {
      answer_popped(ctx, member, journal);
    }
    return true;
  });
  ctx.database->put(key, Type::set, rest.take(), entry.deadline());
}

void pop_many(Context& ctx, const keyspace::Key& key, std::size_t count) {
  auto entry = find_typed_for_write(ctx, key, Type::set);
  if (!entry) return;
  const auto old = set_of(ctx, *entry);
  if (count == 0 || old.size() == 0) return ctx.reply.set(0);
  if (count >= old.size()) {
    ctx.reply.set(old.size());
    answer_members(ctx, old);
    ctx.changed(Event::set, "spop", key.name);
    journal_removal(ctx, key.name);
    return erase_empty(ctx, key, *entry);
  }
  ElementsJournal journal(ctx, "SREM", key.name);
  ctx.reply.set(count);
  const auto kept = old.size() - count;
  const bool has_deadlines = old.is_table() && old.table()->with_deadline() != 0;
  if (old.encoding() == value::SetEncoding::table && !has_deadlines &&
      kept * kPoppedPerKept <= count) {
    pop_most(ctx, key, *entry, kept, journal);
  } else {
    EditedSet set(ctx, *entry);
    set.take_random(count, ctx.random,
                    [&](const Item& member) { answer_popped(ctx, member, journal); });
  }
  ctx.changed(Event::set, "spop", key.name);
  journal.write();
}

void pop_one(Context& ctx, const keyspace::Key& key) {
  auto entry = find_typed_for_write(ctx, key, Type::set);
  if (!entry) return;
  if (set_of(ctx, *entry).size() == 0) return ctx.reply.null();
  ElementsJournal journal(ctx, "SREM", key.name);
  EditedSet set(ctx, *entry);
  set.take_random(1, ctx.random, [&](const Item& member) { answer_popped(ctx, member, journal); });
  ctx.changed(Event::set, "spop", key.name);
  journal.write();
  if (set.size() == 0) erase_empty(ctx, key, *entry);
}

void spop(Context& ctx, Args args) {
  if (args.size() > 3) return ctx.reply.error(errors::kSyntax);
  const auto key = ctx.key(args[1]);
  if (args.size() == 2) return pop_one(ctx, key);
  const auto count = base::parse_i64(args[2]);
  if (!count || *count < 0) return ctx.reply.error(errors::kNotPositive);
  pop_many(ctx, key, static_cast<std::size_t>(*count));
}

// Few of many, by drawing until there are enough different ones.
void answer_drawn(Context& ctx, const value::SetView& set, std::size_t count) {
  NewSet drawn(ctx);
  while (count != 0) {
    const auto member = set.random(ctx.random);
    if (!drawn.add(value::SetMember(member))) continue;
    answer_member(ctx, member);
    --count;
  }
}

void answer_different(Context& ctx, const value::SetView& set, std::size_t count) {
  constexpr std::size_t kDrawnShare = 8;  // walking through the rest costs less above 1 / that
  count = std::min(count, set.size());
  ctx.reply.array(count);
  if (count == 1) return answer_member(ctx, set.random(ctx.random));
  if (set.is_table() && count < set.size() / kDrawnShare) return answer_drawn(ctx, set, count);
  set.sample(count, ctx.random, [&](const Item& member) { answer_member(ctx, member); });
}

void draw_many(Context& ctx, const keyspace::Key& key, std::int64_t count) {
  const auto entry = find_typed_for_read(ctx, key, Type::set);
  if (!entry) return;
  const auto set = set_of(ctx, *entry);
  if (set.size() == 0 || count == 0) return ctx.reply.array(0);
  if (count > 0) return answer_different(ctx, set, static_cast<std::size_t>(count));
  if (-count > kDrawsMax) return ctx.reply.error(errors::kOutOfRange);
  ctx.reply.array(static_cast<std::size_t>(-count));
  for (; count != 0; ++count) answer_member(ctx, set.random(ctx.random));
}

void srandmember(Context& ctx, Args args) {
  if (args.size() > 3) return ctx.reply.error(errors::kSyntax);
  const auto key = ctx.key(args[1]);
  if (args.size() == 3) {
    const auto count = base::parse_i64(args[2]);
    if (!count) return ctx.reply.error(errors::kNotInteger);
    if (*count == std::numeric_limits<std::int64_t>::min()) {
      return ctx.reply.error(kCountOutOfRange);
    }
    return draw_many(ctx, key, *count);
  }
  const auto entry = find_typed_for_read(ctx, key, Type::set);
  if (!entry) return;
  const auto set = set_of(ctx, *entry);
  if (set.size() == 0) return ctx.reply.null();
  answer_member(ctx, set.random(ctx.random));
}

constexpr Spec kSpecs[] = {
    {.name = "spop",
     .arity = -2,
     .group = Group::set,
     .since = "1.0.0",
     .flags = flag::write | flag::fast,
     .categories = category::set,
     .keys = keys::at(1, key_flag::rw | key_flag::access | key_flag::remove),
     .complexity = "O(N) where N is the number of members asked for; O(1) for one",
     .summary = "Returns one or more members of a set drawn by chance, and removes them.",
     .arguments = "key [count:integer]",
     .tips = "nondeterministic_output",
     .handler = spop},
    {.name = "srandmember",
     .arity = -2,
     .group = Group::set,
     .since = "1.0.0",
     .flags = flag::readonly,
     .categories = category::set,
     .keys = keys::at(1, key_flag::ro | key_flag::access),
     .complexity = "O(N) where N is the number of members asked for; O(1) for one",
     .summary = "Returns one or more members of a set drawn by chance. With a negative count one "
                "may come several times.",
     .arguments = "key [count:integer]",
     .tips = "nondeterministic_output",
     .handler = srandmember},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs sets_random() noexcept { return kSpecs; }

}  // namespace larder::families
