// The elements of a list, set or sorted set, whatever form it has: what SORT and its kind walk.
#pragma once

#include <cstddef>

#include "base/function_ref.h"
#include "keyspace/database.h"
#include "value/item.h"

namespace larder::families {

// Lists, sets and sorted sets have elements.
bool has_elements(const keyspace::EntryRef& entry) noexcept;

// REQUIRES of what follows: has_elements(entry). Members of sets that are past their deadline at
// `now` are not there.
std::size_t element_count(const keyspace::EntryRef& entry, base::UnixMs now) noexcept;

// Visits items in the order of the list, in a sorted set's, in no order in a set's. An item is
// valid during its visit, and while the value is unchanged where elements_stay().
using ElementVisitor = base::FunctionRef<void(const value::Item&)>;
void for_each_element(const keyspace::EntryRef& entry, base::UnixMs now, ElementVisitor visit);

// The same for `count` items from `first` on, which there must be; from the last backwards where
// `reverse` is set. Not of sets.
void for_each_element(const keyspace::EntryRef& entry, std::size_t first, std::size_t count,
                      bool reverse, ElementVisitor visit);

bool elements_stay(const keyspace::EntryRef& entry) noexcept;

}  // namespace larder::families
