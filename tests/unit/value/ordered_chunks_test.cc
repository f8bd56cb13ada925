#include "value/ordered_chunks.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"

namespace larder::value {
namespace {

struct Number {
  std::uint64_t number;
  std::uint64_t payload = 0;

  std::uint64_t key() const { return number; }
};
using Numbers = OrderedChunks<Number>;
using Model = std::map<std::uint64_t, std::uint64_t>;

void expect_same(const Numbers& numbers, const Model& model) {
  ASSERT_EQ(numbers.size(), model.size());
  auto expected = model.begin();
  for (auto at = numbers.begin(); at != numbers.end(); at = numbers.next(at), ++expected) {
    ASSERT_EQ(numbers[at].number, expected->first);
    ASSERT_EQ(numbers[at].payload, expected->second);
  }
  auto backward = model.rbegin();
  for (auto at = numbers.end(); at != numbers.begin(); ++backward) {
    at = numbers.previous(at);
    ASSERT_EQ(numbers[at].number, backward->first);
  }
}

TEST(OrderedChunks, AgreesWithAMap) {
  base::Random random(1);
  std::size_t bytes = 0;
  {
    Numbers numbers(bytes);
    Model model;
    for (int phase = 0; phase < 12; ++phase) {
      const bool grows = phase % 2 == 0;
      for (int i = 0; i < 4000; ++i) {
        const auto number = random.below(20'000);
        if (random.below(10) < (grows ? 8u : 2u)) {
          const auto is_new = model.emplace(number, number * 3).second;
          const auto [record, inserted] = numbers.insert({number, number * 3});
          ASSERT_EQ(inserted, is_new);
          ASSERT_EQ(record->number, number);
        } else if (random.below(4) == 0 && !model.empty()) {
          const auto front = model.begin()->first;
          ASSERT_EQ(numbers.front().number, front);
          ASSERT_TRUE(numbers.erase(front));
          model.erase(front);
        } else {
          ASSERT_EQ(numbers.erase(number), model.erase(number) == 1);
        }
        const auto probe = random.below(20'000);
        const auto expected = model.lower_bound(probe);
        const auto found = numbers.lower_bound(probe);
        ASSERT_EQ(found == numbers.end(), expected == model.end());
        if (expected != model.end()) {
          ASSERT_EQ(numbers[found].number, expected->first);
        }
      }
      expect_same(numbers, model);
    }
    Numbers copy(bytes);
    copy.copy_from(numbers);
    expect_same(copy, model);
    EXPECT_GT(bytes, 2 * sizeof(Number) * model.size());
  }
  EXPECT_EQ(bytes, 0u);
}

TEST(OrderedChunks, AQueueStaysSmall) {
  std::size_t bytes = 0;
  Numbers numbers(bytes);
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    numbers.push_back({i});
    if (numbers.size() > 50) numbers.erase(numbers.begin());
    ASSERT_LT(bytes, 10'000u);
  }
  EXPECT_EQ(numbers.front().number, 99'950u);
  EXPECT_EQ(numbers.back().number, 99'999u);
}

TEST(OrderedChunks, ErasingAtRandomLeavesNoSmallChunks) {
  std::size_t bytes = 0;
  Numbers numbers(bytes);
  constexpr std::uint64_t kCount = 100'000;
  for (std::uint64_t i = 0; i < kCount; ++i) numbers.push_back({i});
  const auto full = bytes;
  for (std::uint64_t i = 0; i < kCount; ++i) {
    if (i % 50 != 0) numbers.erase(i);
  }
  EXPECT_EQ(numbers.size(), kCount / 50);
  EXPECT_LT(bytes, full / 8);
}

}  // namespace
}  // namespace larder::value
