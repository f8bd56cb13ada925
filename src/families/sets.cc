// Sets member by member: SADD, SREM, SMOVE, SISMEMBER, SMISMEMBER, SCARD, SMEMBERS, SSCAN.
#include "families/sets.h"

#include <vector>

#include "command/spec_check.h"
#include "families/families.h"
#include "families/scanning.h"

namespace larder::families {
namespace {

using command::Args;
using command::Context;
using command::Event;
using command::Group;
using command::Spec;
using keyspace::Type;
using value::SetMember;
namespace category = command::category;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

void sadd(Context& ctx, Args args) {
  const auto key = ctx.key(args[1]);
  auto entry = find_typed_for_write(ctx, key, Type::set);
  if (!entry) return;
  if (!*entry) entry = create(ctx, key, Type::set);
  EditedSet set(ctx, *entry);
  const auto members = args.subspan(2);
  set.expect(SetMember(members.front()), members.size());
  std::int64_t added = 0;
  for (const auto member : members) added += set.add(SetMember(member)) ? 1 : 0;
  if (added != 0) ctx.changed(Event::set, "sadd", key.name);
  ctx.reply.integer(added);
}

void srem(Context& ctx, Args args) {
  const auto key = ctx.key(args[1]);
  auto entry = find_typed_for_write(ctx, key, Type::set);
  if (!entry) return;
  if (!*entry) return ctx.reply.integer(0);
  EditedSet set(ctx, *entry);
  std::int64_t removed = 0;
  for (const auto member : args.subspan(2)) {
    removed += set.remove(SetMember(member)) ? 1 : 0;
    if (set.size() == 0) break;
  }
  if (removed != 0) ctx.changed(Event::set, "srem", key.name);
  if (set.size() == 0) erase_empty(ctx, key, *entry);
  ctx.reply.integer(removed);
}

// Removes the member, and the set where it was the last one; false where it is none.
bool move_out(Context& ctx, const keyspace::Key& key, const SetMember& member) {
  auto entry = ctx.find_for_write(key);
  EditedSet set(ctx, entry);
  if (!set.remove(member)) return false;
  ctx.changed(Event::set, "srem", key.name);
  if (set.size() == 0) erase_empty(ctx, key, entry);
  return true;
}

void move_in(Context& ctx, const keyspace::Key& key, const SetMember& member) {
  auto entry = ctx.find_for_write(key);
  if (!entry) entry = create(ctx, key, Type::set);
  EditedSet set(ctx, entry);
  set.expect(member, 1);
  if (set.add(member)) ctx.changed(Event::set, "sadd", key.name);
}

void smove(Context& ctx, Args args) {
  const auto from = ctx.key(args[1]);
  const auto to = ctx.key(args[2]);
  const SetMember member(args[3]);
  const auto source = find_typed_for_write(ctx, from, Type::set);
  if (!source) return;
  if (!*source) return ctx.reply.integer(0);
  if (from.name == to.name) return ctx.reply.integer(set_of(ctx, *source).contains(member) ? 1 : 0);
  if (!find_typed_for_write(ctx, to, Type::set)) return;
  const bool moves = move_out(ctx, from, member);
  if (moves) move_in(ctx, to, member);
  ctx.reply.integer(moves ? 1 : 0);
}

void sismember(Context& ctx, Args args) {
  const auto entry = find_typed_for_read(ctx, ctx.key(args[1]), Type::set);
  if (!entry) return;
  ctx.reply.integer(set_of(ctx, *entry).contains(SetMember(args[2])) ? 1 : 0);
}

void smismember(Context& ctx, Args args) {
  const auto entry = find_typed_for_read(ctx, ctx.key(args[1]), Type::set);
  if (!entry) return;
  const auto set = set_of(ctx, *entry);
  const auto members = args.subspan(2);
  ctx.reply.array(members.size());
  for (const auto member : members) ctx.reply.integer(set.contains(SetMember(member)) ? 1 : 0);
}

void scard(Context& ctx, Args args) {
  const auto entry = find_typed_for_read(ctx, ctx.key(args[1]), Type::set);
  if (!entry) return;
  ctx.reply.integer(static_cast<std::int64_t>(set_of(ctx, *entry).size()));
}

void smembers(Context& ctx, Args args) {
  const auto entry = find_typed_for_read(ctx, ctx.key(args[1]), Type::set);
  if (!entry) return;
  const auto set = set_of(ctx, *entry);
  ctx.reply.set(set.size());
  answer_members(ctx, set);
}

void sscan(Context& ctx, Args args) {
  const auto cursor = read_cursor(ctx, args[2]);
  if (!cursor) return;
  const auto entry = find_typed_for_read(ctx, ctx.key(args[1]), Type::set);
  if (!entry) return;
  if (!*entry) return answer_empty_scan(ctx);
  const auto options = read_scan_options(ctx, args, 3, Scanned::set);
  if (!options) return;
  const auto set = set_of(ctx, *entry);
  const auto step = scan_step(*cursor, *options, set.encoding() != value::SetEncoding::table);
  std::vector<value::Item> found;
  const auto next = set.scan(step.cursor, step.count, [&](const value::Item& member) {
    base::IntegerText scratch;
    if (!options->pattern || options->matches(member.text(scratch))) found.push_back(member);
  });
  answer_cursor(ctx, next);
  ctx.reply.array(found.size());
  for (const auto& member : found) answer_member(ctx, member);
}

constexpr auto kAdds = flag::write | flag::denyoom;

constexpr Spec kSpecs[] = {
    {.name = "sadd",
     .arity = -3,
     .group = Group::set,
     .since = "1.0.0",
     .flags = kAdds | flag::fast,
     .categories = category::set,
     .keys = keys::at(1, key_flag::rw | key_flag::insert),
     .element = 2,
     .complexity = "O(N) where N is the number of members given",
     .summary = "Adds members to a set, which is made where there is none.",
     .arguments = "key (member)+",
     .handler = sadd},
    {.name = "scard",
     .arity = 2,
     .group = Group::set,
     .since = "1.0.0",
     .flags = flag::readonly | flag::fast,
     .categories = category::set,
     .keys = keys::at(1, key_flag::ro),
     .complexity = "O(1)",
     .summary = "Returns how many members a set has.",
     .arguments = "key",
     .handler = scard},
    {.name = "sismember",
     .arity = 3,
     .group = Group::set,
     .since = "1.0.0",
     .flags = flag::readonly | flag::fast,
     .categories = category::set,
     .keys = keys::at(1, key_flag::ro),
     .element = 2,
     .complexity = "O(1)",
     .summary = "Tells whether something is a member of a set.",
     .arguments = "key member",
     .handler = sismember},
    {.name = "smembers",
     .arity = 2,
     .group = Group::set,
     .since = "1.0.0",
     .flags = flag::readonly,
     .categories = category::set,
     .keys = keys::at(1, key_flag::ro | key_flag::access),
     .complexity = "O(N) where N is the number of members",
     .summary = "Returns all members of a set.",
     .arguments = "key",
     .tips = "nondeterministic_output_order",
     .handler = smembers},
    {.name = "smismember",
     .arity = -3,
     .group = Group::set,
     .since = "6.2.0",
     .flags = flag::readonly | flag::fast,
     .categories = category::set,
     .keys = keys::at(1, key_flag::ro | key_flag::access),
     .element = 2,
     .complexity = "O(N) where N is the number of members asked about",
     .summary = "Tells of several things whether each is a member of a set.",
     .arguments = "key (member)+",
     .handler = smismember},
    {.name = "smove",
     .arity = 4,
     .group = Group::set,
     .since = "1.0.0",
     .flags = flag::write | flag::fast,
     .categories = category::set,
     .keys = keys::of(keys::range_spec(1, 0, 1, key_flag::rw | key_flag::access | key_flag::remove),
                      keys::range_spec(2, 0, 1, key_flag::rw | key_flag::insert)),
     .complexity = "O(1)",
     .summary = "Moves a member from one set to another.",
     .arguments = "source:key destination:key member",
     .handler = smove},
    {.name = "srem",
     .arity = -3,
     .group = Group::set,
     .since = "1.0.0",
     .flags = flag::write | flag::fast,
     .categories = category::set,
     .keys = keys::at(1, key_flag::rw | key_flag::remove),
     .element = 2,
     .complexity = "O(N) where N is the number of members given",
     .summary = "Removes members from a set; the key goes with its last member.",
     .arguments = "key (member)+",
     .handler = srem},
    {.name = "sscan",
     .arity = -3,
     .group = Group::set,
     .since = "2.8.0",
     .flags = flag::readonly,
     .categories = category::set,
     .keys = keys::at(1, key_flag::ro | key_flag::access),
     .complexity = "O(1) a call; O(N) for a whole walk where N is the number of members",
     .summary = "Returns some members of a set, and where to go on.",
     .arguments = "key cursor:integer [MATCH pattern:pattern] [COUNT count:integer]",
     .tips = "nondeterministic_output",
     .handler = sscan},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs sets() noexcept { return kSpecs; }

}  // namespace larder::families
