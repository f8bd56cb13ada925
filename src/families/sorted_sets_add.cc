// What adds members to sorted sets and takes named ones out: ZADD, ZINCRBY, ZREM and the three
// ZREMRANGEBY commands.
#include <algorithm>
#include <vector>

#include "command/spec_check.h"
#include "families/families.h"
#include "families/sorted_sets.h"

namespace larder::families {
namespace {

using command::Args;
using command::Context;
using command::Group;
using command::Spec;
using value::SortedSet;
using Outcome = SortedSet::Outcome;
namespace category = command::category;
namespace errors = command::errors;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

// Takes one of ZADD's options.
bool take_option(std::string_view word, AddOptions& options) {
  const auto is = [word](std::string_view name) { return base::equal_ignoring_case(word, name); };
  auto& rule = options.rule;
  bool* const flag = is("nx")     ? &rule.only_new
                     : is("xx")   ? &rule.only_existing
                     : is("gt")   ? &rule.only_greater
                     : is("lt")   ? &rule.only_less
                     : is("incr") ? &rule.increments
                     : is("ch")   ? &options.counts_changed
                                  : nullptr;
  if (flag != nullptr) *flag = true;
  return flag != nullptr;
}

// What is wrong with the options and so many arguments behind them; empty where nothing is.
std::string_view mistake_in(const SortedSet::Rule& rule, std::size_t arguments) {
  if (arguments == 0 || arguments % 2 != 0) return errors::kSyntax;
  if (rule.only_new && rule.only_existing) {
    return "ERR XX and NX options at the same time are not compatible";
  }
  if (rule.only_greater + rule.only_less + rule.only_new > 1) {
    return "ERR GT, LT, and/or NX options at the same time are not compatible";
  }
  if (rule.increments && arguments != 2) {
    return "ERR INCR option supports a single increment-element pair";
  }
  return {};
}

// Pairs of a score and a member as elements; false where a score is none, which has been answered.
bool read_elements(Context& ctx, Args pairs, std::span<value::SortedElement> elements) {
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const auto score = base::parse_double(pairs[2 * i]);
    if (!score) {
      ctx.reply.error(errors::kNotFloat);
      return false;
    }
    elements[i] = {pairs[2 * i + 1], *score};
  }
  return true;
}

void read_and_add_pairs(Context& ctx, std::string_view name, Args pairs,
                        const AddOptions& options) {
  constexpr std::size_t kInside = 16;
  value::SortedElement inside[kInside];
  std::vector<value::SortedElement> many;
  const auto count = pairs.size() / 2;
  if (count > kInside) many.resize(count);
  const std::span elements(count > kInside ? many.data() : inside, count);
  if (read_elements(ctx, pairs, elements)) add_elements(ctx, name, elements, options);
}

// key [option ...] score member [score member ...]
void read_and_add(Context& ctx, Args args, AddOptions options) {
  std::size_t at = 2;
  while (at < args.size() && take_option(args[at], options)) ++at;
  const auto pairs = args.subspan(at);
  const auto mistake = mistake_in(options.rule, pairs.size());
  if (!mistake.empty()) return ctx.reply.error(mistake);
  read_and_add_pairs(ctx, args[1], pairs, options);
}

void zadd(Context& ctx, Args args) { read_and_add(ctx, args, {}); }

// An option's name is no increment here either.
void zincrby(Context& ctx, Args args) { read_and_add(ctx, args, {.rule = {.increments = true}}); }

void zrem(Context& ctx, Args args) {
  const auto key = ctx.key(args[1]);
  const auto entry = find_typed_for_write(ctx, key, keyspace::Type::sorted_set);
  if (!entry) return;
  if (!*entry) return ctx.reply.integer(0);
  SortedSetEntry set(ctx, *entry);
  std::int64_t removed = 0;
  for (const auto member : args.subspan(2)) removed += set->erase(member);
  if (removed != 0) tell_taken(ctx, "zrem", key, set);
  ctx.reply.integer(removed);
}

// Removes what `find(view)` says of the set.
template <class Find>
void remove_range(Context& ctx, std::string_view name, std::string_view event, Find find) {
  const auto key = ctx.key(name);
  const auto entry = find_typed_for_write(ctx, key, keyspace::Type::sorted_set);
  if (!entry) return;
  if (!*entry) return ctx.reply.integer(0);
  SortedSetEntry set(ctx, *entry);
  const value::RankRange range = find(set->view());
  if (range.count != 0) {
    set->erase(range);
    tell_taken(ctx, event, key, set);
  }
  ctx.reply.integer(static_cast<std::int64_t>(range.count));
}

void zremrangebyrank(Context& ctx, Args args) {
  const auto start = read_integer(ctx, args[2]);
  if (!start) return;
  const auto stop = read_integer(ctx, args[3]);
  if (!stop) return;
  remove_range(ctx, args[1], "zremrangebyrank",
               [&](const auto& view) { return rank_range(*start, *stop, view.size()); });
}

void zremrangebyscore(Context& ctx, Args args) {
  const auto range = read_score_range(ctx, args[2], args[3]);
  if (!range) return;
  remove_range(ctx, args[1], "zremrangebyscore",
               [&](const auto& view) { return view.range(*range); });
}

void zremrangebylex(Context& ctx, Args args) {
  const auto range = read_member_range(ctx, args[2], args[3]);
  if (!range) return;
  remove_range(ctx, args[1], "zremrangebylex",
               [&](const auto& view) { return view.range(*range); });
}

constexpr auto kTakes = keys::at(1, key_flag::rw | key_flag::remove);

constexpr Spec kSpecs[] = {
    {.name = "zadd",
     .arity = -4,
     .group = Group::sorted_set,
     .since = "1.2.0",
     .flags = flag::write | flag::denyoom | flag::fast,
     .categories = category::sortedset,
     .keys = keys::at(1, key_flag::rw | key_flag::update),
     .element = 3,
     .complexity = "O(log(N)) for each member added, where N is the size of the set",
     .summary = "Adds members with scores, or gives those that are there new scores.",
     .arguments = "key [<NX|XX>] [<GT|LT>] [CH] [INCR] (score:double member)+",
     .handler = zadd},
    {.name = "zincrby",
     .arity = 4,
     .group = Group::sorted_set,
     .since = "1.2.0",
     .flags = flag::write | flag::denyoom | flag::fast,
     .categories = category::sortedset,
     .keys = keys::at(1, key_flag::rw | key_flag::access | key_flag::update),
     .element = 3,
     .complexity = "O(log(N)) where N is the size of the set",
     .summary = "Adds to the score of a member, which starts at 0.",
     .arguments = "key increment:integer member",
     .handler = zincrby},
    {.name = "zrem",
     .arity = -3,
     .group = Group::sorted_set,
     .since = "1.2.0",
     .flags = flag::write | flag::fast,
     .categories = category::sortedset,
     .keys = kTakes,
     .element = 2,
     .complexity = "O(M*log(N)) where N is the size of the set and M the members named",
     .summary = "Removes members, and the key with the last one.",
     .arguments = "key (member)+",
     .handler = zrem},
    {.name = "zremrangebylex",
     .arity = 4,
     .group = Group::sorted_set,
     .since = "2.8.9",
     .flags = flag::write,
     .categories = category::sortedset,
     .keys = kTakes,
     .complexity = "O(log(N)+M) where N is the size of the set and M the members removed",
     .summary = "Removes the members within a range, where all scores are equal.",
     .arguments = "key min max",
     .handler = zremrangebylex},
    {.name = "zremrangebyrank",
     .arity = 4,
     .group = Group::sorted_set,
     .since = "2.0.0",
     .flags = flag::write,
     .categories = category::sortedset,
     .keys = kTakes,
     .complexity = "O(log(N)+M) where N is the size of the set and M the members removed",
     .summary = "Removes the members whose ranks are within a range.",
     .arguments = "key start:integer stop:integer",
     .handler = zremrangebyrank},
    {.name = "zremrangebyscore",
     .arity = 4,
     .group = Group::sorted_set,
     .since = "1.2.0",
     .flags = flag::write,
     .categories = category::sortedset,
     .keys = kTakes,
     .complexity = "O(log(N)+M) where N is the size of the set and M the members removed",
     .summary = "Removes the members whose scores are within a range.",
     .arguments = "key min:double max:double",
     .handler = zremrangebyscore},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs sorted_sets_add() noexcept { return kSpecs; }

}  // namespace larder::families
