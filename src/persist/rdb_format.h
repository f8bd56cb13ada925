// Codes of the RDB format that files and values are written in: what may stand before a key in a
// file, the types that open a value, and how lengths and strings begin. Which server writes which
// since when stands beside it.
#pragma once

#include <cstdint>

namespace larder::persist {

// What a byte between two keys of a file means, where it is no RdbType.
enum class RdbOpcode : std::uint8_t {
  slot_import = 243,  // Valkey 9; Redis 8.6 gives the code another meaning
  slot_info = 244,    // of clusters; since Redis 7.4
  function_library = 245,
  function_before_7 = 246,  // of Redis 7's release candidates
  module_data = 247,
  idle_seconds = 248,   // of the next key
  use_frequency = 249,  // likewise
  auxiliary = 250,      // a name and a value; unknown names are passed over
  sizes = 251,          // of the database that follows
  deadline_ms = 252,    // of the next key
  deadline_seconds = 253,
  database = 254,
  end = 255,
};

enum class RdbType : std::uint8_t {
  string = 0,
  list = 1,
  set = 2,
  sorted_set_texts = 3,  // scores as text; before Redis 4
  hash = 4,
  sorted_set = 5,
  module = 7,
  hash_zipmap = 9,    // before Redis 2.6
  list_ziplist = 10,  // before Redis 3.2
  set_intset = 11,
  sorted_set_ziplist = 12,  // before Redis 7
  hash_ziplist = 13,        // before Redis 7
  list_quicklist = 14,      // of ziplists; before Redis 7
  stream = 15,              // before Redis 7
  hash_listpack = 16,
  sorted_set_listpack = 17,
  list_quicklist_2 = 18,  // of listpacks
  stream_2 = 19,
  set_listpack = 20,             // since Redis 7.2
  stream_3 = 21,                 // since Redis 7.2
  hash_deadlines_valkey = 22,    // since Valkey 9
  hash_deadlines = 24,           // since Redis 7.4
  hash_deadlines_listpack = 25,  // since Redis 7.4
};

// The version that every Redis since 7.0 and every Valkey loads: what is written.
inline constexpr std::uint16_t kRdbVersionWritten = 10;
// Redis 7.4's, which values with field deadlines need.
inline constexpr std::uint16_t kRdbVersionWithDeadlines = 12;
// The highest that is read, and Valkey 9's, which counts on from its own.
inline constexpr std::uint16_t kRdbVersionMax = 12;
inline constexpr std::uint16_t kRdbVersionValkey = 80;

// The first byte of a length: its two highest bits.
//   00llllll            6 bits
//   01llllll llllllll   14 bits
//   0x80 length32       big-endian
//   0x81 length64       big-endian
//   11eeeeee            no length but a string with encoding e
namespace rdb_length {
inline constexpr std::uint8_t k14Bits = 0x40;
inline constexpr std::uint8_t k32Bits = 0x80;
inline constexpr std::uint8_t k64Bits = 0x81;
inline constexpr std::uint8_t kEncoded = 0xc0;
}  // namespace rdb_length

enum class RdbStringEncoding : std::uint8_t { int8 = 0, int16 = 1, int32 = 2, lzf = 3 };

}  // namespace larder::persist
