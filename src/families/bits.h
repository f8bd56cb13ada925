// Long runs of bits, a word at a time: counting, finding, combining. Bit 0 is the highest bit of
// the first byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace larder::families::bits {

// A position of a bit; both ends of a range belong to it.
struct Range {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

// REQUIRES: range.first <= range.last < bytes.size() * 8.
std::uint64_t count_ones(std::string_view bytes, Range range) noexcept;

// The first bit in `range` that is `value`. REQUIRES: as count_ones.
std::optional<std::uint64_t> find(std::string_view bytes, bool value, Range range) noexcept;

// What BITOP does to its sources X, Y1, Y2 ...:
//   all_of AND, any_of OR, parity XOR, inverse NOT (X alone), difference X without any Y (DIFF),
//   opposite any Y without X (DIFF1), both X and any Y (ANDOR), exactly_one ONE.
enum class Operation : std::uint8_t {
  all_of,
  any_of,
  parity,
  inverse,
  difference,
  opposite,
  both,
  exactly_one
};

// Writes `length` bytes to `out`; sources end in as many zeros as they need. Each source is read
// once. REQUIRES: sources are not empty, none is longer than `length`, and `out` overlaps none of
// them.
void combine(Operation operation, std::span<const std::string_view> sources, char* out,
             std::size_t length) noexcept;

}  // namespace larder::families::bits
