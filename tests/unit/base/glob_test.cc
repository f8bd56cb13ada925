#include "base/glob.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

namespace larder::base {
namespace {

using namespace std::string_view_literals;

// Each row was asked of a Redis 7.0 with KEYS; its corner cases are part of the interface.
TEST(Glob, MatchesWhatRedisMatches) {
  const struct {
    std::string_view pattern;
    std::string_view text;
    bool matches;
  } cases[] = {
      {"", "", true},
      {"", "a", false},
      {"*", "", true},
      {"**", "", false},
      {"*", "a", true},
      {"**", "a", true},
      {"a*", "a", true},
      {"a**", "a", true},
      {"*a", "ba", true},
      {"*a", "ab", false},
      {"a*b*c", "aXbYc", true},
      {"a*b*c", "acb", false},
      {"*ab*ab", "abXab", true},
      {"*aab", "aaab", true},
      {"?", "", false},
      {"?", "a", true},
      {"??", "a", false},
      {"h?llo", "hello", true},
      {"h\\?llo", "hello", false},
      {"h\\?llo", "h?llo", true},
      {"[ab]", "a", true},
      {"[ab]", "c", false},
      {"[^ab]", "c", true},
      {"[^ab]", "a", false},
      {"[a-c]", "b", true},
      {"[c-a]", "b", true},
      {"[a-c]", "-", false},
      {"[-a]", "-", true},
      {"[a-]", "-", false},
      {"[a-]", "]", true},
      {"[a-]x]", "x", true},
      {"[]", "]", false},
      {"[^]", "a", true},
      {"[", "[", false},
      {"[", "a", false},
      {"[^", "a", true},
      {"[abc", "b", true},
      {"[abc", "d", false},
      {"[a", "ab", false},
      {"a[", "a", false},
      {"\\", "\\", true},
      {"\\", "a", false},
      {"\\a", "a", true},
      {"[\\", "\\", true},
      {"[\\]]", "]", true},
      {"[\\a-z]", "b", false},
      {"[\\a-z]", "-", true},
      {"[\\a-z]", "z", true},
      {"[a-\\z]", "]", true},
      {"[a-\\z]", "z", true},
      {"[!a]", "!", true},
      {"[!a]", "b", false},
      {"[a-\xff]", "\x80", false},
      {"[a-\xff]", "A", true},
      {"[a-\xff]", "z", false},
      {"[\x80-\xff]", "\x90", true},
      {"a\0*"sv, "a\0b"sv, true},
      {"a\0*"sv, "a"sv, false},
  };
  for (const auto& [pattern, text, matches] : cases) {
    EXPECT_EQ(glob_matches(pattern, text), matches) << pattern << " on " << text;
  }
}

TEST(Glob, IgnoresCaseWhereAsked) {
  EXPECT_TRUE(glob_matches("MaxMemory*", "maxmemory-policy", true));
  EXPECT_FALSE(glob_matches("MaxMemory*", "maxmemory-policy"));
  EXPECT_TRUE(glob_matches("[A-C]", "b", true));
  EXPECT_TRUE(glob_matches("[a-c]", "B", true));
  EXPECT_TRUE(glob_matches("[^x]", "Y", true));
  EXPECT_FALSE(glob_matches("[^x]", "X", true));
  EXPECT_FALSE(glob_matches("[\\A]", "a", true));  // an escaped character of a set keeps its case
}

// The patterns that make a recursive matcher exponential: here each is a few million steps at most.
TEST(Glob, HostilePatternsTakeNoLongerThanTheirSizes) {
  const auto start = std::chrono::steady_clock::now();
  std::string stars;
  for (int i = 0; i < 500; ++i) stars += "a*";
  EXPECT_FALSE(glob_matches(stars + "b", std::string(5'000, 'a')));
  std::string sets;
  for (int i = 0; i < 200; ++i) sets += "*[abcdefghijklmnop]";
  EXPECT_FALSE(glob_matches(sets + "z", std::string(5'000, 'p')));
  EXPECT_FALSE(glob_matches("*" + std::string(1'000, '?') + "b", std::string(5'000, 'a')));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

std::string repeated(std::string_view text, unsigned count) {
  std::string all;
  for (unsigned i = 0; i < count; ++i) all += text;
  return all;
}

TEST(Glob, MoreStarsThanRedisFollowsMatchNothing) {
  const std::string text(3'000, 'a');
  EXPECT_TRUE(glob_matches(repeated("*a", kGlobStarsMax), text));
  EXPECT_FALSE(glob_matches(repeated("*a", kGlobStarsMax + 1), text));
  EXPECT_TRUE(glob_matches(repeated("a*", kGlobStarsMax + 1), text));
  EXPECT_FALSE(glob_matches(repeated("a*", kGlobStarsMax + 2), text));
  EXPECT_TRUE(glob_matches(repeated("*", 50'000) + "a", text));
}

}  // namespace
}  // namespace larder::base
