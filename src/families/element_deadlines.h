// Deadlines of single elements, whatever collection they are in: fields of hashes, members of sets
// and sorted sets. Hashes have commands of their own besides (hashes_expire.cc).
#pragma once

#include <optional>
#include <string_view>

#include "families/collections.h"

namespace larder::families {

// Hashes, sets and sorted sets. REQUIRES of what follows: the entry is one of these.
bool has_element_deadlines(keyspace::Type type) noexcept;

// When an element expires by itself, kNever where it does not; nothing where there is no such
// element.
std::optional<Deadline> element_deadline(const command::Context& ctx,
                                         const keyspace::EntryRef& entry, std::string_view element);

// Gives an element a deadline, or takes it away (kNever), and tells. `entry` stays valid. REQUIRES:
// there is such an element.
void set_element_deadline(command::Context& ctx, const keyspace::Key& key,
                          keyspace::EntryRef& entry, std::string_view element, Deadline deadline);

// Removes an element, the key with the last one, and tells. REQUIRES: there is such an element.
void erase_element(command::Context& ctx, const keyspace::Key& key, keyspace::EntryRef& entry,
                   std::string_view element);

}  // namespace larder::families
