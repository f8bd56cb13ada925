// What the files of string commands share: how a string is answered, read as a number and stored.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/numbers.h"
#include "command/context.h"
#include "families/deadlines.h"

namespace larder::families {

// REQUIRES: `entry` is a live string.
inline void answer_text(command::Context& ctx, const keyspace::EntryRef& entry) {
  base::IntegerText scratch;
  ctx.reply.bulk(entry.text(scratch));
}

// The old value as GET answers it: null where there is none.
inline void answer_text_or_null(command::Context& ctx, const keyspace::EntryRef& entry) {
  if (entry) return answer_text(ctx, entry);
  ctx.reply.null();
}

// The string as an integer where its text is one. REQUIRES: `entry` is a live string.
inline std::optional<std::int64_t> integer_of(const keyspace::EntryRef& entry) {
  if (const auto value = entry.integer()) return value;
  base::IntegerText scratch;
  return base::parse_i64(entry.text(scratch));
}

// Sets `key` to `value`, and tells.
inline void store(command::Context& ctx, const keyspace::Key& key, std::string_view value,
                  Deadline deadline) {
  ctx.database->set_string(key, value, deadline);
  ctx.changed(command::Event::string, "set", key.name);
}

// The same for a deadline that the client gave: one that has passed removes the key instead.
void store_until(command::Context& ctx, const keyspace::Key& key, std::string_view value,
                 Deadline deadline);

// Puts `text`, a number that is to stay text, in place of a string's value, or creates the key;
// telling is left to the caller. REQUIRES: `entry` is a string or absent.
void put_text(command::Context& ctx, const keyspace::Key& key, keyspace::EntryRef& entry,
              std::string_view text, Deadline deadline_if_new);

// Removes what `key` names, as DEL does it. Returns whether there was something.
bool remove(command::Context& ctx, const keyspace::Key& key);

// Refuses to let a string of `length` bytes grow by `more` beyond proto-max-bulk-len.
bool expect_length(command::Context& ctx, std::size_t length, std::size_t more);

}  // namespace larder::families
