// Ranges of sorted sets: ZRANGE, which can do all of them, ZRANGESTORE, and the older commands that
// each do a part.
#include <algorithm>

#include "command/arguments.h"
#include "command/spec_check.h"
#include "families/families.h"
#include "families/sorted_sets.h"

namespace larder::families {
namespace {

using command::ArgReader;
using command::Args;
using command::Context;
using command::Group;
using command::Spec;
using value::RankRange;
namespace category = command::category;
namespace errors = command::errors;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

enum class By { unsaid, rank, score, member };
enum class Direction { unsaid, forward, reverse };

struct RangeOptions {
  By by = By::unsaid;
  Direction direction = Direction::unsaid;
  bool with_scores = false;
  std::int64_t offset = 0;
  std::int64_t limit = -1;  // negative: none

  bool reverses() const noexcept { return direction == Direction::reverse; }
};

// What follows the bounds. `options` comes with what the command's name has said already.
bool read_options(Context& ctx, Args args, std::size_t from, bool stores, RangeOptions& options) {
  ArgReader reader(args, from);
  while (reader.has_more()) {
    if (!stores && reader.take("withscores")) {
      options.with_scores = true;
    } else if (reader.remaining() > 2 && reader.take("limit")) {
      options.offset = reader.integer();
      options.limit = reader.integer();
    } else if (options.direction == Direction::unsaid && reader.take("rev")) {
      options.direction = Direction::reverse;
    } else if (options.by == By::unsaid && reader.take("bylex")) {
      options.by = By::member;
    } else if (options.by == By::unsaid && reader.take("byscore")) {
      options.by = By::score;
    } else {
      reader.fail(errors::kSyntax);
    }
  }
  if (options.by == By::unsaid) options.by = By::rank;
  if (options.by == By::rank && options.limit != -1) {
    reader.fail(
        "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
  }
  if (options.by == By::member && options.with_scores) {
    reader.fail("ERR syntax error, WITHSCORES not supported in combination with BYLEX");
  }
  if (!reader.ok()) ctx.reply.error(reader.error());
  return reader.ok();
}

// The bounds as they were written, until the set is known.
struct Bounds {
  std::int64_t start = 0;
  std::int64_t stop = 0;
  value::ScoreRange scores = {};
  value::MemberRange members = {};
};

std::optional<Bounds> read_bounds(Context& ctx, std::string_view min, std::string_view max,
                                  const RangeOptions& options) {
  Bounds bounds;
  if (options.by == By::rank) {
    const auto start = read_integer(ctx, min);
    if (!start) return std::nullopt;
    const auto stop = read_integer(ctx, max);
    if (!stop) return std::nullopt;
    bounds.start = *start;
    bounds.stop = *stop;
    return bounds;
  }
  if (options.reverses()) std::swap(min, max);
  if (options.by == By::score) {
    const auto scores = read_score_range(ctx, min, max);
    if (!scores) return std::nullopt;
    bounds.scores = *scores;
  } else {
    const auto members = read_member_range(ctx, min, max);
    if (!members) return std::nullopt;
    bounds.members = *members;
  }
  return bounds;
}

RankRange limited(RankRange range, const RangeOptions& options) noexcept {
  const auto count = static_cast<std::int64_t>(range.count);
  if (options.offset < 0 || options.offset >= count) return {};
  auto left = count - options.offset;
  if (options.limit >= 0) left = std::min(left, options.limit);
  const auto skipped = options.reverses() ? count - options.offset - left : options.offset;
  return {range.first + static_cast<std::size_t>(skipped), static_cast<std::size_t>(left)};
}

RankRange resolve(const value::SortedSetView& set, const Bounds& bounds,
                  const RangeOptions& options) {
  switch (options.by) {
    case By::score:
      return limited(set.range(bounds.scores), options);
    case By::member:
      return limited(set.range(bounds.members), options);
    default:
      break;
  }
  auto range = rank_range(bounds.start, bounds.stop, set.size());
  if (options.reverses()) range.first = set.size() - range.first - range.count;
  return range;
}

void answer(Context& ctx, const value::SortedSetView& set, RankRange range,
            const RangeOptions& options) {
  ElementsReply reply(ctx, range.count, options.with_scores);
  if (range.count == 0) return;
  const auto add = [&](std::string_view member, double score) { reply.add(member, score); };
  options.reverses() ? set.for_each_reverse(range, add) : set.for_each(range, add);
}

void answer_range(Context& ctx, Args args, RangeOptions options) {
  if (!read_options(ctx, args, 4, false, options)) return;
  const auto bounds = read_bounds(ctx, args[2], args[3], options);
  if (!bounds) return;
  const auto set = read_sorted_set(ctx, args[1]);
  if (set) answer(ctx, *set, resolve(*set, *bounds, options), options);
}

void zrange(Context& ctx, Args args) { answer_range(ctx, args, {}); }
void zrevrange(Context& ctx, Args args) {
  answer_range(ctx, args, {.by = By::rank, .direction = Direction::reverse});
}
void zrangebyscore(Context& ctx, Args args) {
  answer_range(ctx, args, {.by = By::score, .direction = Direction::forward});
}
void zrevrangebyscore(Context& ctx, Args args) {
  answer_range(ctx, args, {.by = By::score, .direction = Direction::reverse});
}
void zrangebylex(Context& ctx, Args args) {
  answer_range(ctx, args, {.by = By::member, .direction = Direction::forward});
}
void zrevrangebylex(Context& ctx, Args args) {
  answer_range(ctx, args, {.by = By::member, .direction = Direction::reverse});
}

void zrangestore(Context& ctx, Args args) {
  RangeOptions options;
  if (!read_options(ctx, args, 5, true, options)) return;
  const auto bounds = read_bounds(ctx, args[3], args[4], options);
  if (!bounds) return;
  const auto set = read_sorted_set(ctx, args[2]);
  if (!set) return;
  const auto range = resolve(*set, *bounds, options);
  ElementBuffer buffer;
  set->for_each(range, [&](std::string_view member, double score) {
    buffer.add(member, score, set->members_stay());
  });
  const auto& elements = buffer.elements();
  store_sorted_set(ctx, ctx.key(args[1]), elements, "zrangestore");
  ctx.reply.integer(static_cast<std::int64_t>(elements.size()));
}

constexpr Spec spec(std::string_view name, std::string_view since, std::string_view summary,
                    std::string_view arguments, command::Handler handler) {
  return {.name = name,
          .arity = -4,
          .group = Group::sorted_set,
          .since = since,
          .flags = flag::readonly,
          .categories = category::sortedset,
          .keys = keys::at(1, key_flag::ro | key_flag::access),
          .complexity = "O(log(N)+M) where N is the size of the set and M the members returned",
          .summary = summary,
          .arguments = arguments,
          .handler = handler};
}

constexpr Spec replaced(Spec spec, std::string_view by) {
  spec.deprecated_since = "6.2.0";
  spec.replaced_by = by;
  return spec;
}

constexpr Spec kSpecs[] = {
    spec("zrange", "1.2.0", "Answers with members within a range of ranks, scores or members.",
         "key start stop [<BYSCORE|BYLEX>] [REV] [LIMIT offset:integer count:integer] [WITHSCORES]",
         zrange),
    replaced(spec("zrangebylex", "2.8.9",
                  "Answers with the members within a range, where all scores are equal.",
                  "key min max [LIMIT offset:integer count:integer]", zrangebylex),
             "`ZRANGE` with the `BYLEX` argument"),
    replaced(
        spec("zrangebyscore", "1.0.5", "Answers with the members whose scores are within a range.",
             "key min:double max:double [WITHSCORES] [LIMIT offset:integer count:integer]",
             zrangebyscore),
        "`ZRANGE` with the `BYSCORE` argument"),
    {.name = "zrangestore",
     .arity = -5,
     .group = Group::sorted_set,
     .since = "6.2.0",
     .flags = flag::write | flag::denyoom,
     .categories = category::sortedset,
     .keys = keys::of(keys::range_spec(1, 0, 1, key_flag::ow | key_flag::update),
                      keys::range_spec(2, 0, 1, key_flag::ro | key_flag::access)),
     .complexity = "O(log(N)+M) where N is the size of the set and M the members stored",
     .summary = "Stores a range of a sorted set under another key.",
     .arguments =
         "dst:key src:key min max [<BYSCORE|BYLEX>] [REV] [LIMIT offset:integer count:integer]",
     .handler = zrangestore},
    replaced(spec("zrevrange", "1.2.0",
                  "Answers with members within a range of ranks, counted from the highest score.",
                  "key start:integer stop:integer [WITHSCORES]", zrevrange),
             "`ZRANGE` with the `REV` argument"),
    replaced(spec("zrevrangebylex", "2.8.9",
                  "Answers with the members within a range, the last one first.",
                  "key max min [LIMIT offset:integer count:integer]", zrevrangebylex),
             "`ZRANGE` with the `REV` and `BYLEX` arguments"),
    replaced(spec("zrevrangebyscore", "2.2.0",
                  "Answers with the members whose scores are within a range, the highest first.",
                  "key max:double min:double [WITHSCORES] [LIMIT offset:integer count:integer]",
                  zrevrangebyscore),
             "`ZRANGE` with the `REV` and `BYSCORE` arguments"),
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs sorted_sets_range() noexcept { return kSpecs; }

}  // namespace larder::families
