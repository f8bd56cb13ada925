// Entries move together, and the memory around them goes back.
#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "fixture.h"
#include "value/set.h"

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

// A round in vain has the next wait, but not where eviction goes on meanwhile.
TEST_F(CompactionTest, WhatBecomesSparseWithinARoundIsEmptiedAtOnce) {
  reclaim_all();
  const auto full = keyspace.region_bytes();
  erase_but_one_in(5);
  reclaim_all();
  EXPECT_LT(keyspace.region_bytes(), full / 3);
  expect_one_in(5);
}

TEST_F(CompactionTest, WithoutItPagesAreGivenBackAlone) {
  keyspace.set_moves_entries(false);
  erase_but_one_in(11);
  const auto sparse = keyspace.region_bytes();
  pass(1000);
  EXPECT_EQ(keyspace.region_bytes(), sparse);
  EXPECT_EQ(keyspace.counters().moves.moved, 0U);
  erase_but_one_in(kKeys);
  pass(1000);
  EXPECT_LT(keyspace.region_bytes(), 2 * kSpareBytes);
}

// Moves everything; what has the size of some cache lines begins with one.
void* move_always(void* memory) {
  constexpr std::size_t kLine = 64;
  const auto bytes = ::malloc_usable_size(memory);
  void* const moved = bytes % kLine == 0 ? std::aligned_alloc(kLine, bytes) : std::malloc(bytes);
  std::memcpy(moved, memory, bytes);
  std::free(memory);
  return moved;
}

TEST_F(CompactionTest, WhatLiesOutsideOfEntriesIsMovedToo) {
  constexpr std::size_t kLongBytes = 70'000;  // with the allocator: shorter ones have regions
  const std::string long_key(1000, 'l');
  const value::SetOptions options{.hasher = keyspace.hasher()};
  for (std::uint64_t i = 0; i < 100; ++i) {
    set(numbered("long", i), std::string(kLongBytes + i, 'v'));
    set(numbered(long_key, i), numbered("v", i));
    auto entry = db.create(key(numbered("set", i)), Type::set, kNever);
    EntryCell cell(db, entry);
    value::Set members(cell, options);
    for (std::uint64_t member = 0; member < 20 * i; ++member) {
      members.add(value::SetMember(numbered("m", member)));
    }
  }
  const auto& moves = keyspace.counters().moves;
  constexpr auto kNoEnd = std::numeric_limits<std::int64_t>::max();
  EXPECT_FALSE(keyspace.reclaim(kNoEnd, {.move_memory = move_always}));
  EXPECT_GT(moves.moved, 100 + 100 + 80 + kKeys / 800);
  EXPECT_EQ(moves.kept, 0U);
  for (std::uint64_t i = 0; i < 100; ++i) {
    EXPECT_EQ(get(numbered("long", i)), std::string(kLongBytes + i, 'v'));
    EXPECT_EQ(get(numbered(long_key, i)), numbered("v", i));
    const auto entry = db.find(key(numbered("set", i)));
    const value::SetView members(entry.packed(), entry.object());
    EXPECT_EQ(members.size(), 20 * i);
    EXPECT_EQ(members.contains(value::SetMember("m17")), i != 0);
  }
  expect_one_in(1);
}

// Of 1 to 60 KB.
std::string long_value(std::uint64_t number) {
  return std::string(1100 + number * 7919 % 60'000, static_cast<char>('a' + number % 26));
}

TEST_F(CompactionTest, ValuesOutsideOfEntriesAreMovedTogether) {
  constexpr std::uint64_t kValues = 2000;
  constexpr std::uint64_t kKeptOneIn = 4;
  for (std::uint64_t i = 0; i < kValues; ++i) set(numbered("v", i), long_value(i));
  for (std::uint64_t i = 0; i < kValues; ++i) {
    if (i % kKeptOneIn != 0) db.erase(key(numbered("v", i)));
  }
  const auto sparse = keyspace.memory();
  EXPECT_GT(sparse.value_regions, 2 * sparse.values);
  reclaim_all();
  const auto tidy = keyspace.memory();
  EXPECT_EQ(tidy.values, sparse.values);
  EXPECT_LT(tidy.value_regions, tidy.values * 8 / 7 + (std::size_t{4} << 20));
  for (std::uint64_t i = 0; i < kValues; i += kKeptOneIn) {
    ASSERT_EQ(get(numbered("v", i)), long_value(i)) << i;
  }
}

TEST_F(CompactionTest, ValuesThatTookAnotherKeyOrDatabaseAreMovedWithIt) {
  auto& other = keyspace.database(1);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    set(numbered("v", i), long_value(i));
    const auto name = numbered("renamed", i);
    db.move_to(db.find(key(numbered("v", i))), i % 2 == 0 ? db : other, key(name));
  }
  db.set_string(key("left"), long_value(1), kNever);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    if (i % 10 > 1) (i % 2 == 0 ? db : other).erase(key(numbered("renamed", i)));
  }
  reclaim_all();
  for (std::uint64_t i = 0; i < 1000; i += 10) {
    ASSERT_EQ(get(numbered("renamed", i)), long_value(i));
    ASSERT_EQ(get(numbered("renamed", i + 1), &other), long_value(i + 1));
  }
  set("beside them", std::string(100'000, 'a'));  // whose memory has to be looked for
  EXPECT_GT(keyspace.clear(true), 200U);
  EXPECT_EQ(keyspace.memory().values, 0U);
  EXPECT_EQ(keyspace.entry_bytes(), 0U);
}

TEST_F(CompactionTest, StepsAreShort) {
  erase_but_one_in(11);
  EXPECT_TRUE(keyspace.reclaim(0, {.thoroughly = true}));  // out of time at once
  expect_one_in(11);
}

}  // namespace
}  // namespace larder::keyspace
