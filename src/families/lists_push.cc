// Adding to lists: LPUSH, RPUSH, LPUSHX, RPUSHX, LINSERT, LSET.
#include "base/numbers.h"
#include "command/spec_check.h"
#include "families/families.h"
#include "families/lists.h"

namespace larder::families {
namespace {

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

enum class WhereAbsent { create, leave };

void push(Context& ctx, Args args, End end, WhereAbsent where_absent) {
  const auto key = ctx.key(args[1]);
  auto entry = find_typed_for_write(ctx, key, Type::list);
  if (!entry) return;
  if (!*entry) {
    if (where_absent == WhereAbsent::leave) return ctx.reply.integer(0);
    *entry = create(ctx, key, Type::list);
  }
  OpenList list(ctx, *entry);
  list->push(end, args.subspan(2));
  ctx.changed(Event::list, push_event(end), key.name);
  ctx.reply.integer(static_cast<std::int64_t>(list->size()));
}

void lpush(Context& ctx, Args args) { push(ctx, args, End::front, WhereAbsent::create); }
void rpush(Context& ctx, Args args) { push(ctx, args, End::back, WhereAbsent::create); }
void lpushx(Context& ctx, Args args) { push(ctx, args, End::front, WhereAbsent::leave); }
void rpushx(Context& ctx, Args args) { push(ctx, args, End::back, WhereAbsent::leave); }

// Where the first item equal to `text` stands; nothing where none does.
std::optional<std::size_t> position_of(const value::List& list, std::string_view text) {
  const value::EncodedItem item(text);
  std::size_t index = 0;
  bool found = false;
  list.visit(0, list.size(), End::back, [&](const char* at) {
    found = item.equals(at);
    if (!found) ++index;
    return !found;
  });
  if (!found) return std::nullopt;
  return index;
}

void linsert(Context& ctx, Args args) {
  const bool is_behind = base::equal_ignoring_case(args[2], "after");
  if (!is_behind && !base::equal_ignoring_case(args[2], "before")) {
    return ctx.reply.error(command::errors::kSyntax);
  }
  const auto key = ctx.key(args[1]);
  const auto entry = find_typed_for_write(ctx, key, Type::list);
  if (!entry) return;
  if (!*entry) return ctx.reply.integer(0);
  OpenList list(ctx, *entry);
  const auto pivot = position_of(*list, args[3]);
  if (!pivot) return ctx.reply.integer(-1);
  list->insert(is_behind ? *pivot + 1 : *pivot, args[4]);
  ctx.changed(Event::list, "linsert", key.name);
  ctx.reply.integer(static_cast<std::int64_t>(list->size()));
}

void lset(Context& ctx, Args args) {
  const auto key = ctx.key(args[1]);
  const auto entry = find_typed_for_write(ctx, key, Type::list);
  if (!entry) return;
  if (!*entry) return ctx.reply.error(command::errors::kNoSuchKey);
  const auto index = base::parse_i64(args[2]);
  if (!index) return ctx.reply.error(command::errors::kNotInteger);
  OpenList list(ctx, *entry);
  const auto place = index_from_start(*index, list->size());
  if (!place) return ctx.reply.error(command::errors::kIndexOutOfRange);
  list->replace(*place, args[3]);
  ctx.changed(Event::list, "lset", key.name);
  ctx.reply.ok();
}

constexpr auto kWrite = flag::write | flag::denyoom;

constexpr Spec push_spec(std::string_view name, std::string_view since, std::string_view summary,
                         command::Handler handler) {
  return {.name = name,
          .arity = -3,
          .group = Group::list,
          .since = since,
          .flags = kWrite | flag::fast,
          .categories = category::list,
          .keys = keys::at(1, key_flag::rw | key_flag::insert),
          .complexity = "O(1) for each element",
          .summary = summary,
          .arguments = "key (element)+",
          .handler = handler};
}

constexpr Spec kSpecs[] = {
    {.name = "linsert",
     .arity = 5,
     .group = Group::list,
     .since = "2.2.0",
     .flags = kWrite,
     .categories = category::list,
     .keys = keys::at(1, key_flag::rw | key_flag::insert),
     .complexity = "O(N) where N is the number of elements before the pivot",
     .summary = "Puts an element before or after the first one that equals the pivot.",
     .arguments = "key <BEFORE|AFTER> pivot element",
     .handler = linsert},
    push_spec("lpush", "1.0.0", "Adds elements at the head of a list, which is made if need be.",
              lpush),
    push_spec("lpushx", "2.2.0", "Adds elements at the head of a list where there is one.", lpushx),
    {.name = "lset",
     .arity = 4,
     .group = Group::list,
     .since = "1.0.0",
     .flags = kWrite,
     .categories = category::list,
     .keys = keys::at(1, key_flag::rw | key_flag::update),
     .complexity = "O(1) at the ends; elsewhere far less than the length of the list",
     .summary = "Replaces the element at an index.",
     .arguments = "key index:integer element",
     .handler = lset},
    push_spec("rpush", "1.0.0", "Adds elements at the tail of a list, which is made if need be.",
              rpush),
    push_spec("rpushx", "2.2.0", "Adds elements at the tail of a list where there is one.", rpushx),
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs lists_push() noexcept { return kSpecs; }

}  // namespace larder::families
