// The commands that wait for a list to have what they want: BLPOP, BRPOP, BLMPOP, BLMOVE,
// BRPOPLPUSH, BLMOVEM. Each tries as its sibling does that does not wait; the server runs it again
// when a list came or changed.
#include "command/spec_check.h"
#include "families/families.h"
#include "families/lists.h"
#include "families/lists_taking.h"
#include "families/timeouts.h"

namespace larder::families {
namespace {

using command::Args;
using command::Context;
using command::Group;
using command::Spec;
using command::Wait;
using keyspace::Type;
namespace category = command::category;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

void wait_for_lists(Context& ctx, Args names, std::int64_t timeout_ms) {
  ctx.wait_for({.type = Type::list,
                .keys = names,
                .timeout_ms = timeout_ms,
                .on_timeout = Wait::OnTimeout::null_array});
}

// Answers with the key's name and its item.
void blocking_pop(Context& ctx, Args args, End end) {
  const auto timeout_ms = read_timeout_seconds(ctx, args.back());
  if (!timeout_ms) return;
  const auto names = args.subspan(1, args.size() - 2);
  for (const auto name : names) {
    const auto key = ctx.key(name);
    const auto entry = find_typed_for_write(ctx, key, Type::list);
    if (!entry) return;
    if (!*entry) continue;
    OpenList list(ctx, *entry);
    ctx.reply.array(2);
    ctx.reply.bulk(name);
    ctx.journal(end == End::front ? "LPOP" : "RPOP", name);
    return answer_and_pop(ctx, key, list, end, 1);
  }
  wait_for_lists(ctx, names, *timeout_ms);
}

void blpop(Context& ctx, Args args) { blocking_pop(ctx, args, End::front); }
void brpop(Context& ctx, Args args) { blocking_pop(ctx, args, End::back); }

void blmpop(Context& ctx, Args args) {
  const auto pop = read_many_pop(ctx, args, 2);
  if (!pop) return;
  const auto timeout_ms = read_timeout_seconds(ctx, args[1]);
  if (!timeout_ms) return;
  if (pop_from_first(ctx, *pop) == Outcome::nothing) wait_for_lists(ctx, pop->keys, *timeout_ms);
}

// Refused to wait, a move of one item answers as LMOVE does where there is none.
void move_or_wait(Context& ctx, const Move& move, std::string_view timeout) {
  const auto timeout_ms = read_timeout_seconds(ctx, timeout);
  if (!timeout_ms || move_items(ctx, move) == Outcome::answered) return;
  ctx.wait_for({.type = Type::list,
                .keys = {&move.source, 1},
                .timeout_ms = *timeout_ms,
                .on_timeout = Wait::OnTimeout::null_array,
                .if_refused = move.is_many ? Wait::OnTimeout::null_array : Wait::OnTimeout::null});
}

void blmove(Context& ctx, Args args) {
  const auto move = read_move(ctx, args);
  if (move) move_or_wait(ctx, *move, args[5]);
}

void brpoplpush(Context& ctx, Args args) {
  move_or_wait(ctx, {.source = args[1], .target = args[2], .from = End::back, .to = End::front},
               args[3]);
}

void blmovem(Context& ctx, Args args) {
  const auto move = read_many_move(ctx, args, 6);
  if (move) move_or_wait(ctx, *move, args[5]);
}

constexpr auto kTaking = key_flag::rw | key_flag::access | key_flag::remove;
constexpr auto kBothKeys = keys::of(keys::range_spec(1, 0, 1, kTaking),
                                    keys::range_spec(2, 0, 1, key_flag::rw | key_flag::insert));
constexpr auto kMoving = flag::write | flag::denyoom | flag::blocking;

constexpr command::KeySpec kCountedKeys = {.flags = kTaking,
                                           .begin = command::KeySpec::Begin::index,
                                           .index = 2,
                                           .find = command::KeySpec::Find::keynum,
                                           .step = 1,
                                           .keynum_index = 0,
                                           .first_key = 1};

constexpr Spec kSpecs[] = {
    {.name = "blmove",
     .arity = 6,
     .group = Group::list,
     .since = "6.2.0",
     .flags = kMoving,
     .categories = category::list,
     .keys = kBothKeys,
     .complexity = "O(1)",
     .summary = "Moves an element from an end of one list to an end of another and returns it; "
                "waits until there is one.",
     .arguments = "source:key destination:key <LEFT|RIGHT> <LEFT|RIGHT> timeout:double",
     .handler = blmove},
    {.name = "blmovem",
     .arity = -6,
     .group = Group::list,
     .since = "8.10.0",
     .flags = kMoving,
     .categories = category::list,
     .keys = kBothKeys,
     .complexity = "O(N) where N is the number of elements moved",
     .summary = "Moves several elements from an end of one list to an end of another and returns "
                "them; waits until there are enough.",
     .arguments = "source:key destination:key <LEFT|RIGHT> <LEFT|RIGHT> timeout:double "
                  "[<COUNT count:integer|EXACTLY exactly:integer> <OBO|BULK>]",
     .handler = blmovem},
    {.name = "blmpop",
     .arity = -5,
     .group = Group::list,
     .since = "7.0.0",
     .flags = flag::write | flag::blocking | flag::movablekeys,
     .categories = category::list,
     .keys = keys::of(kCountedKeys),
     .complexity = "O(N+M) where N is the number of keys and M the number of elements returned",
     .summary = "Removes elements from the first of several lists that has any, and returns them; "
                "waits until one has.",
     .arguments = "timeout:double numkeys:integer (key)+ <LEFT|RIGHT> [COUNT count:integer]",
     .handler = blmpop},
    {.name = "blpop",
     .arity = -3,
     .group = Group::list,
     .since = "2.0.0",
     .flags = flag::write | flag::blocking,
     .categories = category::list,
     .keys = keys::range(1, -2, 1, kTaking),
     .complexity = "O(N) where N is the number of keys",
     .summary = "Removes the first element of the first of several lists that has one, and returns "
                "it; waits until one has.",
     .arguments = "(key)+ timeout:double",
     .handler = blpop},
    {.name = "brpop",
     .arity = -3,
     .group = Group::list,
     .since = "2.0.0",
     .flags = flag::write | flag::blocking,
     .categories = category::list,
     .keys = keys::range(1, -2, 1, kTaking),
     .complexity = "O(N) where N is the number of keys",
     .summary = "Removes the last element of the first of several lists that has one, and returns "
                "it; waits until one has.",
     .arguments = "(key)+ timeout:double",
     .handler = brpop},
    {.name = "brpoplpush",
     .arity = 4,
     .group = Group::list,
     .since = "2.2.0",
     .flags = kMoving,
     .categories = category::list,
     .keys = kBothKeys,
     .complexity = "O(1)",
     .summary = "Moves the last element of a list to the head of another and returns it; waits "
                "until there is one.",
     .arguments = "source:key destination:key timeout:double",
     .deprecated_since = "6.2.0",
     .replaced_by = "`BLMOVE` with the `RIGHT` and `LEFT` arguments",
     .handler = brpoplpush},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs lists_block() noexcept { return kSpecs; }

}  // namespace larder::families
