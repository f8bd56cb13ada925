// Values of all types as RDB files and DUMP payloads have them: a type, and content in that type's
// encoding. Written is what Redis 7.0 writes; read is what every version since has written.
#pragma once

#include "base/result.h"
#include "keyspace/database.h"
#include "persist/value_io.h"

namespace larder::persist {

// A value that belongs to no database yet.
class LoadedValue {
 public:
  // Sets `key` to it, whatever it was before. The value is gone then.
  keyspace::EntryRef put(keyspace::Database& database, const keyspace::Key& key,
                         keyspace::Deadline deadline) &&;

  keyspace::Type type() const noexcept { return type_; }
  // REQUIRES: type() == keyspace::Type::string. It goes with the value.
  std::string_view text() const noexcept { return string_.text(); }

 private:
  friend ReadFailure read_value(RdbReader& in, std::uint8_t type, const ValueContext& context,
                                LoadedValue& value);

  keyspace::Type type_ = keyspace::Type::string;
  RdbString string_;
  value::FreeCell cell_;
};

// Reads a value behind its type, which came from outside, too.
ReadFailure read_value(RdbReader& in, std::uint8_t type, const ValueContext& context,
                       LoadedValue& value);

// Writes a live entry's value with its type before it. REQUIRES: `entry` is of `database`.
void write_value(RdbWriter& out, keyspace::Database& database, keyspace::EntryRef entry,
                 const ValueContext& context);

}  // namespace larder::persist
