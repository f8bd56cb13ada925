#include "base/heavy_hitters.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/random.h"

namespace larder::base {
namespace {

void add(HeavyHitters& sketch, const std::string& name, std::uint64_t weight = 1, int group = 0) {
  sketch.add(group, name, std::hash<std::string>()(name), weight);
}

TEST(HeavyHittersTest, ExactWhileAllFit) {
  HeavyHitters sketch(3);
  add(sketch, "a", 5);
  add(sketch, "b", 7);
  add(sketch, "a", 4);
  const auto top = sketch.top(10);
  ASSERT_EQ(top.size(), 2U);
  EXPECT_EQ(top[0].name, "a");
  EXPECT_EQ(top[0].weight, 9U);
  EXPECT_EQ(top[0].error, 0U);
  EXPECT_EQ(sketch.total(), 16U);
}

TEST(HeavyHittersTest, GroupsTellNamesApart) {
  HeavyHitters sketch(3);
  add(sketch, "a", 5, 0);
  add(sketch, "a", 3, 1);
  const auto top = sketch.top(1);
  ASSERT_EQ(top.size(), 1U);
  EXPECT_EQ(top[0].group, 0);
  EXPECT_EQ(top[0].weight, 5U);
}

TEST(HeavyHittersTest, HeavyNamesAreFoundAmongMany) {
  HeavyHitters sketch(64);
  Random random(3);
  for (int i = 0; i < 200'000; ++i) {
    const bool is_heavy = random.below(4) == 0;
    add(sketch, is_heavy ? "heavy" + std::to_string(random.below(5))
                         : "light" + std::to_string(random.below(100'000)));
  }
  for (const auto& item : sketch.top(5)) {
    EXPECT_EQ(item.name.substr(0, 5), "heavy");
    EXPECT_NEAR(static_cast<double>(item.weight), 10'000, 3'500);
    EXPECT_LE(item.weight - item.error, 10'600U);
  }
}

TEST(HeavyHittersTest, HalvingForgetsAndLongNamesAreLeftOut) {
  HeavyHitters sketch(4);
  add(sketch, "a", 8);
  add(sketch, std::string(HeavyHitters::kNameBytesMax + 1, 'x'), 100);
  sketch.halve();
  const auto top = sketch.top(4);
  ASSERT_EQ(top.size(), 1U);
  EXPECT_EQ(top[0].weight, 4U);
  sketch.clear();
  EXPECT_TRUE(sketch.top(4).empty());
}

}  // namespace
}  // namespace larder::base
