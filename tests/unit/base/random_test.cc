#include "base/random.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>

namespace larder::base {
namespace {

TEST(Random, TheSameSeedGivesTheSameSequence) {
  Random one(42);
  Random same(42);
  Random other(43);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const auto value = one.next();
    EXPECT_EQ(value, same.next());
    differs = differs || value != other.next();
  }
  EXPECT_TRUE(differs);
}

TEST(Random, BelowFillsItsRangeEvenly) {
  Random random(1);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70'000; ++i) ++counts.at(random.below(7));
  for (const auto count : counts) EXPECT_NEAR(count, 10'000, 500);
  EXPECT_EQ(random.below(1), 0u);
}

TEST(Random, UnitStaysBelowOne) {
  Random random(2);
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const auto value = random.unit();
    ASSERT_TRUE(value >= 0 && value < 1) << value;
    sum += value;
  }
  EXPECT_NEAR(sum / 10'000, .5, .02);
}

TEST(SecureRandom, HexHasTheLengthAskedFor) {
  for (const std::size_t length : {0u, 1u, 40u, 41u}) {
    const auto text = secure_random_hex(length);
    EXPECT_EQ(text.size(), length);
    EXPECT_EQ(text.find_first_not_of("0123456789abcdef"), std::string::npos);
  }
  EXPECT_NE(secure_random_hex(40), secure_random_hex(40));
  EXPECT_NE(secure_random_u64(), secure_random_u64());
}

}  // namespace
}  // namespace larder::base
