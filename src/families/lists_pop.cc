// Taking from lists: LPOP, RPOP, LMPOP, LTRIM, LREM.
#include <algorithm>

#include "command/arguments.h"
#include "command/spec_check.h"
#include "families/families.h"
#include "families/lists.h"
#include "families/lists_taking.h"

namespace larder::families {
namespace {

using command::ArgReader;
using command::Args;
using command::Context;
using command::Event;
using command::Group;
using command::Spec;
using keyspace::Type;
namespace category = command::category;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

void pop(Context& ctx, Args args, End end) {
  if (args.size() > 3) {
    return ctx.reply.error(end == End::front ? "ERR wrong number of arguments for 'lpop' command"
                                             : "ERR wrong number of arguments for 'rpop' command");
  }
  const bool has_count = args.size() == 3;
  ArgReader reader(args, 2);
  const auto count = has_count ? reader.integer(command::errors::kNotPositive, 0) : 1;
  if (!reader.ok()) return ctx.reply.error(reader.error());
  const auto key = ctx.key(args[1]);
  const auto entry = find_typed_for_write(ctx, key, Type::list);
  if (!entry) return;
  if (!*entry) return has_count ? ctx.reply.null_array() : ctx.reply.null();
  if (count == 0) return ctx.reply.array(0);
  OpenList list(ctx, *entry);
  const auto popped = std::min(list->size(), static_cast<std::size_t>(count));
  if (has_count) ctx.reply.array(popped);
  answer_and_pop(ctx, key, list, end, popped);
}

void lpop(Context& ctx, Args args) { pop(ctx, args, End::front); }
void rpop(Context& ctx, Args args) { pop(ctx, args, End::back); }

void lmpop(Context& ctx, Args args) {
  const auto options = read_many_pop(ctx, args, 1);
  if (!options) return;
  if (pop_from_first(ctx, *options) == Outcome::nothing) ctx.reply.null_array();
}

void ltrim(Context& ctx, Args args) {
  const auto start = base::parse_i64(args[2]);
  const auto stop = base::parse_i64(args[3]);
  if (!start || !stop) return ctx.reply.error(command::errors::kNotInteger);
  const auto key = ctx.key(args[1]);
  const auto entry = find_typed_for_write(ctx, key, Type::list);
  if (!entry) return;
  if (!*entry) return ctx.reply.ok();
  OpenList list(ctx, *entry);
  const auto size = list->size();
  const auto range = index_range(*start, *stop, size);
  const auto end = range.first + range.count;
  if (range.count > 0) {
    if (end < size) list->erase(end, size - end);
    if (range.first > 0) list->erase(0, range.first);
  }
  ctx.changed(Event::list, "ltrim", key.name);
  if (range.count == 0) erase_empty(ctx, key, list.entry);
  ctx.reply.ok();
}

void lrem(Context& ctx, Args args) {
  const auto count = base::parse_i64(args[2]);
  if (!count) return ctx.reply.error(command::errors::kNotInteger);
  if (*count == INT64_MIN) return ctx.reply.error(kNotNegatable);
  const auto key = ctx.key(args[1]);
  const auto entry = find_typed_for_write(ctx, key, Type::list);
  if (!entry) return;
  if (!*entry) return ctx.reply.integer(0);
  OpenList list(ctx, *entry);
  const auto limit = *count == 0 ? SIZE_MAX : static_cast<std::size_t>(std::abs(*count));
  const auto removed = list->remove(*count < 0 ? End::back : End::front, limit, args[3]);
  if (removed > 0) ctx.changed(Event::list, "lrem", key.name);
  if (list->size() == 0) erase_empty(ctx, key, list.entry);
  ctx.reply.integer(static_cast<std::int64_t>(removed));
}

constexpr auto kTaking = key_flag::rw | key_flag::access | key_flag::remove;

constexpr command::KeySpec kCountedKeys = {.flags = kTaking,
                                           .begin = command::KeySpec::Begin::index,
                                           .index = 1,
                                           .find = command::KeySpec::Find::keynum,
                                           .step = 1,
                                           .keynum_index = 0,
                                           .first_key = 1};

constexpr Spec kSpecs[] = {
    {.name = "lmpop",
     .arity = -4,
     .group = Group::list,
     .since = "7.0.0",
     .flags = flag::write | flag::movablekeys,
     .categories = category::list,
     .keys = keys::of(kCountedKeys),
     .complexity = "O(N+M) where N is the number of keys and M the number of elements returned",
     .summary = "Removes elements from the first of several lists that has any, and returns them.",
     .arguments = "numkeys:integer (key)+ <LEFT|RIGHT> [COUNT count:integer]",
     .handler = lmpop},
    {.name = "lpop",
     .arity = -2,
     .group = Group::list,
     .since = "1.0.0",
     .flags = flag::write | flag::fast,
     .categories = category::list,
     .keys = keys::at(1, kTaking),
     .complexity = "O(N) where N is the number of elements returned",
     .summary = "Removes the first elements of a list and returns them.",
     .arguments = "key [count:integer]",
     .handler = lpop},
    {.name = "lrem",
     .arity = 4,
     .group = Group::list,
     .since = "1.0.0",
     .flags = flag::write,
     .categories = category::list,
     .keys = keys::at(1, key_flag::rw | key_flag::remove),
     .complexity = "O(N) where N is the number of elements in the list",
     .summary = "Removes elements that equal a value, from the head or from the tail on.",
     .arguments = "key count:integer element",
     .handler = lrem},
    {.name = "ltrim",
     .arity = 4,
     .group = Group::list,
     .since = "1.0.0",
     .flags = flag::write,
     .categories = category::list,
     .keys = keys::at(1, key_flag::rw | key_flag::remove),
     .complexity = "O(N) where N is the number of elements removed",
     .summary = "Removes all elements but those between two indexes.",
     .arguments = "key start:integer stop:integer",
     .handler = ltrim},
    {.name = "rpop",
     .arity = -2,
     .group = Group::list,
     .since = "1.0.0",
     .flags = flag::write | flag::fast,
     .categories = category::list,
     .keys = keys::at(1, kTaking),
     .complexity = "O(N) where N is the number of elements returned",
     .summary = "Removes the last elements of a list and returns them.",
     .arguments = "key [count:integer]",
     .handler = rpop},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs lists_pop() noexcept { return kSpecs; }

}  // namespace larder::families
