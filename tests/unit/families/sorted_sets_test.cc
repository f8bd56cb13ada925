#include <map>

#include "fixture.h"

namespace larder::families {
namespace {

using SortedSets = FamiliesTest;

TEST_F(SortedSets, TellsChangesOnlyWhereSomethingChanged) {
  call("ZADD z 1 a");
  EXPECT_EQ(take_changes(), 1U);
  call("ZADD z 1 a");
  call("ZADD z XX 1 b");
  call("ZREM z b");
  call("ZREMRANGEBYSCORE z 5 6");
  call("ZPOPMIN missing");
  EXPECT_EQ(take_changes(), 0U);
  call("ZINCRBY z 2 a");
  EXPECT_EQ(take_changes(), 1U);
  call("ZREM z a");  // and the key
  EXPECT_EQ(take_changes(), 1U);
  call("ZUNIONSTORE z 1 missing");
  EXPECT_EQ(take_changes(), 0U);
}

TEST_F(SortedSets, EncodingsFollowTheSettings) {
  settings_.zset_max_listpack_entries = 2;
  settings_.zset_max_listpack_value = 3;
  call("ZADD a 1 x 2 y");
  call("ZADD b 1 long");
  call("ZADD c 1 x 2 y 3 z");
  EXPECT_EQ(encoding("a"), "listpack");
  EXPECT_EQ(encoding("b"), "skiplist");
  EXPECT_EQ(encoding("c"), "skiplist");
  call("ZADD a 3 z");
  call("ZREM a z");
  EXPECT_EQ(encoding("a"), "skiplist");
  call("ZUNIONSTORE d 1 a");
  EXPECT_EQ(encoding("d"), "listpack");
  call("ZRANGESTORE d c 0 -1");
  EXPECT_EQ(encoding("d"), "skiplist");
}

TEST_F(SortedSets, ScoresAreNumbersInRespThree) {
  protocol_ = resp::Protocol::resp3;
  expect({{"ZADD z 1 a 2.5 b", "2"},
          {"ZSCORE z b", ",2.5"},
          {"ZRANGE z 0 -1 WITHSCORES", "[[\"a\", ,1], [\"b\", ,2.5]]"},
          {"ZADD z INCR inf a", ",inf"},
          {"ZPOPMAX z", "[\"a\", ,inf]"},
          {"ZPOPMAX z 1", "[[\"b\", ,2.5]]"}});
}

TEST_F(SortedSets, DrawsEveryMemberEvenly) {
  for (const int members : {5, 400}) {
    call("DEL z");
    for (int i = 0; i < members; ++i) call("ZADD z " + std::to_string(i) + " m");
    for (int i = 0; i < members; ++i) call("ZADD z 1 member:" + std::to_string(i));
    call("ZREM z m");
    std::map<std::string, int> drawn;
    for (int i = 0; i < members * 50; ++i) ++drawn[call("ZRANDMEMBER z")];
    EXPECT_EQ(drawn.size(), static_cast<std::size_t>(members));
    for (const auto& [member, times] : drawn) {
      EXPECT_GT(times, 15) << member;
      EXPECT_LT(times, 110) << member;
    }
  }
  // Different ones, however many are asked for.
  for (const int count : {1, 10, 200, 399, 400, 500}) {
    const auto reply = call("ZRANDMEMBER z " + std::to_string(count));
    std::map<std::string, int> seen;
    std::size_t at = 0;
    while ((at = reply.find("member:", at)) != std::string::npos) {
      const auto end = reply.find('"', at);
      ++seen[reply.substr(at, end - at)];
      at = end;
    }
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(std::min(count, 400)));
  }
}

TEST_F(SortedSets, WalksWhatIsThereThroughout) {
  for (int i = 0; i < 3000; ++i) {
    call("ZADD z " + std::to_string(i % 7) + " member:" + std::to_string(i));
  }
  std::map<std::string, int> seen;
  std::string cursor = "0";
  int calls = 0;
  do {
    const auto reply = call("ZSCAN z " + cursor + " COUNT 50");
    cursor = reply.substr(2, reply.find('"', 2) - 2);
    std::size_t at = 0;
    while ((at = reply.find("member:", at)) != std::string::npos) {
      const auto end = reply.find('"', at);
      ++seen[reply.substr(at, end - at)];
      at = end;
    }
    ++calls;
    call("ZADD z 9 late:" + std::to_string(calls));      // grows
    call("ZREM z member:" + std::to_string(calls * 3));  // and shrinks meanwhile
  } while (cursor != "0");
  EXPECT_GT(calls, 30);
  for (int i = calls * 3 + 1; i < 3000; ++i) {
    EXPECT_EQ(seen["member:" + std::to_string(i)], 1) << i;
  }
}

TEST_F(SortedSets, TakesItsOwnKeyAsTheDestination) {
  for (const int members : {5, 500}) {
    call("DEL z");
    for (int i = 0; i < members; ++i) call("ZADD z 1 " + std::to_string(i));
    expect({{"ZUNIONSTORE z 2 z z", std::to_string(members)}, {"ZSCORE z 3", "\"2\""}});
    expect(
        {{"ZINTERSTORE z 2 z z WEIGHTS 2 3", std::to_string(members)}, {"ZSCORE z 3", "\"10\""}});
    expect({{"ZRANGESTORE z z 0 2", "3"}, {"ZCARD z", "3"}, {"ZDIFFSTORE z 2 z z", "0"}});
    EXPECT_EQ(encoding("z"), "none");
  }
}

TEST_F(SortedSets, SetsAreInputs) {
  for (const int members : {3, 300}) {
    call("DEL z s");
    for (int i = 0; i < members; ++i) {
      call("SADD s " + std::to_string(i));
      call("ZADD z 2 " + std::to_string(i + 1));
    }
    expect({{"ZINTERCARD 2 s z", std::to_string(members - 1)},
            {"ZUNIONSTORE d 2 s z", std::to_string(members + 1)},
            {"ZSCORE d 0", "\"1\""},
            {"ZSCORE d 1", "\"3\""},
            {"ZDIFF 2 s z WITHSCORES", "[\"0\", \"1\"]"}});
  }
}

TEST_F(SortedSets, PolygonsOfPoints) {
  expect({{"GEOADD g 1 1 in 5 5 out 1.5 1.5 too", "3"},
          {"GEOSEARCH g BYPOLYGON 4 0 0 2 0 2 2 0 2 ASC", "[\"in\", \"too\"]"},
          {"GEOSEARCHSTORE d g BYPOLYGON 3 4 4 6 4 5 6", "1"},
          {"ZRANGE d 0 -1", "[\"out\"]"}});
}

}  // namespace
}  // namespace larder::families
