// What the commands of all collections share: finding one of the right type, making one, and
// removing one that has become empty.
#pragma once

#include <cstddef>
#include <optional>

#include "command/context.h"
#include "families/deadlines.h"

namespace larder::families {

// The entry of `key`, empty where there is none; nullopt where it is of another type, which has
// been answered. The first counts a hit or a miss.
inline std::optional<keyspace::EntryRef> find_typed_for_read(command::Context& ctx,
                                                             const keyspace::Key& key,
                                                             keyspace::Type type) {
  auto entry = ctx.find_for_read(key);
  if (!ctx.expect_type(entry, type)) return std::nullopt;
  return entry;
}

inline std::optional<keyspace::EntryRef> find_typed_for_write(command::Context& ctx,
                                                              const keyspace::Key& key,
                                                              keyspace::Type type) {
  auto entry = ctx.find_for_write(key);
  if (!ctx.expect_type(entry, type)) return std::nullopt;
  return entry;
}

// A new, empty collection under `key`, which is free.
inline keyspace::EntryRef create(command::Context& ctx, const keyspace::Key& key,
                                 keyspace::Type type) {
  return ctx.database->create(key, type, deadline_for_new_key(ctx));
}

// Removes a key whose collection has become empty, and tells. To be called after the event of what
// emptied it.
inline void erase_empty(command::Context& ctx, const keyspace::Key& key,
                        const keyspace::EntryRef& entry) {
  ctx.database->erase(entry);
  ctx.followed(command::Event::generic, "del", key.name);
}

}  // namespace larder::families
