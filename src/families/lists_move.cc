// From one list to another: LMOVE, RPOPLPUSH, LMOVEM.
#include "command/spec_check.h"
#include "families/families.h"
#include "families/lists.h"
#include "families/lists_taking.h"

namespace larder::families {
namespace {

using command::Args;
using command::Context;
using command::Group;
using command::Spec;
namespace category = command::category;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

void move_or_answer_null(Context& ctx, const Move& move) {
  if (move_items(ctx, move) == Outcome::answered) return;
  move.is_many ? ctx.reply.null_array() : ctx.reply.null();
}

void lmove(Context& ctx, Args args) {
  const auto move = read_move(ctx, args);
  if (move) move_or_answer_null(ctx, *move);
}

void rpoplpush(Context& ctx, Args args) {
  move_or_answer_null(ctx,
                      {.source = args[1], .target = args[2], .from = End::back, .to = End::front});
}

void lmovem(Context& ctx, Args args) {
  const auto move = read_many_move(ctx, args, 5);
  if (move) move_or_answer_null(ctx, *move);
}

constexpr auto kSource = key_flag::rw | key_flag::access | key_flag::remove;
constexpr auto kTarget = key_flag::rw | key_flag::insert;
constexpr auto kBothKeys =
    keys::of(keys::range_spec(1, 0, 1, kSource), keys::range_spec(2, 0, 1, kTarget));

constexpr Spec kSpecs[] = {
    {.name = "lmove",
     .arity = 5,
     .group = Group::list,
     .since = "6.2.0",
     .flags = flag::write | flag::denyoom,
     .categories = category::list,
     .keys = kBothKeys,
     .complexity = "O(1)",
     .summary = "Moves an element from an end of one list to an end of another and returns it.",
     .arguments = "source:key destination:key <LEFT|RIGHT> <LEFT|RIGHT>",
     .handler = lmove},
    {.name = "lmovem",
     .arity = -5,
     .group = Group::list,
     .since = "8.10.0",
     .flags = flag::write | flag::denyoom,
     .categories = category::list,
     .keys = kBothKeys,
     .complexity = "O(N) where N is the number of elements moved",
     .summary = "Moves several elements from an end of one list to an end of another and returns "
                "them.",
     .arguments = "source:key destination:key <LEFT|RIGHT> <LEFT|RIGHT> "
                  "[<COUNT count:integer|EXACTLY exactly:integer> <OBO|BULK>]",
     .handler = lmovem},
    {.name = "rpoplpush",
     .arity = 3,
     .group = Group::list,
     .since = "1.2.0",
     .flags = flag::write | flag::denyoom,
     .categories = category::list,
     .keys = kBothKeys,
     .complexity = "O(1)",
     .summary = "Moves the last element of a list to the head of another and returns it.",
     .arguments = "source:key destination:key",
     .deprecated_since = "6.2.0",
     .replaced_by = "`LMOVE` with the `RIGHT` and `LEFT` arguments",
     .handler = rpoplpush},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs lists_move() noexcept { return kSpecs; }

}  // namespace larder::families
