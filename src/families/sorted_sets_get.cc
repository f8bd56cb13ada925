// Questions about sorted sets that a number or two answer: ZSCORE, ZMSCORE, ZCARD, ZCOUNT,
// ZLEXCOUNT, ZRANK, ZREVRANK.
#include "command/spec_check.h"
#include "families/families.h"
#include "families/sorted_sets.h"

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

void zcard(Context& ctx, Args args) {
  const auto set = read_sorted_set(ctx, args[1]);
  if (set) ctx.reply.integer(static_cast<std::int64_t>(set->size()));
}

void reply_score(Context& ctx, std::optional<double> score) {
  score ? ctx.reply.number(*score) : ctx.reply.null();
}

void zscore(Context& ctx, Args args) {
  const auto set = read_sorted_set(ctx, args[1]);
  if (set) reply_score(ctx, set->score(args[2]));
}

void zmscore(Context& ctx, Args args) {
  const auto set = read_sorted_set(ctx, args[1]);
  if (!set) return;
  const auto members = args.subspan(2);
  ctx.reply.array(members.size());
  for (const auto member : members) reply_score(ctx, set->score(member));
}

void zcount(Context& ctx, Args args) {
  const auto range = read_score_range(ctx, args[2], args[3]);
  if (!range) return;
  const auto set = read_sorted_set(ctx, args[1]);
  if (set) ctx.reply.integer(static_cast<std::int64_t>(set->range(*range).count));
}

void zlexcount(Context& ctx, Args args) {
  const auto range = read_member_range(ctx, args[2], args[3]);
  if (!range) return;
  const auto set = read_sorted_set(ctx, args[1]);
  if (set) ctx.reply.integer(static_cast<std::int64_t>(set->range(*range).count));
}

void answer_rank(Context& ctx, Args args, bool reverse) {
  if (args.size() > 4) {
    return ctx.reply.error(reverse ? "ERR wrong number of arguments for 'zrevrank' command"
                                   : "ERR wrong number of arguments for 'zrank' command");
  }
  const bool with_score = args.size() == 4;
  if (with_score && !base::equal_ignoring_case(args[3], "withscore")) {
    return ctx.reply.error(errors::kSyntax);
  }
  const auto set = read_sorted_set(ctx, args[1]);
  if (!set) return;
  const auto found = set->rank(args[2]);
  if (!found) return with_score ? ctx.reply.null_array() : ctx.reply.null();
  if (with_score) ctx.reply.array(2);
  const auto rank = reverse ? set->size() - 1 - found->rank : found->rank;
  ctx.reply.integer(static_cast<std::int64_t>(rank));
  if (with_score) ctx.reply.number(found->score);
}

void zrank(Context& ctx, Args args) { answer_rank(ctx, args, false); }
void zrevrank(Context& ctx, Args args) { answer_rank(ctx, args, true); }

constexpr Spec spec(std::string_view name, std::int16_t arity, std::string_view since,
                    std::string_view complexity, std::string_view summary,
                    std::string_view arguments, command::Handler handler,
                    command::KeyFlags key_flags = key_flag::ro | key_flag::access) {
  return {.name = name,
          .arity = arity,
          .group = Group::sorted_set,
          .since = since,
          .flags = flag::readonly | flag::fast,
          .categories = category::sortedset,
          .keys = keys::at(1, key_flags),
          .element = 2,
          .complexity = complexity,
          .summary = summary,
          .arguments = arguments,
          .handler = handler};
}

constexpr std::string_view kLogarithmic = "O(log(N)) where N is the size of the set";

constexpr Spec kSpecs[] = {
    spec("zcard", 2, "1.2.0", "O(1)", "Counts the members of a sorted set.", "key", zcard,
         key_flag::ro),
    spec("zcount", 4, "2.0.0", kLogarithmic, "Counts the members whose scores are within a range.",
         "key min:double max:double", zcount),
    spec("zlexcount", 4, "2.8.9", kLogarithmic,
         "Counts the members within a range, where all scores are equal.", "key min max",
         zlexcount),
    spec("zmscore", -3, "6.2.0", "O(N) where N is the number of members named",
         "Answers with the scores of members.", "key (member)+", zmscore),
    spec("zrank", -3, "2.0.0", kLogarithmic,
         "Answers with a member's rank, counted from the lowest score.", "key member [WITHSCORE]",
         zrank),
    spec("zrevrank", -3, "2.0.0", kLogarithmic,
         "Answers with a member's rank, counted from the highest score.", "key member [WITHSCORE]",
         zrevrank),
    spec("zscore", 3, "1.2.0", "O(1)", "Answers with the score of a member.", "key member", zscore),
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs sorted_sets_get() noexcept { return kSpecs; }

}  // namespace larder::families
