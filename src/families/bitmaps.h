// What the commands on bits share: positions from arguments, and a string's bytes to write to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "command/context.h"

namespace larder::families {

// A bit's position within the longest string that proto-max-bulk-len allows. With `field_bits` not
// 0, "#7" is the position of the eighth field of that many bits. Answers an error and returns
// nothing where it is not one.
std::optional<std::uint64_t> read_bit_offset(command::Context& ctx, std::string_view text,
                                             unsigned field_bits = 0);

// The bytes of a string that is long enough for a bit, to be written to before the database changes
// again.
struct WritableBits {
  char* bytes = nullptr;
  std::size_t length = 0;
  bool grown = false;  // or created
};

// Makes the string of `key` at least long enough for bit `last`, creating it where it is absent.
// Answers an error and returns nothing where the key holds something else.
std::optional<WritableBits> writable_bits(command::Context& ctx, const keyspace::Key& key,
                                          std::uint64_t last);

}  // namespace larder::families
