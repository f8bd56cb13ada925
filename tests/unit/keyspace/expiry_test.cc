// Keys past their deadline: on access, and by the sweep.
#include <string>
#include <vector>

#include "fixture.h"

namespace larder::keyspace {
namespace {

TEST_F(KeyspaceTest, AKeyIsGoneAtItsDeadline) {
  set("k", "v", kStart + 100);
  keyspace.set_now(kStart + 99);
  EXPECT_TRUE(get("k"));
  keyspace.set_now(kStart + 100);
  EXPECT_FALSE(get("k"));
  EXPECT_EQ(db.size(), 0U);
  EXPECT_EQ(keyspace.counters().expired, 1U);
}

TEST_F(KeyspaceTest, TellsWhichKeyExpires) {
  std::vector<std::string> told;
  keyspace.on_expired([&](Database& in, std::string_view name) {
    EXPECT_EQ(&in, &db);
    told.emplace_back(name);
  });
  for (const auto* name : {"read", "erased", "overwritten", "swept"}) set(name, "v", kStart + 10);
  keyspace.set_now(kStart + 10);
  EXPECT_FALSE(get("read"));
  EXPECT_FALSE(db.erase(key("erased")));
  set("overwritten", "new");
  EXPECT_FALSE(db.find(key("overwritten")).has_deadline());
  pass(1000);
  EXPECT_EQ(told, (std::vector<std::string>{"read", "erased", "overwritten", "swept"}));
  EXPECT_EQ(db.size(), 1U);
}

TEST_F(KeyspaceTest, ExpiredKeysStayWhereRemovalIsOff) {
  set("k", "v", kStart + 10);
  keyspace.set_remove_expired_on_access(false);
  keyspace.set_now(kStart + 10);
  EXPECT_FALSE(get("k"));
  EXPECT_FALSE(db.erase(key("k")));
  pass(1000);
  EXPECT_EQ(db.size(), 1U);
  db.for_each([](EntryRef) { FAIL() << "visited an expired key"; });
  base::Random random(1);
  EXPECT_FALSE(db.random(random));
  set("k", "again");
  EXPECT_EQ(get("k"), "again");
  EXPECT_EQ(db.with_deadline(), 0U);
  EXPECT_EQ(keyspace.counters().expired, 0U);
}

TEST_F(KeyspaceTest, TheSweepCanBeStopped) {
  set("k", "v", kStart + 10);
  keyspace.set_active_expire(false);
  pass(2000);
  EXPECT_EQ(db.size(), 1U);
  keyspace.set_active_expire(true);
  pass(1000);
  EXPECT_EQ(db.size(), 0U);
}

TEST_F(KeyspaceTest, TheSweepFindsKeysInAllDatabasesWithinASecond) {
  for (int index = 0; index < keyspace.database_count(); ++index) {
    for (std::uint64_t i = 0; i < 3000; ++i) {
      const auto deadline = i % 3 == 0 ? kNever : kStart + 100 + static_cast<Deadline>(i % 5);
      keyspace.database(index).set_string(key(numbered("k", i)), "v", deadline);
    }
  }
  pass(1100);
  for (int index = 0; index < keyspace.database_count(); ++index) {
    EXPECT_EQ(keyspace.database(index).size(), 1000U);
    EXPECT_EQ(keyspace.database(index).with_deadline(), 0U);
  }
  EXPECT_EQ(keyspace.counters().expired, 6000U);
}

TEST_F(KeyspaceTest, ACrowdOfKeysExpiresInBoundedSteps) {
  constexpr std::uint64_t kKeys = 100'000;
  for (std::uint64_t i = 0; i < kKeys; ++i) set(numbered("k", i), "v", kStart + 1000);
  keyspace.set_now(kStart + 1000);
  int steps = 0;
  while (db.size() != 0 && steps < 10'000) {
    keyspace.work(500);
    keyspace.set_now(keyspace.now() + 1);
    ++steps;
  }
  EXPECT_EQ(db.size(), 0U);
  EXPECT_GT(steps, 1);
}

// In a database that is too large for a round in half a second.
TEST_F(KeyspaceTest, TheEffortSaysHowFastTheSweepGoes) {
  constexpr std::int64_t kEndlessUs = 10'000'000;
  constexpr std::uint64_t kKeys = 600'000;
  for (std::uint64_t i = 0; i < kKeys; ++i) {
    set(numbered("k", i), "v", i % 1000 == 0 ? kStart + 1 : kStart + 1'000'000);
  }
  keyspace.set_active_expire(false);
  keyspace.work(kEndlessUs);  // the clock runs from here on
  keyspace.set_active_expire(true);
  const auto found_with = [&](int effort) {
    const auto before = keyspace.counters().expired;
    keyspace.set_expire_effort(effort);
    for (int tick = 0; tick < 10; ++tick) {
      keyspace.set_now(keyspace.now() + 10);
      keyspace.work(kEndlessUs);
    }
    return static_cast<double>(keyspace.counters().expired - before);
  };
  const auto least = found_with(1);
  const auto twice = found_with(2);
  const auto most = found_with(10);
  EXPECT_GT(least, 20);
  EXPECT_GT(twice, 1.5 * least);
  EXPECT_LT(twice, 3 * least);
  EXPECT_GE(most, twice);
  EXPECT_LT(most, kKeys / 1000 / 2);  // no round takes less than half a second
}

TEST_F(KeyspaceTest, EstimatesTheAverageTtl) {
  for (std::uint64_t i = 0; i < 1000; ++i) set(numbered("k", i), "v", kStart + 1'000'000);
  EXPECT_EQ(db.average_ttl_ms(), 0);
  pass(2000);
  EXPECT_NEAR(static_cast<double>(db.average_ttl_ms()), 998'500, 1'500);
}

}  // namespace
}  // namespace larder::keyspace
