// Deadlines of fields and members in snapshots of a version that has none: auxiliary fields behind
// the key, which loaders that do not know them pass over.
//
//   value = key (element deadline64)*       strings as RDB files have them
#pragma once

#include <string_view>

#include "base/function_ref.h"
#include "keyspace/database.h"
#include "persist/rdb_writer.h"
#include "persist/value_io.h"
#include "value/item.h"

namespace larder::persist {

// Calls visit(element, deadline) for the elements of a collection that have one.
using ElementDeadlineVisitor = base::FunctionRef<void(const value::Item&, base::UnixMs)>;
void for_each_element_deadline(const keyspace::EntryRef& entry, base::UnixMs now,
                               ElementDeadlineVisitor visit);

// Writes those that an entry's elements have, as one field or several.
void write_element_deadlines(RdbWriter& out, const keyspace::EntryRef& entry,
                             const ValueContext& context);

// Gives them to the elements of the key, as far as they are there. False where the field's value is
// malformed.
bool read_element_deadlines(std::string_view value, keyspace::Database& database,
                            keyspace::Keyspace& keyspace, const ValueContext& context);

}  // namespace larder::persist
