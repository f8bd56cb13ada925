#include "families/conditions.h"

#include "base/hash.h"
#include "base/numbers.h"

namespace larder::families {

ConditionKind comparison_named(std::string_view word) noexcept {
  if (base::equal_ignoring_case(word, "ifeq")) return ConditionKind::ifeq;
  if (base::equal_ignoring_case(word, "ifne")) return ConditionKind::ifne;
  if (base::equal_ignoring_case(word, "ifdeq")) return ConditionKind::ifdeq;
  if (base::equal_ignoring_case(word, "ifdne")) return ConditionKind::ifdne;
  return ConditionKind::none;
}

std::array<char, 16> digest_of(std::string_view value) noexcept {
  const auto hash = base::xxh3(value);
  std::array<char, 16> text;
  for (std::size_t i = 0; i < text.size(); ++i) {
    text[i] = "0123456789abcdef"[(hash >> (60 - 4 * i)) & 15];
  }
  return text;
}

std::optional<bool> holds(command::Context& ctx, const Condition& condition,
                          const keyspace::EntryRef& entry) {
  const bool negated =
      condition.kind == ConditionKind::ifne || condition.kind == ConditionKind::ifdne;
  switch (condition.kind) {
    case ConditionKind::none:
      return true;
    case ConditionKind::nx:
      return !entry;
    case ConditionKind::xx:
      return static_cast<bool>(entry);
    default:
      break;
  }
  if (!entry) return negated;
  base::IntegerText scratch;
  const auto value = entry.text(scratch);
  if (condition.kind == ConditionKind::ifeq || condition.kind == ConditionKind::ifne) {
    return (value == condition.operand) != negated;
  }
  if (condition.operand.size() != 16) {
    ctx.reply.error("ERR must be exactly 16 hexadecimal characters");
    return std::nullopt;
  }
  const auto digest = digest_of(value);
  return base::equal_ignoring_case({digest.data(), digest.size()}, condition.operand) != negated;
}

}  // namespace larder::families
