// What the order by worth learns from the uses of keys.
#include "keyspace/hit_density.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "fixture.h"

namespace larder::keyspace {
namespace {

constexpr std::uint32_t kStart = 1000;
constexpr Counting kCounting;

// Hashes of keys that are followed, one after the other.
std::uint64_t hash_of(std::uint64_t number) { return number << 40 | number << 17; }

TEST(HitDensity, AgeBucketsAreTwoToAnOctave) {
  EXPECT_EQ(HitDensity::age_bucket(0), 0U);
  EXPECT_EQ(HitDensity::age_bucket(1), 1U);
  EXPECT_EQ(HitDensity::age_bucket(2), 3U);
  EXPECT_EQ(HitDensity::age_bucket(3), 4U);
  EXPECT_EQ(HitDensity::age_bucket(4), 5U);
  EXPECT_EQ(HitDensity::age_bucket(5), 5U);
  EXPECT_EQ(HitDensity::age_bucket(6), 6U);
  EXPECT_LT(HitDensity::age_bucket(Access::kAgeMax), HitDensity::kAges);
}

TEST(HitDensity, CountsAreToldApartInFourLevels) {
  const auto class_of_count = [](std::uint32_t count) {
    return HitDensity::class_of({count << Access::kClockBits});
  };
  EXPECT_NE(class_of_count(0), class_of_count(1));
  EXPECT_NE(class_of_count(1), class_of_count(2));
  EXPECT_EQ(class_of_count(2), class_of_count(3));
  EXPECT_NE(class_of_count(3), class_of_count(4));
  EXPECT_EQ(class_of_count(4), class_of_count(Access::kCountMax));
  EXPECT_LT(HitDensity::class_of({0xff'ffff}), HitDensity::kClasses);
}

TEST(HitDensity, UnlearnedOftenAndLatelyUsedIsWorthMore) {
  const auto once = Access::of_new_key(kStart);
  const auto twice = once.used(kStart + 1, 0, kCounting);
  EXPECT_GT(HitDensity::worth_unlearned(once, 1), HitDensity::worth_unlearned(once, 10));
  EXPECT_GT(HitDensity::worth_unlearned(twice, 10), HitDensity::worth_unlearned(once, 10));
  EXPECT_GT(HitDensity::worth_unlearned(once, 1), HitDensity::worth_unlearned(twice, 10));
}

TEST(HitDensity, BeforeItLearnedTheYoungestAreWorthMost) {
  const HitDensity density;
  const auto access = Access::of_new_key(kStart);
  EXPECT_GT(density.worth(access, 1), density.worth(access, 10));
  EXPECT_GT(density.worth(access, 10), density.worth(access, 1000));
}

// One kind of key is used every 20 seconds, the other never again.
TEST(HitDensity, KeysThatAreUsedAgainAreWorthMore) {
  HitDensity density;
  density.learn(kStart, 2000, 60);  // makes room to follow that many
  const auto once = Access::of_new_key(kStart);
  auto regular = once;
  for (int i = 0; i < 5; ++i) regular = regular.used(regular.clock() + 20, 0, kCounting);
  ASSERT_NE(HitDensity::class_of(once), HitDensity::class_of(regular));
  for (std::uint32_t clock = kStart; clock < kStart + 400; ++clock) {
    density.on_insert(hash_of(clock), once, clock);
    density.on_hit(hash_of(1 + clock % 20), regular, clock);
  }
  density.learn(kStart + 400, 100, 60);
  EXPECT_GT(density.worth(regular, 4), 10 * density.worth(once, 4));
  EXPECT_GT(density.worth(regular, 17), density.worth(regular, 2));  // its use is near
}

TEST(HitDensity, WhatIsWrittenAfterAMissIsOneUse) {
  HitDensity with_miss;
  HitDensity without;
  const auto access = Access::of_new_key(kStart);
  for (std::uint32_t clock = kStart; clock < kStart + 200; ++clock) {
    const auto hash = hash_of(1 + clock % 10);
    with_miss.on_miss(hash, clock);
    with_miss.on_insert(hash, access, clock);
    without.on_insert(hash, access, clock);
  }
  with_miss.learn(kStart + 200, 5, 60);
  without.learn(kStart + 200, 5, 60);
  EXPECT_EQ(with_miss.worth(access, 5), without.worth(access, 5));
}

TEST(HitDensity, FollowsABoundedNumberOfKeys) {
  HitDensity density;
  const auto access = Access::of_new_key(kStart);
  for (std::uint64_t i = 0; i < 200'000; ++i) {
    const auto hash = (i + 1) * 0x9e37'79b9'7f4a'7c15;
    if (density.follows(hash)) density.on_insert(hash, access, kStart);
  }
  EXPECT_LT(density.followed(), 50'000U);
  density.learn(kStart + 1, 200'000, 100);
  EXPECT_LT(density.followed(), 5'000U);
  density.learn(kStart + 10'000, 200'000, 100);
  EXPECT_EQ(density.followed(), 0U);
}

TEST(HitDensity, ItsMemoryIsASmallShareOfTheCache) {
  HitDensity density;
  EXPECT_LT(density.memory_bytes(), 3000U);
  std::uint32_t clock = kStart;
  for (const std::size_t keys : {500U, 5'000U, 500'000U}) {
    for (std::uint64_t i = 0; i < 4 * keys; ++i) {
      const auto hash = (i + keys) * 0x9e37'79b9'7f4a'7c15;
      const auto access = Access{static_cast<std::uint32_t>(i % 16) << Access::kClockBits};
      if (density.follows(hash)) density.on_insert(hash, access, clock);
      if (i % keys == 0) density.learn(++clock, keys, 100);
    }
    EXPECT_LT(density.memory_bytes(), 8'000 + 8 * keys) << keys;
  }
  EXPECT_LT(density.memory_bytes(), 300'000U);
}

// Counts are kept in sixteen bits.
TEST(HitDensity, WhatIsUsedWithoutEndStaysWorthMost) {
  HitDensity density;
  density.learn(kStart, 2000, 60);  // makes room to follow that many
  const auto once = Access::of_new_key(kStart);
  const auto often = once.used(kStart + 1, 0, kCounting);
  for (std::uint32_t i = 0; i < 50; ++i) density.on_insert(hash_of(i + 100), once, kStart);
  for (std::uint32_t i = 0; i < 200'000; ++i) {
    density.on_hit(hash_of(1 + i % 10), often, kStart + i / 10'000);
  }
  density.learn(kStart + 21, 60, 20);
  EXPECT_GT(density.worth(often, 0), 10 * density.worth(once, 0));
}

// A few keys are used all the time while a long list is read once: the list must not push them out.
TEST_F(KeyspaceTest, EvictionByWorthKeepsWhatIsUsedAgain) {
  EvictionRules rules;
  rules.order = EvictionOrder::least_worth;
  keyspace.set_eviction(rules);
  int hits = 0;
  for (std::uint64_t i = 0; i < 60'000; ++i) {
    keyspace.set_now(KeyspaceTest::kStart + static_cast<std::int64_t>(i) * 10);
    const auto name = i % 2 == 0 ? numbered("list", i) : numbered("used", i / 2 % 600);
    if (get(name)) {
      hits += i >= 30'000 ? 1 : 0;
      continue;
    }
    while (db.size() >= 1000) ASSERT_EQ(keyspace.evict_one(), Keyspace::Evicted::one);
    set(name, "v");
  }
  EXPECT_GT(hits, 13'000);  // of 15,000
}

TEST_F(KeyspaceTest, TheLearnerComesWithEvictionsAndGoesWithTheKeys) {
  EvictionRules rules;
  rules.order = EvictionOrder::least_worth;
  keyspace.set_eviction(rules);
  const auto evict = [&](int keys) {
    for (int i = 0; i < keys; ++i) ASSERT_EQ(keyspace.evict_one(), Keyspace::Evicted::one);
  };
  for (std::uint64_t i = 0; i < 2000; ++i) set(numbered("k", i), "v");
  EXPECT_EQ(keyspace.memory().eviction, 0U);
  evict(100);
  EXPECT_GT(keyspace.memory().eviction, 0U);
  db.clear(false);
  for (std::uint64_t i = 0; i < 200; ++i) set(numbered("k", i), "v");
  evict(100);
  EXPECT_EQ(keyspace.memory().eviction, 0U);
}

// Else more keys would have to go to make room for it.
TEST_F(KeyspaceTest, AFewEvictionsOfManyKeysTakeLittleMemory) {
  EvictionRules rules;
  rules.order = EvictionOrder::least_worth;
  keyspace.set_eviction(rules);
  for (std::uint64_t i = 0; i < 100'000; ++i) set(numbered("k", i), "v");
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(keyspace.evict_one(), Keyspace::Evicted::one);
  EXPECT_LT(keyspace.memory().eviction, 100'000U);
}

TEST_F(KeyspaceTest, WithAnotherPolicyAllThatWasLearnedGoes) {
  constexpr std::uint64_t kKeys = 100'000;
  EvictionRules rules;
  rules.order = EvictionOrder::least_worth;
  keyspace.set_eviction(rules);
  for (std::uint64_t i = 0; i < kKeys; ++i) set(numbered("k", i), "v");
  for (std::uint64_t i = 0; i < kKeys * 2 / 3; ++i) keyspace.evict_one();
  EXPECT_GT(keyspace.memory().eviction, 100'000U);
  rules.order = EvictionOrder::least_recent;
  keyspace.set_eviction(rules);
  EXPECT_EQ(keyspace.memory().eviction, 0U);
  while (keyspace.lazyfree_pending_bytes() != 0) std::this_thread::yield();
}

TEST_F(KeyspaceTest, EvictionByWorthPrefersSmallValues) {
  EvictionRules rules;
  rules.order = EvictionOrder::least_worth;
  keyspace.set_eviction(rules);
  for (std::uint64_t i = 0; i < 300; ++i) {
    set(numbered("small", i), "v");
    set(numbered("large", i), std::string(500, 'v'));
    set(numbered("outside", i), std::string(5000, 'v'));
  }
  for (int i = 0; i < 250; ++i) ASSERT_EQ(keyspace.evict_one(), Keyspace::Evicted::one);
  int small = 0;
  int outside = 0;
  for (std::uint64_t i = 0; i < 300; ++i) {
    small += db.contains(key(numbered("small", i))) ? 1 : 0;
    outside += db.contains(key(numbered("outside", i))) ? 1 : 0;
  }
  EXPECT_EQ(small, 300);
  EXPECT_LT(outside, 100);
}

// What was learned is of the kinds of keys, not of keys: another process takes it as it is.
TEST(HitDensity, WhatItLearnedCanBeTakenOver) {
  HitDensity density;
  density.learn(kStart, 2000, 60);
  const auto once = Access::of_new_key(kStart);
  auto regular = once;
  for (int i = 0; i < 5; ++i) regular = regular.used(regular.clock() + 20, 0, kCounting);
  for (std::uint32_t clock = kStart; clock < kStart + 400; ++clock) {
    density.on_insert(hash_of(clock), once, clock);
    density.on_hit(hash_of(1 + clock % 20), regular, clock);
  }
  density.learn(kStart + 400, 100, 60);

  HitDensity other;
  ASSERT_TRUE(other.restore(density.saved()));
  for (const auto access : {once, regular}) {
    for (std::uint32_t age = 0; age < 1000; age += 7) {
      ASSERT_EQ(other.worth(access, age), density.worth(access, age)) << age;
    }
  }
  EXPECT_EQ(other.followed(), 0U);
  EXPECT_TRUE(other.restore(HitDensity().saved()));
  EXPECT_EQ(other.saved(), density.saved()) << "what it knows already stays";
}

TEST(HitDensity, OtherBytesAreNotTaken) {
  const auto good = HitDensity().saved();
  HitDensity density;
  const auto before = density.saved();
  for (std::size_t length = 0; length < good.size(); ++length) {
    ASSERT_FALSE(density.restore(std::string_view(good).substr(0, length))) << length;
  }
  EXPECT_FALSE(density.restore(good + '\0'));
  const auto with = [&](std::size_t at, char byte) {
    auto bytes = good;
    bytes[at] = byte;
    return bytes;
  };
  EXPECT_FALSE(density.restore(with(0, 2))) << "another version";
  EXPECT_FALSE(density.restore(with(1, 0))) << "no row";
  EXPECT_FALSE(density.restore(with(1, 2))) << "more rows than there are";
  EXPECT_FALSE(density.restore(with(5, 1))) << "a class of a row that is not there";
  EXPECT_FALSE(density.restore(with(good.size() - 1, '\x7f'))) << "a worth that is no number";
  EXPECT_FALSE(density.restore(with(good.size() - 1, '\xbf'))) << "a negative worth";
  EXPECT_EQ(density.saved(), before);
}

}  // namespace
}  // namespace larder::keyspace
