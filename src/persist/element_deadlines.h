// Deadlines of fields and members in snapshots of a version that has none: auxiliary fields behind
// the key, which loaders that do not know them pass over.
//
//   value = key (element deadline64)*       strings as RDB files have them
#pragma once

#include <string_view>

#include "keyspace/database.h"
#include "persist/rdb_writer.h"
#include "persist/value_io.h"

namespace larder::persist {

// Writes those that an entry's elements have, as one field or several.
void write_element_deadlines(RdbWriter& out, const keyspace::EntryRef& entry,
                             const ValueContext& context);

// Gives them to the elements of the key, as far as they are there. False where the field's value is
// malformed.
bool read_element_deadlines(std::string_view value, keyspace::Database& database,
                            keyspace::Keyspace& keyspace, const ValueContext& context);

}  // namespace larder::persist
