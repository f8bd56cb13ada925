#include "families/strings.h"

#include "families/journal_forms.h"

namespace larder::families {

using command::Event;

void store_until(command::Context& ctx, const keyspace::Key& key, std::string_view value,
                 Deadline deadline) {
  if (deadline <= ctx.now()) {
    if (remove(ctx, key)) journal_removal(ctx, key.name);
    return;
  }
  store(ctx, key, value, deadline);
  ctx.changed(Event::generic, "expire", key.name);
  journal_string(ctx, key.name, value, deadline);
}

void put_text(command::Context& ctx, const keyspace::Key& key, keyspace::EntryRef& entry,
              std::string_view text, Deadline deadline_if_new) {
  // What a key is set to becomes an integer where it looks like one; what it is changed to does
  // not.
  if (!entry) entry = ctx.database->set_string(key, "", deadline_if_new);
  ctx.database->update_string(entry, text);
}

bool remove(command::Context& ctx, const keyspace::Key& key) {
  if (!ctx.database->erase(key)) return false;
  ctx.changed(Event::generic, "del", key.name);
  return true;
}

bool expect_length(command::Context& ctx, std::size_t length, std::size_t more) {
  std::size_t total = 0;
  const auto limit = static_cast<std::size_t>(ctx.settings.proto_max_bulk_len);
  if (!__builtin_add_overflow(length, more, &total) && total <= limit) return true;
  ctx.reply.error(command::errors::kStringTooLong);
  return false;
}

}  // namespace larder::families
