// The arena of values outside of entries: what it gives out, takes back and has moved.
#include "keyspace/value_arena.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "base/random.h"

namespace larder::keyspace {
namespace {

class ValueArenaTest : public testing::Test {
 protected:
  static constexpr std::size_t kRegionBytes = std::size_t{1} << ValueArena::kRegionBits;

  struct Value {
    unsigned char* memory;
    std::size_t bytes;
    std::uint64_t hash;
  };

  Value make(std::size_t bytes) {
    const auto hash = random_.next();
    auto* const memory = static_cast<unsigned char*>(arena_.allocate(bytes, hash));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % 16, 0U);
    EXPECT_GE(ValueArena::room_bytes(memory), bytes);
    EXPECT_TRUE(arena_.owns(memory));
    std::memset(memory, mark_of(hash), bytes);
    return {memory, bytes, hash};
  }
  static unsigned char mark_of(std::uint64_t hash) { return static_cast<unsigned char>(hash); }
  static void expect_whole(const Value& value) {
    ASSERT_EQ(value.memory[0], mark_of(value.hash));
    ASSERT_EQ(std::memcmp(value.memory, value.memory + 1, value.bytes - 1), 0);
  }
  std::size_t any_bytes() { return 900 + random_.below(ValueArena::kBytesMax - 900); }
  Value take_any(std::vector<Value>& values) {
    std::swap(values[random_.below(values.size())], values.back());
    const auto value = values.back();
    values.pop_back();
    return value;
  }

  // Moves until there is nothing more to move; returns how much that was.
  std::size_t compact(std::vector<Value>& values) {
    std::array<ValueArena::Movable, 32> room;
    std::size_t moved_bytes = 0;
    while (true) {
      const auto found = arena_.next_to_move(room, SlabArena::kThorough);
      if (found.empty()) return moved_bytes;
      for (const auto& each : found) {
        const auto is_it = [&](const Value& value) { return value.memory == each.memory; };
        const auto value = std::find_if(values.begin(), values.end(), is_it);
        EXPECT_NE(value, values.end());
        EXPECT_EQ(value->hash, each.hash);
        auto* const moved = arena_.allocate(ValueArena::room_bytes(each.memory), each.hash);
        std::memcpy(moved, each.memory, value->bytes);
        arena_.free(each.memory);
        value->memory = static_cast<unsigned char*>(moved);
        moved_bytes += value->bytes;
      }
    }
  }

  base::Random random_{5};
  RegionPool pool_{ValueArena::kRegionBits};
  ValueArena arena_{pool_};
};

TEST_F(ValueArenaTest, WhatIsGivenOutIsNobodyElses) {
  std::vector<Value> values;
  std::size_t bytes = 0;
  for (int i = 0; i < 30'000; ++i) {
    if (values.size() < 300 || (values.size() < 1000 && random_.below(2) == 0)) {
      values.push_back(make(any_bytes()));
      bytes += values.back().bytes;
    } else {
      const auto value = take_any(values);
      expect_whole(value);
      bytes -= value.bytes;
      arena_.free(value.memory);
    }
  }
  for (const auto& value : values) expect_whole(value);
  EXPECT_GE(arena_.used_bytes(), bytes);
  EXPECT_LT(arena_.used_bytes(), bytes + bytes / 24);  // rounding: a 32nd at most, and headers
  EXPECT_EQ(pool_.used_bytes(), arena_.used_bytes());
  while (!values.empty()) arena_.free(take_any(values).memory);
  EXPECT_EQ(arena_.used_bytes(), 0U);
  EXPECT_EQ(arena_.region_bytes(), 0U);
}

TEST_F(ValueArenaTest, ValuesOfOneSizeTakeEachOthersPlaces) {
  for (const std::size_t bytes : {900, 1100, 5000, 33'000}) {
    std::vector<Value> values;
    while (arena_.region_bytes() <= 8 * kRegionBytes) values.push_back(make(bytes));
    const auto held = arena_.region_bytes();
    for (int i = 0; i < 20'000; ++i) {
      arena_.free(take_any(values).memory);
      values.push_back(make(bytes));
    }
    EXPECT_EQ(arena_.region_bytes(), held) << bytes;
    for (const auto& value : values) arena_.free(value.memory);
  }
}

TEST_F(ValueArenaTest, LargeValuesTakeTheRoomThatSmallOnesLeave) {
  std::vector<Value> small;
  while (arena_.region_bytes() <= 8 * kRegionBytes) small.push_back(make(1000));
  for (const auto& value : small) arena_.free(value.memory);  // in a row: one hole each region
  std::vector<Value> large;
  for (int i = 0; i < 8 * 15; ++i) large.push_back(make(60'000));
  EXPECT_LE(arena_.region_bytes(), 8 * kRegionBytes);
}

TEST_F(ValueArenaTest, CompactionEndsAndLeavesLittleSpace) {
  for (const std::size_t kept_one_in : {2, 3, 10}) {
    std::vector<Value> values;
    while (arena_.region_bytes() < 64 * kRegionBytes) values.push_back(make(any_bytes()));
    for (auto left = values.size() - values.size() / kept_one_in; left != 0; --left) {
      arena_.free(take_any(values).memory);
    }
    const auto used = arena_.used_bytes();
    const auto moved = compact(values);
    EXPECT_EQ(arena_.used_bytes(), used);
    EXPECT_LT(moved, 4 * used);
    EXPECT_LT(arena_.region_bytes(), used * 8 / 7 + 3 * kRegionBytes);
    for (const auto& value : values) {
      expect_whole(value);
      arena_.free(value.memory);
    }
    EXPECT_EQ(arena_.region_bytes(), 0U);
  }
}

TEST_F(ValueArenaTest, WhatGoesWhileItsRegionIsEmptiedNeedNotBeMoved) {
  std::vector<Value> values;
  while (arena_.region_bytes() < 16 * kRegionBytes) values.push_back(make(any_bytes()));
  for (auto left = values.size() / 2; left != 0; --left) arena_.free(take_any(values).memory);
  for (int i = 0; i < 100; ++i) {
    std::array<ValueArena::Movable, 4> room;
    for (const auto& each : arena_.next_to_move(room, SlabArena::kThorough)) {
      const auto is_it = [&](const Value& value) { return value.memory == each.memory; };
      values.erase(std::find_if(values.begin(), values.end(), is_it));
      arena_.free(each.memory);
    }
    if (!values.empty()) arena_.free(take_any(values).memory);
    values.push_back(make(any_bytes()));
  }
  for (const auto& value : values) {
    expect_whole(value);
    arena_.free(value.memory);
  }
  EXPECT_EQ(arena_.region_bytes(), 0U);
}

}  // namespace
}  // namespace larder::keyspace
