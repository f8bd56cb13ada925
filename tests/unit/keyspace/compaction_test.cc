// Entries move together, and the memory around them goes back.
#include <algorithm>
#include <limits>

#include "fixture.h"

namespace larder::keyspace {
namespace {

class CompactionTest : public KeyspaceTest {
 protected:
  static constexpr std::uint64_t kKeys = 50'000;
  static constexpr std::size_t kSpareBytes = 1 << 20;  // regions that are kept at hand

  CompactionTest() {
    for (std::uint64_t i = 0; i < kKeys; ++i) set(numbered("k", i), value_of(i));
  }
  // Of several size classes.
  static std::string value_of(std::uint64_t number) {
    return std::string(50 + number % 7 * 40, static_cast<char>('a' + number % 26));
  }
  void erase_but_one_in(std::uint64_t count) {
    for (std::uint64_t i = 0; i < kKeys; ++i) {
      if (i % count != 0) db.erase(key(numbered("k", i)));
    }
  }
  void expect_one_in(std::uint64_t count) {
    for (std::uint64_t i = 0; i < kKeys; i += count) {
      ASSERT_EQ(get(numbered("k", i)), value_of(i)) << i;
    }
  }
  void reclaim_all() {
    while (keyspace.reclaim(std::numeric_limits<std::int64_t>::max(), {.thoroughly = true})) {
    }
  }
};

TEST_F(CompactionTest, SparseRegionsAreEmptied) {
  const auto before = keyspace.region_bytes();
  erase_but_one_in(11);
  EXPECT_GT(keyspace.region_bytes(), before * 9 / 10);
  reclaim_all();
  // A region in use of each class, and what a class may have to spare.
  EXPECT_LT(keyspace.region_bytes(),
            keyspace.entry_bytes() * 33 / 32 + 7 * 3 * std::size_t{64 << 10} + kSpareBytes);
  expect_one_in(11);
}

TEST_F(CompactionTest, WhatIsMostlyFullIsMovedOnlyWhereMemoryIsShort) {
  for (std::uint64_t i = 0; i < kKeys; i += 5) db.erase(key(numbered("k", i)));
  pass(1000);
  const auto usual = keyspace.region_bytes();
  reclaim_all();
  EXPECT_LT(keyspace.region_bytes(), usual);
  EXPECT_EQ(get("k1"), value_of(1));
}

TEST_F(CompactionTest, StepsAreShort) {
  erase_but_one_in(11);
  EXPECT_TRUE(keyspace.reclaim(0, {.thoroughly = true}));  // out of time at once
  expect_one_in(11);
}

}  // namespace
}  // namespace larder::keyspace
