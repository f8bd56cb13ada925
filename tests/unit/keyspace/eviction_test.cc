// Which key goes when there has to be room.
#include <string>
#include <vector>

#include "fixture.h"

namespace larder::keyspace {
namespace {

class EvictionTest : public KeyspaceTest {
 protected:
  using Evicted = Keyspace::Evicted;

  EvictionTest() {
    keyspace.on_evicted([this](Database&, std::string_view name) { evicted.emplace_back(name); });
  }

  void choose(EvictionOrder order, bool only_with_deadline = false) {
    rules.order = order;
    rules.only_with_deadline = only_with_deadline;
    rules.counting.forgets = order == EvictionOrder::least_frequent;
    keyspace.set_eviction(rules);
  }
  void evict(int keys) {
    for (int i = 0; i < keys; ++i) {
      while (true) {
        const auto done = keyspace.evict_one();
        ASSERT_NE(done, Evicted::nothing_to_evict);
        if (done == Evicted::one) break;
      }
    }
  }
  void advance(std::int64_t seconds) { keyspace.set_now(keyspace.now() + seconds * 1000); }
  // Keys left whose names begin with `prefix`.
  int left(std::string_view prefix) {
    int count = 0;
    db.for_each([&](EntryRef entry) { count += entry.key().starts_with(prefix) ? 1 : 0; });
    return count;
  }
  void set_many(std::string_view prefix, int count, Deadline deadline = kNever) {
    for (int i = 0; i < count; ++i) {
      set(numbered(prefix, static_cast<std::uint64_t>(i)), "v", deadline);
    }
  }

  EvictionRules rules;
  std::vector<std::string> evicted;
};

TEST_F(EvictionTest, NothingGoesWithoutAnOrder) {
  set_many("k", 10);
  EXPECT_EQ(keyspace.evict_one(), Evicted::nothing_to_evict);
}

TEST_F(EvictionTest, EmptiesEveryDatabase) {
  choose(EvictionOrder::any);
  set_many("k", 100);
  keyspace.database(2).set_string(key("other"), "v", kNever);
  evict(101);
  EXPECT_EQ(keyspace.evict_one(), Evicted::nothing_to_evict);
  EXPECT_EQ(evicted.size(), 101U);
  EXPECT_EQ(keyspace.counters().evicted, 101U);
  EXPECT_EQ(keyspace.entry_bytes(), 0U);
}

TEST_F(EvictionTest, TheLeastRecentlyUsedGo) {
  choose(EvictionOrder::least_recent);
  set_many("old", 500);
  advance(10);
  set_many("new", 500);
  evict(250);
  EXPECT_EQ(left("new"), 500);
}

TEST_F(EvictionTest, TheLeastFrequentlyUsedGo) {
  choose(EvictionOrder::least_frequent);
  set_many("rare", 500);
  set_many("often", 500);
  for (int round = 0; round < 300; ++round) {
    for (int i = 0; i < 500; ++i) get(numbered("often", static_cast<std::uint64_t>(i)));
  }
  evict(250);
  EXPECT_EQ(left("often"), 500);
}

TEST_F(EvictionTest, FrequenciesFade) {
  choose(EvictionOrder::least_frequent);
  set("k", "v");
  for (int i = 0; i < 10'000; ++i) get("k");
  const auto fresh = db.find(key("k"), Touch::no).frequency();
  EXPECT_GT(fresh, 20);
  advance(600);
  EXPECT_EQ(db.find(key("k"), Touch::no).frequency(), fresh - 10);
  advance(60 * 200);
  EXPECT_EQ(db.find(key("k"), Touch::no).frequency(), 0);
  get("k");
  EXPECT_LE(db.find(key("k"), Touch::no).frequency(), 6);
}

TEST_F(EvictionTest, TheFactorSaysHowFastFrequenciesGrow) {
  rules.counting.chances = Counting::chances_at(0);
  choose(EvictionOrder::least_frequent);
  set("k", "v");
  for (int i = 0; i < 20; ++i) get("k");
  EXPECT_EQ(db.find(key("k"), Touch::no).frequency(), 100);
}

TEST_F(EvictionTest, OnlyKeysWithADeadlineGo) {
  for (const auto order : {EvictionOrder::any, EvictionOrder::least_recent,
                           EvictionOrder::least_frequent, EvictionOrder::nearest_deadline}) {
    choose(order, true);
    set_many("for ever", 3000);
    set_many("bounded", 3, kStart + 1'000'000);
    evict(3);
    EXPECT_EQ(left("for ever"), 3000);
    EXPECT_EQ(keyspace.evict_one(), Evicted::nothing_to_evict);
  }
}

TEST_F(EvictionTest, ASingleKeyAmongManyIsFoundInSeveralSteps) {
  choose(EvictionOrder::least_recent, true);
  set_many("for ever", 60'000);
  set("bounded", "v", kStart + 1'000'000);
  int steps = 0;
  while (keyspace.evict_one() == Evicted::none_yet) ASSERT_LT(++steps, 100);
  EXPECT_EQ(evicted, std::vector<std::string>{"bounded"});
}

TEST_F(EvictionTest, TheNearestDeadlineGoesFirst) {
  choose(EvictionOrder::nearest_deadline, true);
  set_many("far", 500, kStart + 1'000'000);
  set_many("near", 500, kStart + 10'000);
  evict(250);
  EXPECT_EQ(left("far"), 500);
}

TEST_F(EvictionTest, BytesOfEntriesAreCountedThroughEmptying) {
  set_many("k", 1000);
  const auto one_database = keyspace.entry_bytes();
  EXPECT_GE(one_database, 1000U * 8);
  keyspace.database(1).set_string(key("k"), std::string(500, 'v'), kNever);
  EXPECT_GT(keyspace.entry_bytes(), one_database + 500);
  keyspace.database(1).clear(true);
  EXPECT_EQ(keyspace.entry_bytes(), one_database);
  keyspace.swap(0, 1);
  keyspace.database(1).clear(false);
  EXPECT_EQ(keyspace.entry_bytes(), 0U);
}

}  // namespace
}  // namespace larder::keyspace
