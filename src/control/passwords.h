// Checks of what clients call themselves and prove themselves with.
#pragma once

#include <string_view>

namespace larder::control {

// Takes the same time for every wrong password of a length, so that it cannot be guessed byte by
// byte. An empty `expected` means that no password is needed: all match.
inline bool password_matches(std::string_view expected, std::string_view given) noexcept {
  if (expected.empty()) return true;
  unsigned difference = expected.size() != given.size() ? 1 : 0;
  for (std::size_t i = 0; i < given.size(); ++i) {
    difference |= static_cast<unsigned char>(given[i]) ^
                  static_cast<unsigned char>(expected[i % expected.size()]);
  }
  return difference == 0;
}

// Client and library names stand in the lines of CLIENT LIST: no spaces, line ends or control
// characters.
inline bool is_printable_name(std::string_view name) noexcept {
  for (const char c : name) {
    if (c < '!' || c > '~') return false;
  }
  return true;
}

}  // namespace larder::control
