#include "load/indexes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace larder::load {
namespace {

TEST(Indexes, GoInOrderAndStartAgain) {
  Indexes indexes(Distribution::sequential, 3, 0, 1);
  for (const std::uint64_t expected : {0, 1, 2, 0, 1}) EXPECT_EQ(indexes.next(), expected);
}

TEST(Indexes, UniformReachesTheWholeSpace) {
  Indexes indexes(Distribution::uniform, 10, 0, 1);
  std::vector<int> hits(10);
  for (int i = 0; i < 10'000; ++i) ++hits[indexes.next()];
  for (const int count : hits) EXPECT_NEAR(count, 1'000, 200);
}

TEST(Indexes, ZipfFollowsItsLaw) {
  constexpr std::uint64_t kSpace = 1'000;
  constexpr int kDraws = 500'000;
  Indexes indexes(Distribution::zipf, kSpace, 0.99, 1);
  std::vector<double> hits(kSpace);
  for (int i = 0; i < kDraws; ++i) ++hits[indexes.next()];
  std::sort(hits.rbegin(), hits.rend());
  double sum = 0;
  for (std::uint64_t rank = 1; rank <= kSpace; ++rank) sum += std::pow(rank, -0.99);
  EXPECT_NEAR(hits[0] / kDraws, 1 / sum, 0.25 / sum);
  EXPECT_GT(hits[0], 5 * hits[9]);
}

}  // namespace
}  // namespace larder::load
