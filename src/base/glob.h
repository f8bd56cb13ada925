// The patterns of KEYS, SCAN and PSUBSCRIBE: * ? [abc] [^a] [a-z] and \ to take the next character
// as it is.
#pragma once

#include <string_view>

namespace larder::base {

// Time is bounded by pattern length × text length: a hostile pattern cannot make it exponential. A
// pattern matches nothing where that takes more than kGlobStarsMax stars that something follows, as
// in Redis.
constexpr unsigned kGlobStarsMax = 1'000;
bool glob_matches(std::string_view pattern, std::string_view text,
                  bool ignore_case = false) noexcept;

}  // namespace larder::base
