#include "base/glob.h"

#include <algorithm>
#include <utility>

namespace larder::base {
namespace {

char folded(char c, bool ignore_case) noexcept {
  return ignore_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

// Matches `c` against the set that starts after '[' at `at`; `at` ends after ']' (or at the end,
// where it is missing). As in Redis an escaped character is never the start of a range and keeps
// its case, the end of a range is taken as it is, bytes from 0x80 on sort below zero, and the ends
// of a range are put in order before their case is folded.
bool set_matches(std::string_view pattern, std::size_t& at, char c, bool ignore_case) noexcept {
  const auto order = [&](char byte) { return static_cast<signed char>(folded(byte, ignore_case)); };
  const bool negated = at < pattern.size() && pattern[at] == '^';
  if (negated) ++at;
  bool found = false;
  while (at < pattern.size() && pattern[at] != ']') {
    const auto left = pattern.size() - at;
    if (pattern[at] == '\\' && left >= 2) {
      found = found || pattern[at + 1] == c;
      at += 2;
    } else if (left >= 3 && pattern[at + 1] == '-') {
      auto low = pattern[at];
      auto high = pattern[at + 2];
      if (static_cast<signed char>(low) > static_cast<signed char>(high)) std::swap(low, high);
      found = found || (order(low) <= order(c) && order(c) <= order(high));
      at += 3;
    } else {
      found = found || order(pattern[at]) == order(c);
      ++at;
    }
  }
  if (at < pattern.size()) ++at;
  return found != negated;
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text, bool ignore_case) noexcept {
  if (text.empty()) return pattern.empty() || pattern == "*";  // "**" is no match: Redis again
  // Greedy with one point to go back to: the latest star. An earlier star never needs to be tried
  // again.
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t after_star = std::string_view::npos;
  std::size_t star_text = 0;
  unsigned stars = 0;
  while (true) {
    if (p < pattern.size() && pattern[p] == '*') {
      p = std::min(pattern.find_first_not_of('*', p), pattern.size());
      if (p == pattern.size()) return true;
      if (++stars > kGlobStarsMax) return false;
      after_star = p;
      star_text = t;
      continue;
    }
    if (t == text.size()) return p == pattern.size();
    bool matched = false;
    if (p < pattern.size()) {
      const char c = folded(text[t], ignore_case);
      if (pattern[p] == '?') {
        matched = true;
        ++p;
      } else if (pattern[p] == '[') {
        ++p;
        matched = set_matches(pattern, p, text[t], ignore_case);
      } else {
        if (pattern[p] == '\\' && p + 1 < pattern.size()) ++p;
        matched = folded(pattern[p], ignore_case) == c;
        ++p;
      }
    }
    if (matched) {
      ++t;
    } else if (after_star != std::string_view::npos) {
      p = after_star;
      t = ++star_text;
    } else {
      return false;
    }
  }
}

}  // namespace larder::base
