// What is remembered of keys that were evicted, and how its memory comes and goes.
#include "keyspace/ghosts.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace larder::keyspace {
namespace {

constexpr std::uint32_t kClock = 1000;
constexpr std::size_t kStepBytes = 16 * 1024;  // more than memory may grow or shrink by at once

std::uint64_t hash_of(std::uint64_t number) { return (number + 1) * 0x9e37'79b9'7f4a'7c15; }
Access access_of(std::uint64_t number) {
  return Access::of_new_key(static_cast<std::uint32_t>(kClock - number % 100));
}

TEST(Ghosts, WithoutRoomNothingIsRemembered) {
  Ghosts ghosts;
  ghosts.add(hash_of(1), access_of(1), kClock);
  EXPECT_FALSE(ghosts.take(hash_of(1)));
  EXPECT_EQ(ghosts.memory_bytes(), 0U);
}

TEST(Ghosts, AKeyIsKnownAgainOnce) {
  Ghosts ghosts;
  ghosts.fit(1000);
  ghosts.add(hash_of(1), access_of(7), kClock);
  const auto known = ghosts.take(hash_of(1));
  ASSERT_TRUE(known);
  EXPECT_EQ(known->bits, access_of(7).bits);
  EXPECT_FALSE(ghosts.take(hash_of(1)));
}

TEST(Ghosts, OfManyKeysTheLatestAreKnown) {
  constexpr std::uint64_t kKeys = 100'000;
  Ghosts ghosts;
  ghosts.fit(kKeys);
  for (std::uint64_t i = 0; i < 2 * kKeys; ++i) {
    const auto clock = kClock + static_cast<std::uint32_t>(i / 1000);
    ghosts.add(hash_of(i), Access::of_new_key(clock), clock);
  }
  std::uint64_t known = 0;
  for (auto i = 2 * kKeys - kKeys / 4; i < 2 * kKeys; ++i) known += ghosts.take(hash_of(i)) ? 1 : 0;
  EXPECT_GT(known, kKeys / 8);
}

// A table for a cache of fifty million keys is a hundred megabytes.
TEST(Ghosts, MemoryComesWithTheKeysThatAreEvicted) {
  Ghosts ghosts;
  ghosts.fit(50'000'000);
  EXPECT_LT(ghosts.memory_bytes(), kStepBytes);
  std::size_t before = 0;
  for (std::uint64_t i = 0; i < 300'000; ++i) {
    ghosts.add(hash_of(i), access_of(i), kClock);
    const auto bytes = ghosts.memory_bytes();
    ASSERT_LT(bytes, before + kStepBytes);
    before = bytes;
  }
  EXPECT_LT(before, 300'000 * 4 + 2 * kStepBytes);
  EXPECT_GT(before, 300'000 * 3);
}

TEST(Ghosts, MemoryIsBoundedByTheKeys) {
  Ghosts ghosts;
  for (const std::size_t keys : {500U, 5'000U, 200'000U}) {
    ghosts.fit(keys);
    for (std::uint64_t i = 0; i < 2 * keys; ++i) ghosts.add(hash_of(i), access_of(i), kClock);
    EXPECT_LE(ghosts.memory_bytes(), 2 * keys + keys / 32 + 500) << keys;
    EXPECT_GE(ghosts.memory_bytes(), keys) << keys;
  }
}

TEST(Ghosts, OfAnotherNumberOfKeysMemoryGoesBitByBit) {
  Ghosts ghosts;
  ghosts.fit(1'000'000);
  for (std::uint64_t i = 0; i < 600'000; ++i) ghosts.add(hash_of(i), access_of(i), kClock);
  const auto full = ghosts.memory_bytes();
  ghosts.fit(100'000);
  EXPECT_FALSE(ghosts.take(hash_of(599'999)));
  auto before = ghosts.memory_bytes();
  EXPECT_LT(before, full + kStepBytes);
  for (std::uint64_t i = 0; i < 200'000; ++i) {
    ghosts.add(hash_of(i), access_of(i), kClock);
    const auto bytes = ghosts.memory_bytes();
    ASSERT_LT(bytes, before + kStepBytes);
    before = bytes;
  }
  EXPECT_LT(before, full / 5);
}

}  // namespace
}  // namespace larder::keyspace
