#include "value/bloom_filter.h"

#include <gtest/gtest.h>

#include <string>

#include "base/murmur.h"

namespace larder::value {
namespace {

constexpr std::size_t kAnySize = std::size_t{1} << 30;
using Added = BloomFilter::Added;

std::string item(int number) { return "item:" + std::to_string(number); }

TEST(BloomFilter, LayersAreAsLargeAsThoseOfRedisBloom) {
  // What BF.DEBUG says there after BF.RESERVE bf 0.001 100 and 4000 items.
  auto filter = BloomFilter::make({.error_rate = 0.001, .capacity = 100}, kAnySize);
  for (int i = 0; i < 4'000; ++i) filter->add(std::to_string(i), kAnySize);
  const std::size_t bytes[] = {200, 432, 936, 2016, 4320, 9216};
  ASSERT_EQ(filter->layers().size(), std::size(bytes));
  for (std::size_t i = 0; i < std::size(bytes); ++i) {
    EXPECT_EQ(filter->layers()[i].byte_count(), bytes[i]);
    EXPECT_EQ(filter->layers()[i].capacity, 100u << i);
    EXPECT_EQ(filter->layers()[i].hashes, 11 + i);
  }
  EXPECT_EQ(filter->items(), 3'997u);  // three were taken for others, there as here
  EXPECT_EQ(filter->layers().back().items, 897u);
}

TEST(BloomFilter, BitsLieWhereTheyWouldWithPlainArithmetic) {
  auto filter = BloomFilter::make({.error_rate = 0.0001, .capacity = 777}, kAnySize);
  filter->add("x", kAnySize);
  const auto& layer = filter->layers()[0];
  const auto first = base::murmur64a("x", 0xc6a4a7935bd1e995);
  const auto step = base::murmur64a("x", first);
  std::string wanted(layer.byte_count(), '\0');
  for (std::uint64_t i = 0; i < layer.hashes; ++i) {
    const auto bit = (first + i * step) % layer.bits;
    wanted[bit / 8] = static_cast<char>(wanted[bit / 8] | 1 << (bit % 8));
  }
  EXPECT_EQ(std::string_view(layer.bytes.get(), layer.byte_count()), wanted);
}

TEST(BloomFilter, NeverForgetsAndSeldomErrs) {
  auto filter = BloomFilter::make({.error_rate = 0.01, .capacity = 500}, kAnySize);
  int taken_for_others = 0;
  for (int i = 0; i < 20'000; ++i) {
    if (filter->add(item(i), kAnySize) == Added::no) ++taken_for_others;
  }
  for (int i = 0; i < 20'000; ++i) ASSERT_TRUE(filter->contains(item(i)));
  for (int i = 20'000; i < 40'000; ++i) taken_for_others += filter->contains(item(i)) ? 1 : 0;
  EXPECT_LT(taken_for_others, 400);
  EXPECT_EQ(filter->add(item(1), kAnySize), Added::no);
}

TEST(BloomFilter, IsFullWhereItDoesNotExpand) {
  auto filter = BloomFilter::make({.capacity = 3, .expansion = 0}, kAnySize);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(filter->add(item(i), kAnySize), Added::yes);
  EXPECT_EQ(filter->add(item(3), kAnySize), Added::full);
  EXPECT_EQ(filter->add(item(1), kAnySize), Added::no);
  EXPECT_EQ(filter->items(), 3u);
}

TEST(BloomFilter, IsNoLargerThanAllowed) {
  EXPECT_EQ(BloomFilter::make({.capacity = 1 << 20}, 1'000), nullptr);
  EXPECT_EQ(
      BloomFilter::make({.error_rate = 1e-300, .capacity = BloomFilter::kCapacityMax}, kAnySize),
      nullptr);
  auto filter = BloomFilter::make({.capacity = 10, .expansion = 1'000}, 1'000);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(filter->add(item(i), 1'000), Added::yes);
  EXPECT_EQ(filter->add("more", 1'000), Added::too_large);
  EXPECT_EQ(filter->items(), 10u);
}

TEST(BloomFilter, RatesBeyondALimitAreTakenForIt) {
  auto filter = BloomFilter::make({.error_rate = 0.9, .capacity = 100}, kAnySize);
  EXPECT_EQ(filter->layers()[0].error_rate, 0.125);
}

TEST(BloomFilter, EndsWhereTheRateBecomesZero) {
  auto filter = BloomFilter::make({.capacity = 1, .expansion = 1}, kAnySize);
  int i = 0;
  auto added = Added::yes;
  while (added != Added::too_large && i < 5'000) added = filter->add(item(i++), kAnySize);
  EXPECT_EQ(added, Added::too_large);
}

TEST(BloomFilter, ACloneIsApart) {
  auto filter = BloomFilter::make({.capacity = 10}, kAnySize);
  for (int i = 0; i < 50; ++i) filter->add(item(i), kAnySize);
  const auto object = filter->clone();
  auto& copy = static_cast<BloomFilter&>(*object);
  filter->add("later", kAnySize);
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(copy.contains(item(i)));
  EXPECT_FALSE(copy.contains("later"));
  EXPECT_EQ(copy.capacity(), 10u + 20 + 40);
  EXPECT_GE(copy.memory_bytes(), 16u);
}

}  // namespace
}  // namespace larder::value
