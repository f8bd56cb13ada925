// The words that the keyspace and everything above it share: types, deadlines, keys with their
// hash.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "base/clock.h"

namespace larder::keyspace {

enum class Type : std::uint8_t { string, list, set, sorted_set, hash, stream, bloom_filter };

// How a string is kept; OBJECT ENCODING's int, embstr and raw. `raw` marks a string that was longer
// than 44 bytes when set, or was changed in place since: Redis's clients and tests can tell the two
// apart.
enum class StringEncoding : std::uint8_t { integer, embedded, raw };

// When a key expires, in milliseconds since the Unix epoch.
using Deadline = base::UnixMs;
inline constexpr Deadline kNever = std::numeric_limits<Deadline>::max();

// A key's name with its hash, so that a name is hashed once for a whole command.
struct Key {
  std::string_view name;
  std::uint64_t hash;
};

// What a step of housekeeping left: nothing that could not wait for the next timer tick, something
// for a step that follows in a moment, or so much that the moment should be short.
enum class Backlog : std::uint8_t { none, some, much };

// What came of moving memory together.
struct Moves {
  std::uint64_t moved = 0;  // blocks of entries, and pieces of memory outside of them
  std::uint64_t kept = 0;   // pieces that were looked at and stay
  std::uint64_t keys_moved = 0;
  std::uint64_t keys_kept = 0;
};

// Whether a look-up counts as use of the key for eviction and OBJECT IDLETIME/FREQ.
enum class Touch : bool { no, yes };

}  // namespace larder::keyspace
