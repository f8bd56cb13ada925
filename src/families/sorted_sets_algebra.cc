// Unions, intersections and differences of sorted sets: ZUNION, ZINTER, ZDIFF, their STORE forms,
// and ZINTERCARD.
#include <algorithm>
#include <cmath>
#include <vector>

#include "command/arguments.h"
#include "command/spec_check.h"
#include "families/families.h"
#include "families/sorted_sets.h"
#include "families/sorted_sets_inputs.h"

namespace larder::families {
namespace {

using command::ArgReader;
using command::Args;
using command::Context;
using command::Group;
using command::Spec;
namespace category = command::category;
namespace errors = command::errors;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

enum class Operation { unite, intersect, subtract };
enum class Aggregate { sum, min, max };

double aggregated(Aggregate how, double one, double other) noexcept {
  switch (how) {
    case Aggregate::min:
      return other < one ? other : one;
    case Aggregate::max:
      return other > one ? other : one;
    case Aggregate::sum:
      break;
  }
  return zero_for_nan(one + other);  // opposite infinities
}

struct Request {
  Operation operation;
  std::vector<SortedInput> inputs = {};
  Aggregate aggregate = Aggregate::sum;
  bool with_scores = false;
  std::int64_t limit = 0;  // of ZINTERCARD; 0: none
};

// What may follow the keys.
enum class Tail { reply, store, count };

void read_weights(ArgReader& reader, std::vector<SortedInput>& inputs) {
  for (auto& input : inputs) {
    const auto weight = base::parse_double(reader.next());
    if (!weight) return reader.fail("ERR weight value is not a float");
    input.weight = *weight;
  }
}

void read_aggregate(ArgReader& reader, Aggregate& aggregate) {
  if (reader.take("sum")) {
    aggregate = Aggregate::sum;
  } else if (reader.take("min")) {
    aggregate = Aggregate::min;
  } else if (reader.take("max")) {
    aggregate = Aggregate::max;
  } else {
    reader.fail(errors::kSyntax);
  }
}

void read_tail(ArgReader& reader, Tail tail, Request& request) {
  const bool weighs = request.operation != Operation::subtract && tail != Tail::count;
  while (reader.has_more()) {
    if (weighs && reader.remaining() > request.inputs.size() && reader.take("weights")) {
      read_weights(reader, request.inputs);
    } else if (weighs && reader.remaining() > 1 && reader.take("aggregate")) {
      read_aggregate(reader, request.aggregate);
    } else if (tail == Tail::reply && reader.take("withscores")) {
      request.with_scores = true;
    } else if (tail == Tail::count && reader.remaining() > 1 && reader.take("limit")) {
      request.limit = reader.integer("ERR LIMIT can't be negative", 0);
    } else {
      reader.fail(errors::kSyntax);
    }
  }
}

// numkeys key [key ...] and what follows them, from `at` on.
std::optional<Request> read_request(Context& ctx, Args args, std::size_t at, Operation operation,
                                    Tail tail) {
  Request request{.operation = operation};
  const auto count = read_integer(ctx, args[at]);
  if (!count) return std::nullopt;
  if (*count < 1) {
    ctx.reply.error("ERR at least 1 input key is needed for '" + std::string(ctx.spec->name) +
                    "' command");
    return std::nullopt;
  }
  if (static_cast<std::uint64_t>(*count) > args.size() - at - 1) {
    ctx.reply.error(errors::kSyntax);
    return std::nullopt;
  }
  const auto names = args.subspan(at + 1, static_cast<std::size_t>(*count));
  request.inputs.reserve(names.size());
  for (const auto name : names) {
    auto input = find_input(ctx, name);
    if (!input) return std::nullopt;
    request.inputs.push_back(*input);
  }
  ArgReader reader(args, at + 1 + names.size());
  read_tail(reader, tail, request);
  if (reader.ok()) return request;
  ctx.reply.error(reader.error());
  return std::nullopt;
}

// Scores are added up from the smallest input to the largest, which decides how they are rounded.
void sort_by_size(std::vector<SortedInput>& inputs) {
  std::stable_sort(inputs.begin(), inputs.end(),
                   [](const auto& a, const auto& b) { return a.size() < b.size(); });
}

void unite(Request& request, ElementBuffer& result) {
  auto& inputs = request.inputs;
  sort_by_size(inputs);
  std::size_t total = 0;
  for (const auto& input : inputs) total += input.size();
  result.elements().reserve(total);
  ResultIndex known(result, inputs.size() > 1 ? total : 0);
  for (const auto& input : inputs) {
    const bool is_first = &input == &inputs.front();
    input.for_each([&](std::string_view member, double score) {
      const auto weighted = zero_for_nan(input.weight * score);
      auto* same = known.find_or_add(member, weighted, input.members_stay(), is_first);
      if (same != nullptr) same->score = aggregated(request.aggregate, same->score, weighted);
      return true;
    });
  }
}

// Visits members of all inputs with their scores until `visit` returns false.
template <class Visit>
void intersect(Request& request, Visit visit) {
  auto& inputs = request.inputs;
  sort_by_size(inputs);
  const auto& smallest = inputs.front();
  const std::span others(inputs.data() + 1, inputs.size() - 1);
  smallest.for_each([&](std::string_view member, double score) {
    auto total = zero_for_nan(smallest.weight * score);
    for (const auto& other : others) {
      const auto found = other.score(member);
      if (!found) return true;
      total = aggregated(request.aggregate, total, other.weight * *found);
    }
    return visit(member, total);
  });
}

void subtract(const Request& request, ElementBuffer& result) {
  const auto& first = request.inputs.front();
  const std::span others(request.inputs.data() + 1, request.inputs.size() - 1);
  first.for_each([&](std::string_view member, double score) {
    const bool is_elsewhere = std::any_of(others.begin(), others.end(), [&](const auto& other) {
      return other.score(member).has_value();
    });
    if (!is_elsewhere) result.add(member, score, first.members_stay());
    return true;
  });
}

// All of the result, in order.
void compute(Request& request, ElementBuffer& result) {
  switch (request.operation) {
    case Operation::unite:
      unite(request, result);
      break;
    case Operation::intersect:
      intersect(request, [&](std::string_view member, double score) {
        result.add(member, score, request.inputs.front().members_stay());
        return true;
      });
      break;
    case Operation::subtract:
      subtract(request, result);
      break;
  }
  result.sort();
}

void answer(Context& ctx, Args args, Operation operation) {
  auto request = read_request(ctx, args, 1, operation, Tail::reply);
  if (!request) return;
  ElementBuffer result;
  compute(*request, result);
  ElementsReply reply(ctx, result.elements().size(), request->with_scores);
  for (const auto& [member, score] : result.elements()) reply.add(member, score);
}

void store(Context& ctx, Args args, Operation operation, std::string_view event) {
  auto request = read_request(ctx, args, 2, operation, Tail::store);
  if (!request) return;
  ElementBuffer result;
  compute(*request, result);
  store_sorted_set(ctx, ctx.key(args[1]), result.elements(), event);
  ctx.reply.integer(static_cast<std::int64_t>(result.elements().size()));
}

void zunion(Context& ctx, Args args) { answer(ctx, args, Operation::unite); }
void zinter(Context& ctx, Args args) { answer(ctx, args, Operation::intersect); }
void zdiff(Context& ctx, Args args) { answer(ctx, args, Operation::subtract); }
void zunionstore(Context& ctx, Args args) { store(ctx, args, Operation::unite, "zunionstore"); }
void zinterstore(Context& ctx, Args args) { store(ctx, args, Operation::intersect, "zinterstore"); }
void zdiffstore(Context& ctx, Args args) { store(ctx, args, Operation::subtract, "zdiffstore"); }

void zintercard(Context& ctx, Args args) {
  auto request = read_request(ctx, args, 1, Operation::intersect, Tail::count);
  if (!request) return;
  std::int64_t count = 0;
  intersect(*request, [&](std::string_view, double) { return ++count != request->limit; });
  ctx.reply.integer(count);
}

constexpr command::KeySpec counted_keys(int index) {
  return {.flags = key_flag::ro | key_flag::access,
          .begin = command::KeySpec::Begin::index,
          .index = static_cast<std::int16_t>(index),
          .find = command::KeySpec::Find::keynum,
          .keynum_index = 0,
          .first_key = 1};
}

constexpr Spec reply_spec(std::string_view name, std::string_view since,
                          std::string_view complexity, std::string_view summary,
                          std::string_view arguments, command::Handler handler) {
  return {.name = name,
          .arity = -3,
          .group = Group::sorted_set,
          .since = since,
          .flags = flag::readonly | flag::movablekeys,
          .categories = category::sortedset,
          .keys = keys::of(counted_keys(1)),
          .complexity = complexity,
          .summary = summary,
          .arguments = arguments,
          .handler = handler};
}

constexpr Spec store_spec(std::string_view name, std::string_view since,
                          std::string_view complexity, std::string_view summary,
                          std::string_view arguments, command::Handler handler) {
  return {
      .name = name,
      .arity = -4,
      .group = Group::sorted_set,
      .since = since,
      .flags = flag::write | flag::denyoom | flag::movablekeys,
      .categories = category::sortedset,
      .keys = keys::of(keys::range_spec(1, 0, 1, key_flag::ow | key_flag::update), counted_keys(2)),
      .complexity = complexity,
      .summary = summary,
      .arguments = arguments,
      .handler = handler};
}

constexpr std::string_view kUnionCost =
    "O(N)+O(M*log(M)) where N is the size of all sets and M the members of the result";
constexpr std::string_view kIntersectionCost =
    "O(N*K)+O(M*log(M)) where N is the size of the smallest set, K the number of sets and M the "
    "members of the result";
constexpr std::string_view kDifferenceCost =
    "O(N*K)+O(M*log(M)) where N is the size of the first set, K the number of sets and M the "
    "members of the result";

constexpr Spec kSpecs[] = {
    reply_spec("zdiff", "6.2.0", kDifferenceCost,
               "Answers with the members of the first set that no other one has.",
               "numkeys:integer (key)+ [WITHSCORES]", zdiff),
    store_spec("zdiffstore", "6.2.0", kDifferenceCost,
               "Stores the members of the first set that no other one has.",
               "destination:key numkeys:integer (key)+", zdiffstore),
    reply_spec("zinter", "6.2.0", kIntersectionCost, "Answers with the members that all sets have.",
               "numkeys:integer (key)+ [WEIGHTS (weight:integer)+] [AGGREGATE <SUM|MIN|MAX>] "
               "[WITHSCORES]",
               zinter),
    reply_spec("zintercard", "7.0.0",
               "O(N*K) where N is the size of the smallest set and K the number of sets",
               "Counts the members that all sets have.",
               "numkeys:integer (key)+ [LIMIT limit:integer]", zintercard),
    store_spec("zinterstore", "2.0.0", kIntersectionCost, "Stores the members that all sets have.",
               "destination:key numkeys:integer (key)+ [WEIGHTS (weight:integer)+] "
               "[AGGREGATE <SUM|MIN|MAX>]",
               zinterstore),
    reply_spec("zunion", "6.2.0", kUnionCost, "Answers with the members that any set has.",
               "numkeys:integer (key)+ [WEIGHTS (weight:integer)+] [AGGREGATE <SUM|MIN|MAX>] "
               "[WITHSCORES]",
               zunion),
    store_spec("zunionstore", "2.0.0", kUnionCost, "Stores the members that any set has.",
               "destination:key numkeys:integer (key)+ [WEIGHTS (weight:integer)+] "
               "[AGGREGATE <SUM|MIN|MAX>]",
               zunionstore),
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs sorted_sets_algebra() noexcept { return kSpecs; }

}  // namespace larder::families
