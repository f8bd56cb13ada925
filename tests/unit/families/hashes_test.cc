#include <fmt/format.h>

#include <map>
#include <set>

#include "fixture.h"

namespace larder::families {
namespace {

class Hashes : public FamiliesTest {
 protected:
  // The elements of an array of bulk strings.
  static std::vector<std::string> elements(const std::string& reply) {
    std::vector<std::string> found;
    for (std::size_t at = 0; (at = reply.find('"', at)) != std::string::npos;) {
      const auto end = reply.find('"', at + 1);
      found.push_back(reply.substr(at + 1, end - at - 1));
      at = end + 1;
    }
    return found;
  }
  void fill(int count) {
    for (int i = 0; i < count; ++i) call(fmt::format("HSET k field:{} value:{}", i, i));
  }
};

TEST_F(Hashes, EachChangeIsToldOnce) {
  expect({{"HSET k a 1 b 2", "2"}, {"HMSET k c 3", "OK"}, {"HSETNX k d 4", "1"}});
  EXPECT_EQ(take_changes(), 3U);
  expect({{"HSETNX k d 5", "0"},
          {"HDEL k x", "0"},
          {"HINCRBY k b x", "-ERR value is not an integer or out of range"}});
  EXPECT_EQ(take_changes(), 0U);
  expect({{"HINCRBY k b 1", "3"}, {"HINCRBYFLOAT k b 0.5", "\"3.5\""}, {"HDEL k a b", "2"}});
  EXPECT_EQ(take_changes(), 3U);
  expect({{"HDEL k c d", "2"}, {"EXISTS k", "0"}});
  EXPECT_EQ(take_changes(), 1U);
}

TEST_F(Hashes, LargeOnesAnswerLikeSmallOnes) {
  fill(3'000);
  EXPECT_EQ(encoding("k"), "hashtable");
  expect({{"HLEN k", "3000"},
          {"HGET k field:2999", "\"value:2999\""},
          {"HINCRBY k n 5", "5"},
          {"HINCRBY k n 5", "10"},
          {"HSTRLEN k field:10", "8"},
          {"HSET k field:10 x", "0"},
          {"HGET k field:10", "\"x\""},
          {"HDEL k n field:10 field:10", "2"},
          {"HLEN k", "2999"}});
  EXPECT_EQ(elements(call("HGETALL k")).size(), 2U * 2'999);
  for (int i = 0; i < 3'000; ++i) call(fmt::format("HDEL k field:{}", i));
  EXPECT_EQ(call("EXISTS k"), "0");
}

TEST_F(Hashes, FieldsDrawnTogetherDiffer) {
  for (const int size : {10, 1'000}) {
    fill(size);
    for (const int count : {1, 3, 9, 100, 200, 999}) {
      const auto drawn = elements(call(fmt::format("HRANDFIELD k {}", count)));
      EXPECT_EQ(drawn.size(), static_cast<std::size_t>(std::min(count, size)));
      EXPECT_EQ(std::set<std::string>(drawn.begin(), drawn.end()).size(), drawn.size());
    }
  }
}

TEST_F(Hashes, AllFieldsAreDrawnWithEqualChances) {
  fill(100);
  std::map<std::string, int> drawn;
  for (int i = 0; i < 400; ++i) {
    for (const auto& name : elements(call("HRANDFIELD k 10"))) ++drawn[name];
    for (const auto& name : elements(call("HRANDFIELD k 50"))) ++drawn[name];
    for (const auto& name : elements(call("HRANDFIELD k -40"))) ++drawn[name];
  }
  EXPECT_EQ(drawn.size(), 100U);
  for (const auto& [name, times] : drawn) EXPECT_NEAR(times, 400, 100) << name;
}

TEST_F(Hashes, NobodyGetsFieldsForEver) {
  call("HSET k a 1");
  EXPECT_EQ(call("HRANDFIELD k -9223372036854775807"), "-ERR value is out of range");
}

TEST_F(Hashes, MoveAndCopyWithTheirKey) {
  fill(1'000);
  expect({{"HSET small a 1", "1"},
          {"COPY k copy", "1"},
          {"COPY small other", "1"},
          {"HSET k field:0 changed", "0"},
          {"HGET copy field:0", "\"value:0\""},
          {"HLEN copy", "1000"},
          {"RENAME copy again", "OK"},
          {"HGET again field:999", "\"value:999\""},
          {"HGETALL other", "[\"a\", \"1\"]"}});
}

}  // namespace
}  // namespace larder::families
