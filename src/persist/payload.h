// DUMP payloads: a value as RDB files have it, and a footer that says its version and checks it.
//
//   payload = type8 content version16 crc64      little-endian
#pragma once

#include <string_view>

#include "base/byte_buffer.h"
#include "keyspace/database.h"
#include "persist/values.h"

namespace larder::persist {

// Appends the payload of a live entry of `database`, of a version that is no later than
// `version_max`: those before kRdbVersionWithDeadlines leave out when fields expire.
void write_payload(base::ByteBuffer& out, keyspace::Database& database, keyspace::EntryRef entry,
                   const ValueContext& context, std::uint16_t version_max = kRdbVersionMax);

// Whether the footer is that of a version that is read, with the right checksum.
struct FooterChecks {
  bool version = true;
  bool checksum = true;
};
bool has_valid_footer(std::string_view payload, FooterChecks checks) noexcept;

// The value of a payload, whose strings may point into it. REQUIRES: has_valid_footer().
ReadFailure read_payload(std::string_view payload, const ValueContext& context, LoadedValue& value);

}  // namespace larder::persist
