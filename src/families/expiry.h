// The options EX, PX, EXAT and PXAT, and the words KEEPTTL and PERSIST that exclude them, as SET,
// GETEX, MSETEX and INCREX take them. Reading an option and judging its number are two steps, since
// commands look at the key in between.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "command/arguments.h"
#include "command/context.h"
#include "families/deadlines.h"

namespace larder::families {

enum class ExpiryKind : std::uint8_t { none, ex, px, exat, pxat, keep, persist };

struct Expiry {
  ExpiryKind kind = ExpiryKind::none;
  std::string_view number;  // of ex, px, exat and pxat

  bool has_number() const noexcept { return kind >= ExpiryKind::ex && kind <= ExpiryKind::pxat; }
};

// Takes an expiry option where one is next; a syntax error where a different one was taken before.
// `word` is the one that the command knows beside the four: KEEPTTL or PERSIST. Returns whether it
// took something.
bool take_expiry(command::ArgReader& reader, ExpiryKind word, Expiry& expiry) noexcept;

// The deadline that `expiry` asks for, under the policy of deadlines.h. Answers an error and
// returns nothing where its number is not a valid time. REQUIRES: expiry.has_number().
std::optional<Deadline> resolve(command::Context& ctx, const Expiry& expiry);

}  // namespace larder::families
