#include "base/glob.h"

#include <utility>

namespace larder::base {
namespace {

char folded(char c, bool ignore_case) noexcept {
  return ignore_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

// Matches `c` against the set that starts after '[' at `at`; `at` ends after ']' (or at the end, where it is missing).
bool set_matches(std::string_view pattern, std::size_t& at, char c, bool ignore_case) noexcept {
  const bool negated = at < pattern.size() && pattern[at] == '^';
  if (negated) ++at;
  bool found = false;
  while (at < pattern.size() && pattern[at] != ']') {
    if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
    auto low = static_cast<unsigned char>(folded(pattern[at], ignore_case));
    auto high = low;
    if (at + 2 < pattern.size() && pattern[at + 1] == '-') {
      high = static_cast<unsigned char>(folded(pattern[at + 2], ignore_case));
      if (low > high) std::swap(low, high);
      at += 2;
    }
    const auto byte = static_cast<unsigned char>(c);
    found = found || (low <= byte && byte <= high);
    ++at;
  }
  if (at < pattern.size()) ++at;
  return found != negated;
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text, bool ignore_case) noexcept {
  // Greedy with one point to go back to: the latest star. An earlier star never needs to be tried again.
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t after_star = std::string_view::npos;
  std::size_t star_text = 0;
  while (true) {
    if (p < pattern.size() && pattern[p] == '*') {
      after_star = ++p;
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
        matched = set_matches(pattern, p, c, ignore_case);
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
