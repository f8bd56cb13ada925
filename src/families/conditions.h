// The conditions of SET and DELEX on what a key holds: NX, XX, and comparisons with a value or with
// a value's digest.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "command/context.h"

namespace larder::families {

enum class ConditionKind : std::uint8_t { none, nx, xx, ifeq, ifne, ifdeq, ifdne };

struct Condition {
  ConditionKind kind = ConditionKind::none;
  std::string_view operand;  // of the comparisons

  bool compares() const noexcept { return kind >= ConditionKind::ifeq; }
};

// The comparison that `word` names (IFEQ, IFNE, IFDEQ, IFDNE in any case), or none.
ConditionKind comparison_named(std::string_view word) noexcept;

// XXH3 (64 bits) of `value` as 16 hexadecimal digits: what DIGEST answers.
std::array<char, 16> digest_of(std::string_view value) noexcept;

// Whether the condition holds for `entry`, which may be absent. Answers an error and returns
// nothing where the operand cannot be a digest; only the length of one is judged, and only where
// there is a value to compare with. REQUIRES: `entry` is absent or a string where
// condition.compares().
std::optional<bool> holds(command::Context& ctx, const Condition& condition,
                          const keyspace::EntryRef& entry);

}  // namespace larder::families
