#include <random>

#include "fixture.h"

namespace larder::families {
namespace {

class StringsLcs : public FamiliesTest {
 protected:
  StringsLcs() { call("MSET a ohmytext b mynewtext"); }
};

TEST_F(StringsLcs, AnswersTextOrLength) {
  expect({{"LCS a b", "\"mytext\""},
          {"LCS a b LEN", "6"},
          {"LCS a none", "\"\""},
          {"LCS none a len", "0"},
          {"LCS a a", "\"ohmytext\""},
          {"SET n 12345", "OK"},
          {"SET m 245", "OK"},
          {"LCS n m", "\"245\""}});
}

TEST_F(StringsLcs, AnswersRangesFromTheEnd) {
  expect({{"LCS a b IDX", "[\"matches\", [[[4, 7], [5, 8]], [[2, 3], [0, 1]]], \"len\", 6]"},
          {"LCS a b IDX MINMATCHLEN 4", "[\"matches\", [[[4, 7], [5, 8]]], \"len\", 6]"},
          {"LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN",
           "[\"matches\", [[[4, 7], [5, 8], 4]], \"len\", 6]"},
          {"LCS a b IDX MINMATCHLEN 9", "[\"matches\", [], \"len\", 6]"},
          {"LCS a none IDX", "[\"matches\", [], \"len\", 0]"}});
  protocol_ = resp::Protocol::resp3;
  expect({{"LCS a b idx minmatchlen 4", "{\"matches\": [[[4, 7], [5, 8]]], \"len\": 6}"}});
}

TEST_F(StringsLcs, Errors) {
  expect({{"LCS a b LEN IDX", "-ERR If you want both the length and indexes, please just use IDX."},
          {"LCS a b FOO", "-ERR syntax error"},
          {"LCS a b IDX MINMATCHLEN", "-ERR syntax error"},
          {"LCS a b MINMATCHLEN x", "-ERR value is not an integer or out of range"},
          {"LCS a b MINMATCHLEN -5 LEN", "6"}});
}

TEST_F(StringsLcs, RefusesWhatWouldTakeTooMuch) {
  settings_.proto_max_bulk_len = 100;
  run({"SET", "long", std::string(30, 'x')});
  expect({{"LCS a long",
           "-ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"}});
}

// The length by the definition, without a table.
std::size_t length_by_recursion(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return 0;
  if (a.back() == b.back())
    return 1 + length_by_recursion(a.substr(0, a.size() - 1), b.substr(0, b.size() - 1));
  return std::max(length_by_recursion(a.substr(0, a.size() - 1), b),
                  length_by_recursion(a, b.substr(0, b.size() - 1)));
}

bool is_subsequence(std::string_view part, std::string_view whole) {
  for (const char c : whole) {
    if (!part.empty() && part.front() == c) part.remove_prefix(1);
  }
  return part.empty();
}

TEST_F(StringsLcs, IsTheLongestOfAllRandomPairs) {
  std::mt19937 random(5);
  const auto text = [&random] {
    std::string made(random() % 9, ' ');
    for (auto& c : made) c = static_cast<char>('a' + random() % 3);
    return made;
  };
  for (int i = 0; i < 200; ++i) {
    const auto a = text();
    const auto b = text();
    run({"MSET", "x", a, "y", b});
    const auto quoted = run({"LCS", "x", "y"});
    const auto found = quoted.substr(1, quoted.size() - 2);
    EXPECT_EQ(found.size(), length_by_recursion(a, b)) << a << ' ' << b;
    EXPECT_TRUE(is_subsequence(found, a) && is_subsequence(found, b)) << a << ' ' << b;
  }
}

}  // namespace
}  // namespace larder::families
