// Intersections, unions and differences: as a reply (SINTER, SUNION, SDIFF), as a number
// (SINTERCARD, SUNIONCARD, SDIFFCARD) and as a new set (SINTERSTORE, SUNIONSTORE, SDIFFSTORE).
#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "command/arguments.h"
#include "command/spec_check.h"
#include "families/families.h"
#include "families/sets.h"
#include "value/set_algebra.h"

namespace larder::families {
namespace {

using command::ArgReader;
using command::Args;
using command::Context;
using command::Event;
using command::Group;
using command::KeySpec;
using command::Spec;
using keyspace::Type;
using value::Item;
using value::SetView;
namespace category = command::category;
namespace errors = command::errors;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

using Operation = void (*)(std::span<SetView>, const base::KeyHasher&, value::MemberVisitor);
using Sets = std::vector<SetView>;

// The sets under `names`, empty ones where there is none; nullopt where one is no set, which has
// been answered.
std::optional<Sets> find_sets(Context& ctx, Args names) {
  Sets sets;
  sets.reserve(names.size());
  bool some_absent = false;
  for (const auto name : names) {
    const auto entry = find_typed_for_read(ctx, ctx.key(name), Type::set);
    if (!entry) return std::nullopt;
    some_absent |= !*entry;
    sets.push_back(set_of(ctx, *entry));
  }
  if (!some_absent) return sets;
  // An absent one may have expired and been removed just now, which moves others.
  for (std::size_t i = 0; i < names.size(); ++i) {
    sets[i] = set_of(ctx, ctx.database->find(ctx.key(names[i]), keyspace::Touch::no));
  }
  return sets;
}

void answer_result(Context& ctx, Args names, Operation operation) {
  auto sets = find_sets(ctx, names);
  if (!sets) return;
  auto deferred = ctx.reply.defer();
  std::size_t count = 0;
  operation(*sets, ctx.keyspace.hasher(), [&](const Item& member) {
    answer_member(ctx, member);
    ++count;
    return true;
  });
  deferred.close_set(count);
}

void sinter(Context& ctx, Args args) { answer_result(ctx, args.subspan(1), value::intersect); }
void sunion(Context& ctx, Args args) { answer_result(ctx, args.subspan(1), value::unite); }
void sdiff(Context& ctx, Args args) { answer_result(ctx, args.subspan(1), value::subtract); }

void store_result(Context& ctx, Args args, Operation operation, std::string_view event) {
  NewSet result(ctx);
  {
    auto sets = find_sets(ctx, args.subspan(2));
    if (!sets) return;
    operation(*sets, ctx.keyspace.hasher(), [&](const Item& member) {
      result.add(value::SetMember(member));
      return true;
    });
  }
  const auto target = ctx.key(args[1]);
  const auto size = result.size();
  if (size != 0) {
    ctx.database->put(target, Type::set, result.take(), deadline_for_new_key(ctx));
    ctx.changed(Event::set, event, target.name);
  } else if (ctx.database->erase(target)) {
    ctx.changed(Event::generic, "del", target.name);
  }
  ctx.reply.integer(static_cast<std::int64_t>(size));
}

void sinterstore(Context& ctx, Args args) {
  store_result(ctx, args, value::intersect, "sinterstore");
}
void sunionstore(Context& ctx, Args args) { store_result(ctx, args, value::unite, "sunionstore"); }
void sdiffstore(Context& ctx, Args args) { store_result(ctx, args, value::subtract, "sdiffstore"); }

struct CountOptions {
  Args names;
  std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();
};

// numkeys key... [LIMIT limit]
std::optional<CountOptions> read_count_options(Context& ctx, Args args) {
  CountOptions options;
  ArgReader reader(args, 1);
  const auto numkeys = reader.integer("ERR numkeys should be greater than 0", 1);
  const auto keys_max = args.size() - 2;
  if (reader.ok() && static_cast<std::uint64_t>(numkeys) > keys_max) {
    reader.fail("ERR Number of keys can't be greater than number of args");
  }
  if (reader.ok()) {
    options.names = args.subspan(2, static_cast<std::size_t>(numkeys));
    reader = ArgReader(args, 2 + options.names.size());
  }
  while (reader.has_more()) {
    if (reader.remaining() > 1 && reader.take("limit")) {
      const auto limit = reader.integer("ERR LIMIT can't be negative", 0);
      options.limit = limit != 0 ? static_cast<std::uint64_t>(limit) : CountOptions().limit;
    } else {
      reader.fail(errors::kSyntax);
    }
  }
  if (reader.ok()) return options;
  ctx.reply.error(reader.error());
  return std::nullopt;
}

void answer_count(Context& ctx, Args args, Operation operation) {
  const auto options = read_count_options(ctx, args);
  if (!options) return;
  auto sets = find_sets(ctx, options->names);
  if (!sets) return;
  std::uint64_t count = 0;
  operation(*sets, ctx.keyspace.hasher(), [&](const Item&) { return ++count < options->limit; });
  ctx.reply.integer(static_cast<std::int64_t>(count));
}

void sintercard(Context& ctx, Args args) { answer_count(ctx, args, value::intersect); }
void sunioncard(Context& ctx, Args args) { answer_count(ctx, args, value::unite); }
void sdiffcard(Context& ctx, Args args) { answer_count(ctx, args, value::subtract); }

constexpr std::string_view kIntersectCost =
    "O(N*M) where N is the number of members of the smallest set and M the number of sets";
constexpr std::string_view kTotalCost = "O(N) where N is the number of members of all sets";

constexpr Spec reply_spec(std::string_view name, std::string_view complexity,
                          std::string_view summary, command::Handler handler) {
  return {.name = name,
          .arity = -2,
          .group = Group::set,
          .since = "1.0.0",
          .flags = flag::readonly,
          .categories = category::set,
          .keys = keys::range(1, -1, 1, key_flag::ro | key_flag::access),
          .complexity = complexity,
          .summary = summary,
          .arguments = "(key)+",
          .tips = "nondeterministic_output_order",
          .handler = handler};
}

constexpr Spec store_spec(std::string_view name, std::string_view complexity,
                          std::string_view summary, command::Handler handler) {
  return {.name = name,
          .arity = -3,
          .group = Group::set,
          .since = "1.0.0",
          .flags = flag::write | flag::denyoom,
          .categories = category::set,
          .keys = keys::of(keys::range_spec(1, 0, 1, key_flag::ow | key_flag::update),
                           keys::range_spec(2, -1, 1, key_flag::ro | key_flag::access)),
          .complexity = complexity,
          .summary = summary,
          .arguments = "destination:key (key)+",
          .handler = handler};
}

constexpr Spec count_spec(std::string_view name, std::string_view since,
                          std::string_view complexity, std::string_view summary,
                          command::Handler handler) {
  return {.name = name,
          .arity = -3,
          .group = Group::set,
          .since = since,
          .flags = flag::readonly | flag::movablekeys,
          .categories = category::set,
          .keys = keys::of(KeySpec{.flags = key_flag::ro | key_flag::access,
                                   .begin = KeySpec::Begin::index,
                                   .index = 1,
                                   .find = KeySpec::Find::keynum,
                                   .step = 1,
                                   .keynum_index = 0,
                                   .first_key = 1}),
          .complexity = complexity,
          .summary = summary,
          .arguments = "numkeys:integer (key)+ [LIMIT limit:integer]",
          .handler = handler};
}

constexpr Spec kSpecs[] = {
    reply_spec("sdiff", kTotalCost, "Returns the members of a set that no other set has.", sdiff),
    count_spec("sdiffcard", "8.10.0", kTotalCost,
               "Returns how many members a set has that no other set has.", sdiffcard),
    store_spec("sdiffstore", kTotalCost,
               "Stores the members of a set that no other set has as a set.", sdiffstore),
    reply_spec("sinter", kIntersectCost, "Returns the members that several sets have in common.",
               sinter),
    count_spec("sintercard", "7.0.0", kIntersectCost,
               "Returns how many members several sets have in common.", sintercard),
    store_spec("sinterstore", kIntersectCost,
               "Stores the members that several sets have in common as a set.", sinterstore),
    reply_spec("sunion", kTotalCost, "Returns the members of several sets together.", sunion),
    count_spec("sunioncard", "8.10.0", kTotalCost,
               "Returns how many members several sets have together.", sunioncard),
    store_spec("sunionstore", kTotalCost, "Stores the members of several sets together as a set.",
               sunionstore),
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs sets_algebra() noexcept { return kSpecs; }

}  // namespace larder::families
