// Some members of a sorted set, whichever: ZRANDMEMBER, ZSCAN.
#include <unordered_set>

#include "base/selection.h"
#include "command/spec_check.h"
#include "families/families.h"
#include "families/scanning.h"
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

// Draws with repetition are answered up to here: a reply of gigabytes.
constexpr std::int64_t kDrawsMax = std::int64_t{1} << 26;

void draw_one(Context& ctx, const value::SortedSetView& set) {
  if (set.size() == 0) return ctx.reply.null();
  set.for_each({ctx.random.below(set.size()), 1},
               [&](std::string_view member, double) { ctx.reply.bulk(member); });
}

// Each as likely as any other, again and again.
void draw_with_repetition(Context& ctx, const value::SortedSetView& set, std::size_t count,
                          bool with_scores) {
  ElementsReply reply(ctx, count, with_scores);
  for (; count != 0; --count) {
    set.for_each({ctx.random.below(set.size()), 1},
                 [&](std::string_view member, double score) { reply.add(member, score); });
  }
}

// `count` different ones, any such choice as likely as any other.
void draw_different(Context& ctx, const value::SortedSetView& set, std::size_t count,
                    bool with_scores) {
  const auto size = set.size();
  ElementsReply reply(ctx, count, with_scores);
  if (count * 3 > size) {  // many: each in turn is taken with the chance that is due to it
    base::Selection selection(count, size, ctx.random);
    set.for_each_while([&](std::string_view member, double score) {
      if (selection.draws_next()) reply.add(member, score);
      return !selection.is_done();
    });
    return;
  }
  std::unordered_set<std::size_t> drawn;
  while (drawn.size() < count) {
    const auto rank = ctx.random.below(size);
    if (!drawn.insert(rank).second) continue;
    set.for_each({rank, 1},
                 [&](std::string_view member, double score) { reply.add(member, score); });
  }
}

void zrandmember(Context& ctx, Args args) {
  if (args.size() == 2) {
    const auto set = read_sorted_set(ctx, args[1]);
    if (set) draw_one(ctx, *set);
    return;
  }
  constexpr std::string_view kNotInRange =
      "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807";
  const auto parsed = base::parse_i64(args[2]);
  if (!parsed) return ctx.reply.error(errors::kNotInteger);
  if (*parsed == INT64_MIN) return ctx.reply.error(kNotInRange);
  const bool with_scores = args.size() == 4;
  if (args.size() > 4 || (with_scores && !base::equal_ignoring_case(args[3], "withscores"))) {
    return ctx.reply.error(errors::kSyntax);
  }
  const bool doubles_overflow = *parsed < -INT64_MAX / 2 || *parsed > INT64_MAX / 2;
  if (with_scores && doubles_overflow) return ctx.reply.error(errors::kOutOfRange);
  const auto set = read_sorted_set(ctx, args[1]);
  if (!set) return;
  if (*parsed == 0 || set->size() == 0) return ctx.reply.array(0);
  if (*parsed > 0) {
    const auto count = std::min(static_cast<std::size_t>(*parsed), set->size());
    return draw_different(ctx, *set, count, with_scores);
  }
  if (-*parsed > kDrawsMax) return ctx.reply.error(errors::kOutOfRange);
  draw_with_repetition(ctx, *set, static_cast<std::size_t>(-*parsed), with_scores);
}

void zscan(Context& ctx, Args args) {
  const auto cursor = read_cursor(ctx, args[2]);
  if (!cursor) return;
  const auto entry = find_typed_for_read(ctx, ctx.key(args[1]), keyspace::Type::sorted_set);
  if (!entry) return;
  if (!*entry) return answer_empty_scan(ctx);
  const auto options = read_scan_options(ctx, args, 3, Scanned::sorted_set);
  if (!options) return;
  const auto set = view_of(*entry);
  const auto step = scan_step(*cursor, *options, set.is_listpack());
  // Elements are encoded before the cursor that stands before them is known.
  base::ByteBuffer encoded;
  resp::Writer writer(encoded, ctx.reply.protocol());
  std::size_t count = 0;
  const auto next = set.scan(step.cursor, step.count, [&](std::string_view member, double score) {
    if (!options->matches(member)) return;
    writer.bulk(member);
    if (!options->only_names) writer.bulk(base::double_text(score));
    count += options->only_names ? 1 : 2;
  });
  answer_cursor(ctx, next);
  ctx.reply.array(count);
  ctx.reply.raw(encoded.view());
}

constexpr Spec kSpecs[] = {
    {.name = "zrandmember",
     .arity = -2,
     .group = Group::sorted_set,
     .since = "6.2.0",
     .flags = flag::readonly,
     .categories = category::sortedset,
     .keys = keys::at(1, key_flag::ro | key_flag::access),
     .complexity =
         "O(N*log(M)) where N is the number of members returned and M the size of the set",
     .summary = "Answers with members drawn by chance.",
     .arguments = "key [count:integer [WITHSCORES]]",
     .tips = "nondeterministic_output",
     .handler = zrandmember},
    {.name = "zscan",
     .arity = -3,
     .group = Group::sorted_set,
     .since = "2.8.0",
     .flags = flag::readonly,
     .categories = category::sortedset,
     .keys = keys::at(1, key_flag::ro | key_flag::access),
     .complexity = "O(1) a call; O(N) for a whole walk where N is the size of the set",
     .summary = "Answers with some members and scores, and where to go on.",
     .arguments = "key cursor:integer [MATCH pattern:pattern] [COUNT count:integer] [NOSCORES]",
     .tips = "nondeterministic_output",
     .handler = zscan},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs sorted_sets_draw() noexcept { return kSpecs; }

}  // namespace larder::families
