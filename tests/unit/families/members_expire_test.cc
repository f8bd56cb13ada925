// Elements that expire by themselves: what gives them a deadline, and what makes of it.
#include <fmt/format.h>

#include "fixture.h"
#include "value/sorted_set.h"

namespace larder::families {
namespace {

class MembersExpire : public FamiliesTest {
 protected:
  // A set, a sorted set and a hash with the elements a, b and c.
  void make_all() {
    call("SADD s a b c");
    call("ZADD z 1 a 2 b 3 c");
    call("HSET h a 1 b 2 c 3");
  }
};

TEST_F(MembersExpire, GivesTellsAndTakesADeadline) {
  make_all();
  take_changes();
  for (const std::string key : {"s", "z", "h"}) {
    const auto on = [&](const std::string& command, const std::string& rest = "") {
      return call(command + " " + key + " a" + rest);
    };
    EXPECT_EQ(on("TTL"), "-1");
    EXPECT_EQ(on("EXPIREMEMBER", " 100"), "1");
    EXPECT_EQ(on("TTL"), "100");
    EXPECT_EQ(on("PTTL"), "100000");
    EXPECT_EQ(on("EXPIREMEMBER", " 1500 ms"), "1");
    EXPECT_EQ(on("PTTL"), "1500");
    EXPECT_EQ(on("EXPIREMEMBER", " 7 S"), "1");
    EXPECT_EQ(on("PTTL"), "7000");
    EXPECT_EQ(on("EXPIREMEMBERAT", " 1700000010"), "1");
    EXPECT_EQ(on("EXPIRETIME"), "1700000010");
    EXPECT_EQ(on("PEXPIREMEMBERAT", " 1700000010005"), "1");
    EXPECT_EQ(on("PEXPIRETIME"), "1700000010005");
    EXPECT_EQ(call("TTL " + key), "-1");
    EXPECT_EQ(call("TTL " + key + " b"), "-1");
    EXPECT_EQ(on("PERSIST"), "1");
    EXPECT_EQ(on("PERSIST"), "0");
    EXPECT_EQ(on("TTL"), "-1");
  }
  EXPECT_EQ(take_changes(), 18U);
}

TEST_F(MembersExpire, ElementsVanishOnTimeAndTheKeyWithTheLast) {
  make_all();
  for (const std::string key : {"s", "z", "h"}) {
    call("EXPIREMEMBER " + key + " a 10");
    call("EXPIREMEMBER " + key + " c 20");
  }
  advance_ms(9'999);
  expect({{"SCARD s", "3"}, {"ZCARD z", "3"}, {"HLEN h", "3"}, {"ZSCORE z a", "\"1\""}});
  advance_ms(1);
  expect({{"SCARD s", "2"},
          {"SISMEMBER s a", "0"},
          {"SINTERCARD 2 s s", "2"},
          {"ZCARD z", "2"},
          {"ZSCORE z a", "nil"},
          {"ZRANGE z 0 -1", "[\"b\", \"c\"]"},
          {"ZRANK z b", "0"},
          {"HLEN h", "2"},
          {"TTL s a", "-2"},
          {"TTL z a", "-2"},
          {"TTL h a", "-2"},
          {"PTTL z c", "10000"},
          {"ZCOUNT z 0 5", "2"},
          {"EXPIREMEMBER s a 1", "0"},
          {"PERSIST z a", "0"},
          {"ZUNION 1 z", "[\"b\", \"c\"]"}});
  expect({{"SREM s b", "1"}, {"ZREM z b", "1"}, {"HDEL h b", "1"}});
  advance_ms(10'000);
  expect({{"EXISTS s", "0"}, {"EXISTS z", "0"}, {"EXISTS h", "0"}, {"ZCARD z", "0"}});
}

TEST_F(MembersExpire, ATimeThatHasPassedRemovesAtOnce) {
  make_all();
  for (const std::string key : {"s", "z", "h"}) {
    EXPECT_EQ(call("EXPIREMEMBER " + key + " a 0"), "1");
    EXPECT_EQ(call("EXPIREMEMBER " + key + " b -100 ms"), "1");
    EXPECT_EQ(call("EXPIREMEMBERAT " + key + " a 1"), "0");
    EXPECT_EQ(call("PEXPIREMEMBERAT " + key + " c 1"), "1");
    EXPECT_EQ(call("EXISTS " + key), "0");
  }
}

TEST_F(MembersExpire, CopiesAndRenamedKeysKeepThem) {
  make_all();
  for (const std::string key : {"s", "z", "h"}) {
    call("EXPIREMEMBER " + key + " a 10");
    call("COPY " + key + " copy:" + key);
    call("RENAME " + key + " new:" + key);
    EXPECT_EQ(call("TTL copy:" + key + " a"), "10");
    EXPECT_EQ(call("TTL new:" + key + " a"), "10");
    call("PERSIST copy:" + key + " a");
    EXPECT_EQ(call("TTL new:" + key + " a"), "10");
  }
  advance_ms(10'000);
  expect({{"SCARD new:s", "2"},
          {"ZCARD new:z", "2"},
          {"HLEN new:h", "2"},
          {"SCARD copy:s", "3"},
          {"ZCARD copy:z", "3"},
          {"HLEN copy:h", "3"}});
}

TEST_F(MembersExpire, WhatIsAddedAgainLivesOn) {
  make_all();
  call("EXPIREMEMBER s a 10");
  call("EXPIREMEMBER z a 10");
  expect({{"SADD s a", "0"},
          {"ZADD z 5 a", "0"},
          {"ZINCRBY z 1 a", "\"6\""},
          {"TTL s a", "10"},
          {"TTL z a", "10"},
          {"SREM s a", "1"},
          {"ZREM z a", "1"},
          {"SADD s a", "1"},
          {"ZADD z 7 a", "1"},
          {"TTL s a", "-1"},
          {"TTL z a", "-1"}});
  call("EXPIREMEMBER z a 10");
  expect({{"ZREMRANGEBYRANK z 0 -1", "3"}, {"ZADD z 1 a", "1"}, {"TTL z a", "-1"}});
}

// More than a look-up removes: those that are left are not there either.
TEST_F(MembersExpire, ManyMembersVanishAtOnce) {
  for (int i = 0; i < 5'000; ++i) {
    const auto member = " m" + std::to_string(i);
    call("SADD s" + member);
    call("SADD all" + member);
    call("ZADD z 1" + member);
    if (i != 0) call("EXPIREMEMBER s" + member + " 10");
    call("EXPIREMEMBER all" + member + " 10");
    if (i != 0) call("EXPIREMEMBER z" + member + " 10");
  }
  call("SADD other m0 m1 m2");
  advance_ms(10'000);
  expect({{"SRANDMEMBER all", "nil"},
          {"SPOP all", "nil"},
          {"SCARD all", "0"},
          {"SCARD s", "1"},
          {"SMEMBERS s", "[\"m0\"]"},
          {"SORT s ALPHA", "[\"m0\"]"},
          {"SINTER other s", "[\"m0\"]"},
          {"SDIFF s other", "[]"}});
  for (int i = 0; i < 10; ++i) call("ZCARD z");  // each removes five hundred
  expect({{"ZCARD z", "1"}, {"ZINTER 2 z s", "[\"m0\"]"}, {"ZINTERCARD 2 z s", "1"}});
  EXPECT_EQ(call("SPOP s"), "\"m0\"");
}

TEST_F(MembersExpire, IsCalledByItsLargeForm) {
  call("SADD s 1 2");
  call("ZADD z 1 a");
  call("EXPIREMEMBER s 1 10");
  call("EXPIREMEMBER z a 10");
  EXPECT_EQ(encoding("s"), "hashtable");
  EXPECT_EQ(encoding("z"), "skiplist");
}

TEST_F(MembersExpire, ACrowdOfDueMembersGoesInBoundedSteps) {
  constexpr int kMembers = 3'000;
  for (int i = 0; i < kMembers; ++i) {
    call(fmt::format("ZADD z {0} m{0}", i));
    call(fmt::format("EXPIREMEMBER z m{} 10", i));
  }
  call("ZADD z 9999 stays");
  advance_ms(10'000);
  const auto left = std::stoi(call("ZCARD z"));
  EXPECT_GT(left, 1'000);
  EXPECT_LT(left, kMembers);
  // Those that are left are no members for who names them.
  auto& database = keyspace_.database(0);
  const auto entry = database.find(keyspace_.key("z"), keyspace::Touch::no);
  const value::SortedSetView set(entry.packed(), entry.object(), keyspace_.now());
  int named = 0;
  for (int i = 0; i < kMembers; ++i) named += set.contains(fmt::format("m{}", i)) ? 1 : 0;
  EXPECT_EQ(named, 0);
  std::string remaining;
  set.for_each_while([&](std::string_view member, double) {
    remaining = member;
    return false;
  });
  ASSERT_NE(remaining, "stays");
  EXPECT_EQ(call("ZADD z XX 1 " + remaining), "0");
  EXPECT_EQ(call("ZADD z 1 " + remaining), "1");
  EXPECT_EQ(call("TTL z " + remaining), "-1");
  for (int i = 0; i < kMembers / 500 + 1; ++i) call("ZCARD z");
  expect({{"ZCARD z", "2"}, {"ZSCORE z " + remaining, "\"1\""}, {"ZREM z stays", "1"}});
}

TEST_F(MembersExpire, RefusesWhatItCannotDo) {
  make_all();
  call("SET text x");
  call("RPUSH list x");
  const auto kWrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value";
  const auto kNotInteger = "-ERR value is not an integer or out of range";
  expect({{"EXPIREMEMBER text x 1", kWrongType},
          {"EXPIREMEMBER list x 1", kWrongType},
          {"TTL list x", kWrongType},
          {"PERSIST text x", kWrongType},
          {"EXPIREMEMBER none x 1", "0"},
          {"TTL none x", "-2"},
          {"PERSIST none x", "0"},
          {"EXPIREMEMBER s none 1", "0"},
          {"EXPIREMEMBER s a x", kNotInteger},
          {"EXPIREMEMBER s a 1.5", kNotInteger},
          {"EXPIREMEMBER s a 1 m", "-ERR Invalid unit arg"},
          {"EXPIREMEMBER s a 1 s s", "-ERR Invalid number of arguments"},
          {"TTL s a b", "-ERR wrong number of arguments for 'ttl' command"},
          {"PERSIST s a b", "-ERR wrong number of arguments for 'persist' command"},
          {"EXPIREMEMBER s a 9223372036854775807",
           "-ERR invalid expire time in 'expiremember' command"},
          {"EXPIREMEMBER s a 281474976710655 ms",
           "-ERR invalid expire time in 'expiremember' command"},
          {"PEXPIREMEMBERAT s a 281474976710655",
           "-ERR invalid expire time in 'pexpirememberat' command"},
          {"PEXPIREMEMBERAT s a 281474976710654", "1"},
          {"EXPIREMEMBER s b -9223372036854775808", "1"},
          {"SCARD s", "2"}});
}

}  // namespace
}  // namespace larder::families
