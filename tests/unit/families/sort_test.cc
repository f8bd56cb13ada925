#include <algorithm>

#include "fixture.h"

namespace larder::families {
namespace {

using Sort = FamiliesTest;

constexpr auto kSyntax = "-ERR syntax error";
constexpr auto kNoNumber = "-ERR One or more scores can't be converted into double";

TEST_F(Sort, OrdersNumbersAndTexts) {
  expect({{"RPUSH l 3 10 -1 2.5 1e1 0", "6"},
          {"SORT l", R"(["-1", "0", "2.5", "3", "10", "1e1"])"},
          {"SORT l DESC", R"(["1e1", "10", "3", "2.5", "0", "-1"])"},
          {"SORT l ALPHA", R"(["-1", "0", "10", "1e1", "2.5", "3"])"},
          {"SORT l ALPHA DESC LIMIT 1 2", R"(["2.5", "1e1"])"},
          {"RPUSH w banana apple cherry banana2", "4"},
          {"SORT w", kNoNumber},
          {"SORT w ALPHA", R"(["apple", "banana", "banana2", "cherry"])"},
          {"SORT_RO w ALPHA DESC", R"(["cherry", "banana2", "banana", "apple"])"},
          {"SORT none", "[]"}});
}

TEST_F(Sort, Limits) {
  expect({{"RPUSH l 5 4 3 2 1", "5"},
          {"SORT l LIMIT 0 2", R"(["1", "2"])"},
          {"SORT l LIMIT 3 10", R"(["4", "5"])"},
          {"SORT l LIMIT 5 1", "[]"},
          {"SORT l LIMIT -3 1", R"(["1"])"},
          {"SORT l LIMIT 2 -1", R"(["3", "4", "5"])"},
          {"SORT l LIMIT 0 0", "[]"},
          {"SORT l LIMIT 1 9223372036854775807 BY nosort", R"(["4", "3", "2", "1"])"},
          {"SORT l LIMIT 1 x", "-ERR value is not an integer or out of range"},
          {"SORT l LIMIT 1", kSyntax}});
}

TEST_F(Sort, LooksUpWeightsAndValues) {
  expect({{"RPUSH l 1 2 3", "3"},
          {"MSET w_1 30 w_2 20 w_3 10 v_1 one v_2 two", "OK"},
          {"SORT l BY w_*", R"(["3", "2", "1"])"},
          {"SORT l BY w_* GET v_* GET #", R"([nil, "3", "two", "2", "one", "1"])"},
          {"SORT l BY w_* DESC GET v_*", R"(["one", "two", nil])"},
          {"SORT l BY v_* ALPHA", R"(["3", "1", "2"])"},
          {"SORT l BY v_*", kNoNumber},
          {"SORT l BY none_*", R"(["1", "2", "3"])"},
          {"SORT l BY nosort GET fixed", "[nil, nil, nil]"},
          {"SORT l BY", kSyntax},
          {"SORT l GET", kSyntax}});
}

TEST_F(Sort, Stores) {
  expect(
      {{"RPUSH l 3 1 2", "3"},
       {"SORT l STORE out", "3"},
       {"LRANGE out 0 -1", R"(["1", "2", "3"])"},
       {"SORT l GET none_* STORE out", "3"},
       {"LRANGE out 0 -1", R"(["", "", ""])"},
       {"SORT l STORE l DESC", "3"},
       {"LRANGE l 0 -1", R"(["3", "2", "1"])"},
       {"SORT none STORE out", "0"},
       {"EXISTS out", "0"},
       {"SORT_RO l STORE out", kSyntax},
       {"SET s v", "OK"},
       {"SORT s STORE out", "-WRONGTYPE Operation against a key holding the wrong kind of value"}});
}

TEST_F(Sort, TakesSetsAndSortedSets) {
  expect({{"SADD s 3 1 2", "3"},
          {"SORT s DESC", R"(["3", "2", "1"])"},
          {"SADD t b a c", "3"},
          {"SORT t BY nosort STORE out", "3"},
          {"LRANGE out 0 -1", R"(["a", "b", "c"])"},
          {"ZADD z 1 b 3 a 2 c", "3"},
          {"SORT z ALPHA", R"(["a", "b", "c"])"},
          {"SORT z BY nosort", R"(["b", "c", "a"])"},
          {"SORT z BY nosort DESC", R"(["a", "c", "b"])"},
          {"SORT z BY nosort DESC LIMIT 0 2", R"(["a", "c"])"},
          {"SORT z BY nosort LIMIT 1 1", R"(["c"])"}});
}

TEST_F(Sort, OrdersManyAsStdSortDoes) {
  std::vector<std::string> texts;
  std::vector<std::string> command{"RPUSH", "l"};
  for (int i = 0; i < 3000; ++i) {
    texts.push_back(std::string(random_.below(20), 'a') + std::to_string(random_.below(500)));
    command.push_back(texts.back());
  }
  run(command);
  std::sort(texts.begin(), texts.end());
  std::string all = "[";
  for (const auto& text : texts) all += (all.size() > 1 ? ", \"" : "\"") + text + '"';
  EXPECT_EQ(call("SORT l ALPHA"), all + "]");
  EXPECT_EQ(call("SORT l ALPHA LIMIT 7 1"), "[\"" + texts[7] + "\"]");
}

}  // namespace
}  // namespace larder::families
