#include "families/lists.h"

#include "base/numbers.h"

namespace larder::families {

using command::Context;
using command::Event;

std::optional<End> end_named(std::string_view word) noexcept {
  if (base::equal_ignoring_case(word, "left")) return End::front;
  if (base::equal_ignoring_case(word, "right")) return End::back;
  return std::nullopt;
}

void answer_items(Context& ctx, const value::ListView& list, std::size_t first, std::size_t count,
                  End towards) {
  list.visit(first, count, towards, [&reply = ctx.reply](const char* at) {
    answer(reply, value::read_item(at));
    return true;
  });
}

void answer_and_pop(Context& ctx, const keyspace::Key& key, OpenList& list, End end,
                    std::size_t count) {
  const auto size = list->size();
  if (end == End::front) {
    answer_items(ctx, list->view(), 0, count, End::back);
  } else {
    answer_items(ctx, list->view(), size - 1, count, End::front);
  }
  list->pop(end, count);
  ctx.changed(Event::list, pop_event(end), key.name);
  if (count == size) erase_empty(ctx, key, list.entry);
}

std::size_t push_items(Context& ctx, const keyspace::Key& key, End end,
                       std::span<const std::string_view> texts) {
  auto entry = ctx.database->find(key, keyspace::Touch::no);
  if (!entry) entry = create(ctx, key, keyspace::Type::list);
  OpenList list(ctx, entry);
  list->push(end, texts);
  ctx.changed(Event::list, push_event(end), key.name);
  return list->size();
}

}  // namespace larder::families
