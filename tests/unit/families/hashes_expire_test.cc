#include <fmt/format.h>

#include "fixture.h"

namespace larder::families {
namespace {

class HashesExpire : public FamiliesTest {
 protected:
  // A hash with the fields a, b and c, packed or large.
  void make(bool large) {
    call("DEL k");
    call("HSET k a 1 b 2 c 3");
    if (!large) return;
    run({"HSET", "k", "long", std::string(1'000, 'v')});
  }
};

TEST_F(HashesExpire, FieldsVanishOnTime) {
  for (const bool large : {false, true}) {
    make(large);
    const auto size = large ? 4 : 3;
    expect(
        {{"HPEXPIRE k 100 FIELDS 2 a b", "[1, 1]"}, {"HPTTL k FIELDS 3 a c x", "[100, -1, -2]"}});
    advance_ms(99);
    expect({{"HGET k a", "\"1\""}, {"HPTTL k FIELDS 1 a", "[1]"}, {"HTTL k FIELDS 1 a", "[1]"}});
    advance_ms(1);
    expect({{"HLEN k", std::to_string(size - 2)},
            {"HGET k a", "nil"},
            {"HEXISTS k b", "0"},
            {"HPTTL k FIELDS 1 a", "[-2]"},
            {"HMGET k a b c", "[nil, nil, \"3\"]"}});
  }
}

TEST_F(HashesExpire, NoCommandSeesThemWhereTheyMayNotBeRemoved) {
  for (const bool large : {false, true}) {
    make(large);
    call("HPEXPIRE k 100 FIELDS 2 a b");
    if (large) call("HDEL k long");
    keyspace_.set_remove_expired_on_access(false);
    advance_ms(100);
    expect({{"HLEN k", "1"},
            {"HGETALL k", "[\"c\", \"3\"]"},
            {"HKEYS k", "[\"c\"]"},
            {"HVALS k", "[\"3\"]"},
            {"HSTRLEN k a", "0"},
            {"HRANDFIELD k", "\"c\""},
            {"HRANDFIELD k 5", "[\"c\"]"},
            {"HSCAN k 0", "[\"0\", [\"c\", \"3\"]]"},
            {"HDEL k a", "0"},
            {"HINCRBY k b 5", "5"},
            {"HPTTL k FIELDS 1 b", "[-1]"},
            {"HSETNX k a 7", "1"}});
    keyspace_.set_remove_expired_on_access(true);
  }
}

TEST_F(HashesExpire, TheKeyGoesWithItsLastField) {
  call("HSET k a 1");
  expect({{"HPEXPIRE k 10 FIELDS 1 a", "[1]"}});
  advance_ms(10);
  expect({{"EXISTS k", "0"}, {"TYPE k", "none"}, {"HLEN k", "0"}});
  expect({{"HSET k a 1", "1"}, {"HEXPIRE k 0 FIELDS 1 a", "[2]"}, {"EXISTS k", "0"}});
}

TEST_F(HashesExpire, SettingAFieldTakesItsDeadlineAway) {
  for (const bool large : {false, true}) {
    make(large);
    expect({{"HEXPIRE k 100 FIELDS 3 a b c", "[1, 1, 1]"},
            {"HSET k a 9", "0"},
            {"HTTL k FIELDS 1 a", "[-1]"},
            {"HINCRBY k b 1", "3"},
            {"HTTL k FIELDS 1 b", "[100]"},
            {"HINCRBYFLOAT k b 0.5", "\"3.5\""},
            {"HTTL k FIELDS 1 b", "[100]"},
            {"HPERSIST k FIELDS 3 a b x", "[-1, 1, -2]"},
            {"HTTL k FIELDS 3 a b c", "[-1, -1, 100]"}});
  }
}

TEST_F(HashesExpire, EncodingsAreRedis7s) {
  make(false);
  EXPECT_EQ(encoding("k"), "listpack");
  call("HEXPIRE k 100 FIELDS 1 a");
  EXPECT_EQ(encoding("k"), "listpackex");
  call("HPERSIST k FIELDS 1 a");
  EXPECT_EQ(encoding("k"), "listpackex");
  run({"HSET", "k", "a", std::string(65, 'v')});
  EXPECT_EQ(encoding("k"), "hashtable");
}

TEST_F(HashesExpire, ChangesAreTold) {
  make(false);
  take_changes();
  call("HEXPIRE k 100 FIELDS 2 a b");
  EXPECT_EQ(take_changes(), 1U);
  call("HEXPIRE k 200 NX FIELDS 2 a b");
  EXPECT_EQ(take_changes(), 0U);
  call("HEXPIRE k 0 FIELDS 1 a");
  EXPECT_EQ(take_changes(), 1U);
  call("HPERSIST k FIELDS 1 b");
  EXPECT_EQ(take_changes(), 1U);
  call("HGETEX k FIELDS 1 b");
  EXPECT_EQ(take_changes(), 0U);
  call("HGETEX k EX 5 FIELDS 1 b");
  EXPECT_EQ(take_changes(), 1U);
  call("HSETEX k EX 5 FIELDS 1 b 2");
  EXPECT_EQ(take_changes(), 2U);
  call("HGETDEL k FIELDS 2 b c");
  EXPECT_EQ(take_changes(), 1U);
}

TEST_F(HashesExpire, DeadlinesMoveWithTheirKey) {
  for (const bool large : {false, true}) {
    make(large);
    call("DEL copy new");
    expect({{"HPEXPIRE k 100 FIELDS 1 a", "[1]"},
            {"COPY k copy", "1"},
            {"RENAME k new", "OK"},
            {"HPTTL copy FIELDS 1 a", "[100]"}});
    advance_ms(100);
    expect({{"HEXISTS copy a", "0"}, {"HEXISTS new a", "0"}, {"HEXISTS new b", "1"}});
  }
}

TEST_F(HashesExpire, DeadlinesDoNotHoldUpOtherKeys) {
  for (int i = 0; i < 5'000; ++i) call(fmt::format("HSETEX k PX 10 FIELDS 1 field:{} v", i));
  call("SET other x");
  advance_ms(10);
  expect({{"GET other", "\"x\""}, {"HLEN k", "0"}, {"HGETALL k", "[]"}});
}

}  // namespace
}  // namespace larder::families
