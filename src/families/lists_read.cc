// Reading lists: LLEN, LINDEX, LRANGE, LPOS.
#include <algorithm>

#include "command/arguments.h"
#include "command/spec_check.h"
#include "families/families.h"
#include "families/lists.h"

namespace larder::families {
namespace {

using command::ArgReader;
using command::Args;
using command::Context;
using command::Group;
using command::Spec;
using keyspace::Type;
namespace category = command::category;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

void llen(Context& ctx, Args args) {
  const auto entry = find_typed_for_read(ctx, ctx.key(args[1]), Type::list);
  if (!entry) return;
  if (!*entry) return ctx.reply.integer(0);
  ctx.reply.integer(static_cast<std::int64_t>(list_of(*entry).size()));
}

void lindex(Context& ctx, Args args) {
  const auto entry = find_typed_for_read(ctx, ctx.key(args[1]), Type::list);
  if (!entry) return;
  if (!*entry) return ctx.reply.null();
  const auto index = base::parse_i64(args[2]);
  if (!index) return ctx.reply.error(command::errors::kNotInteger);
  const auto list = list_of(*entry);
  const auto place = index_from_start(*index, list.size());
  if (!place) return ctx.reply.null();
  answer_items(ctx, list, *place, 1, End::back);
}

void lrange(Context& ctx, Args args) {
  const auto start = base::parse_i64(args[2]);
  const auto stop = base::parse_i64(args[3]);
  if (!start || !stop) return ctx.reply.error(command::errors::kNotInteger);
  const auto entry = find_typed_for_read(ctx, ctx.key(args[1]), Type::list);
  if (!entry) return;
  if (!*entry) return ctx.reply.array(0);
  const auto list = list_of(*entry);
  const auto range = index_range(*start, *stop, list.size());
  ctx.reply.array(range.count);
  if (range.count > 0) answer_items(ctx, list, range.first, range.count, End::back);
}

struct Search {
  std::size_t skipped = 0;           // matches before the first that counts
  End towards = End::back;           // which way the search goes
  std::optional<std::size_t> count;  // of matches to answer with; 0: all
  std::size_t compared_max = SIZE_MAX;
};

constexpr std::string_view kRankIsZero =
    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use "
    "negative to start from the end of the list";

void read_rank(ArgReader& reader, Search& search) {
  const auto rank = reader.integer();
  if (!reader.ok()) return;
  if (rank == 0) return reader.fail(kRankIsZero);
  if (rank == INT64_MIN) return reader.fail(kNotNegatable);
  search.towards = rank > 0 ? End::back : End::front;
  search.skipped = static_cast<std::size_t>(rank > 0 ? rank : -rank) - 1;
}

std::optional<Search> read_search(Context& ctx, Args args) {
  Search search;
  ArgReader reader(args, 3);
  while (reader.has_more()) {
    if (reader.take("rank")) {
      read_rank(reader, search);
    } else if (reader.take("count")) {
      search.count = reader.integer("ERR COUNT can't be negative", 0);
    } else if (reader.take("maxlen")) {
      const auto limit = reader.integer("ERR MAXLEN can't be negative", 0);
      search.compared_max = limit == 0 ? SIZE_MAX : static_cast<std::size_t>(limit);
    } else {
      reader.fail(command::errors::kSyntax);
    }
  }
  if (reader.ok()) return search;
  ctx.reply.error(reader.error());
  return std::nullopt;
}

// Calls `found` with the index of each match that counts, until it says false.
void find_matches(const value::ListView& list, const Search& search, std::string_view text,
                  base::FunctionRef<bool(std::int64_t)> found) {
  const value::EncodedItem item(text);
  const auto size = list.size();
  const bool forward = search.towards == End::back;
  auto index = static_cast<std::int64_t>(forward ? 0 : size - 1);
  auto skipped = search.skipped;
  list.visit(static_cast<std::size_t>(index), std::min(size, search.compared_max), search.towards,
             [&](const char* at) {
               const auto here = forward ? index++ : index--;
               if (!item.equals(at)) return true;
               if (skipped > 0) {
                 --skipped;
                 return true;
               }
               return found(here);
             });
}

void lpos(Context& ctx, Args args) {
  const auto search = read_search(ctx, args);
  if (!search) return;
  const auto entry = find_typed_for_read(ctx, ctx.key(args[1]), Type::list);
  if (!entry) return;
  if (!*entry) return search->count ? ctx.reply.array(0) : ctx.reply.null();
  const auto list = list_of(*entry);
  if (search->count) {
    auto reply = ctx.reply.defer();
    std::size_t matches = 0;
    find_matches(list, *search, args[2], [&](std::int64_t index) {
      ctx.reply.integer(index);
      return ++matches != *search->count;
    });
    return reply.close_array(matches);
  }
  bool is_there = false;
  find_matches(list, *search, args[2], [&](std::int64_t index) {
    is_there = true;
    ctx.reply.integer(index);
    return false;
  });
  if (!is_there) ctx.reply.null();
}

constexpr Spec kSpecs[] = {
    {.name = "lindex",
     .arity = 3,
     .group = Group::list,
     .since = "1.0.0",
     .flags = flag::readonly,
     .categories = category::list,
     .keys = keys::at(1, key_flag::ro | key_flag::access),
     .complexity = "O(1) at the ends; elsewhere far less than the length of the list",
     .summary = "Returns the element at an index.",
     .arguments = "key index:integer",
     .handler = lindex},
    {.name = "llen",
     .arity = 2,
     .group = Group::list,
     .since = "1.0.0",
     .flags = flag::readonly | flag::fast,
     .categories = category::list,
     .keys = keys::at(1, key_flag::ro),
     .complexity = "O(1)",
     .summary = "Returns how many elements a list has.",
     .arguments = "key",
     .handler = llen},
    {.name = "lpos",
     .arity = -3,
     .group = Group::list,
     .since = "6.0.6",
     .flags = flag::readonly,
     .categories = category::list,
     .keys = keys::at(1, key_flag::ro | key_flag::access),
     .complexity = "O(N) where N is the number of elements that are compared",
     .summary = "Returns where in a list an element stands, once or as often as it does.",
     .arguments =
         "key element [RANK rank:integer] [COUNT num-matches:integer] [MAXLEN len:integer]",
     .handler = lpos},
    {.name = "lrange",
     .arity = 4,
     .group = Group::list,
     .since = "1.0.0",
     .flags = flag::readonly,
     .categories = category::list,
     .keys = keys::at(1, key_flag::ro | key_flag::access),
     .complexity = "O(N) where N is the number of elements in the range",
     .summary = "Returns the elements between two indexes.",
     .arguments = "key start:integer stop:integer",
     .handler = lrange},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs lists_read() noexcept { return kSpecs; }

}  // namespace larder::families
