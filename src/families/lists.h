// What the list commands share: a list opened in its entry, the words LEFT and RIGHT, answering
// with items and telling of changes.
#pragma once

#include <optional>
#include <string_view>

#include "command/context.h"
#include "families/collections.h"
#include "families/index_range.h"
#include "keyspace/database.h"
#include "value/list.h"

namespace larder::families {

using value::End;

inline value::ListLimits list_limits(const command::Context& ctx) noexcept {
  return value::ListLimits(ctx.settings.list_max_listpack_size, ctx.settings.list_compress_depth);
}

// The list of an entry that is one, usable until the database changes otherwise.
class OpenList {
 public:
  OpenList(command::Context& ctx, const keyspace::EntryRef& found) noexcept
      : entry(found), cell_(*ctx.database, entry), list_(cell_, list_limits(ctx)) {}

  value::List* operator->() noexcept { return &list_; }
  value::List& operator*() noexcept { return list_; }

  keyspace::EntryRef entry;

 private:
  keyspace::EntryCell cell_;
  value::List list_;
};

// Where the smallest integer, which has no counterpart, is given for a number whose sign says a
// direction.
inline constexpr std::string_view kNotNegatable =
    "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807";

// LEFT or RIGHT in any case.
std::optional<End> end_named(std::string_view word) noexcept;

constexpr std::string_view push_event(End end) noexcept {
  return end == End::front ? "lpush" : "rpush";
}
constexpr std::string_view pop_event(End end) noexcept {
  return end == End::front ? "lpop" : "rpop";
}

// The list of `entry`, which is one.
inline value::ListView list_of(const keyspace::EntryRef& entry) noexcept {
  return {entry.packed(), entry.object()};
}

inline void answer(resp::Writer& reply, const value::Item& item) {
  item.is_integer ? reply.bulk_integer(item.integer) : reply.bulk(item.bytes);
}

// The items of a range (first <= last < size), as elements of an array whose header is written.
void answer_items(command::Context& ctx, const value::ListView& list, std::size_t first,
                  std::size_t count, End towards);

// Answers with `count` items of an end, which there must be, and removes them; the key goes with
// the last.
void answer_and_pop(command::Context& ctx, const keyspace::Key& key, OpenList& list, End end,
                    std::size_t count);

// Adds items to the list of `key`, which is one or absent.
std::size_t push_items(command::Context& ctx, const keyspace::Key& key, End end,
                       std::span<const std::string_view> texts);

}  // namespace larder::families
