// What SCAN, HSCAN, SSCAN and ZSCAN have in common: their cursor and their options.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/glob.h"
#include "command/context.h"

namespace larder::families {

struct ScanOptions {
  std::size_t count = 10;
  std::optional<std::string_view> pattern;  // none: everything matches
  std::optional<std::string_view> type;
  bool only_names = false;  // NOVALUES of HSCAN, NOSCORES of ZSCAN

  bool matches(std::string_view name) const noexcept {
    return !pattern || base::glob_matches(*pattern, name);
  }
};

// Which command asks, since each has an option of its own.
enum class Scanned : std::uint8_t { keys, hash, set, sorted_set };

// Where a step of a walk begins, and about how many elements it visits.
struct ScanStep {
  std::uint64_t cursor;
  std::size_t count;
};

// A collection whose encoding is one piece of memory in Redis is visited whole by the first step,
// whatever COUNT says: clients that ask for a page of a small collection expect no second one.
constexpr ScanStep scan_step(std::uint64_t cursor, const ScanOptions& options,
                             bool is_one_piece) noexcept {
  return is_one_piece ? ScanStep{0, SIZE_MAX} : ScanStep{cursor, options.count};
}

// Both answer the error and return nothing where the argument is wrong. Redis reads the options
// only once it has found the key.
std::optional<std::uint64_t> read_cursor(command::Context& ctx, std::string_view text);
std::optional<ScanOptions> read_scan_options(command::Context& ctx, command::Args args,
                                             std::size_t from, Scanned scanned);

// The cursor, as the first of the two elements of the reply. The elements found follow.
void answer_cursor(command::Context& ctx, std::uint64_t cursor);

// A cursor at the end and no elements: what SCAN of an absent key answers.
void answer_empty_scan(command::Context& ctx);

}  // namespace larder::families
