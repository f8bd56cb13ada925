#include "value/hyperloglog.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <string>

#include "base/random.h"

namespace larder::value::hyperloglog {
namespace {

using Model = std::array<std::uint8_t, kRegisters>;

std::string decoded(std::string_view sparse) {
  std::string runs;
  for_each_run(sparse, [&](const Run& run) {
    runs += std::to_string(run.rank) + 'x' + std::to_string(run.registers) + ' ';
  });
  return runs;
}

std::string raised(std::initializer_list<Observation> all) {
  std::string text(empty());
  for (const auto seen : all) EXPECT_EQ(raise_sparse(text, seen, 3000), Raised::yes);
  return text;
}

void expect_equal(std::string_view text, const Model& model) {
  Registers registers;
  ASSERT_TRUE(registers.merge(text));
  for (std::size_t i = 0; i < kRegisters; ++i) ASSERT_EQ(registers[i], model[i]) << i;
}

TEST(HyperLogLog, AnEmptyOneIsOneRunOfZeros) {
  EXPECT_EQ(encoding_of(empty()), Encoding::sparse);
  EXPECT_EQ(empty().size(), 18u);
  EXPECT_EQ(decoded(empty()), "0x16384 ");
  EXPECT_EQ(estimate(empty()), 0u);
  EXPECT_EQ(kept_estimate(empty()), 0u);
}

TEST(HyperLogLog, HashesAsRedisDoes) {
  // Registers of a real server: PFADD k "" a hello, then PFDEBUG DECODE.
  std::string text(empty());
  for (const auto* element : {"", "a", "hello"}) {
    raise_sparse(text, observe(element), 3000);
  }
  EXPECT_EQ(estimate(text), 3u);
}

TEST(HyperLogLog, SplitsRunsAndJoinsEqualNeighbours) {
  EXPECT_EQ(decoded(raised({{0, 3}})), "3x1 0x16383 ");
  EXPECT_EQ(decoded(raised({{16383, 3}})), "0x16383 3x1 ");
  EXPECT_EQ(decoded(raised({{100, 3}, {101, 3}, {99, 3}})), "0x99 3x3 0x16282 ");
  EXPECT_EQ(decoded(raised({{5, 2}, {6, 2}, {7, 2}, {8, 2}, {9, 2}})), "0x5 2x4 2x1 0x16374 ");
  EXPECT_EQ(decoded(raised({{5, 2}, {6, 2}, {7, 2}, {6, 9}})), "0x5 2x1 9x1 2x1 0x16376 ");
  EXPECT_EQ(decoded(raised({{64, 1}, {0, 1}})), "1x1 0x63 1x1 0x16319 ");
}

TEST(HyperLogLog, ARegisterIsOnlyRaised) {
  auto text = raised({{7, 5}});
  EXPECT_EQ(raise_sparse(text, {7, 5}, 3000), Raised::no);
  EXPECT_EQ(raise_sparse(text, {7, 4}, 3000), Raised::no);
  EXPECT_EQ(raise_sparse(text, {7, 6}, 3000), Raised::yes);
  auto dense = to_dense(text);
  EXPECT_FALSE(raise_dense(dense.data(), {7, 6}));
  EXPECT_TRUE(raise_dense(dense.data(), {7, 51}));
}

TEST(HyperLogLog, BecomesDenseForHighRanksAndManyBytes) {
  auto text = raised({{7, 5}});
  const auto before = text;
  EXPECT_EQ(raise_sparse(text, {9, 33}, 3000), Raised::needs_dense);
  EXPECT_EQ(raise_sparse(text, {9, 32}, text.size()), Raised::needs_dense);
  EXPECT_EQ(text, before);
  EXPECT_EQ(raise_sparse(text, {9, 32}, text.size() + 2), Raised::yes);
}

TEST(HyperLogLog, SparseAndDenseAgreeWithAModel) {
  base::Random random(3);
  for (int round = 0; round < 20; ++round) {
    Model model{};
    std::string sparse(empty());
    auto dense = to_dense(sparse);
    const auto spread = 1 + random.below(kRegisters);  // few registers: long rows of neighbours
    const auto rank_max = 1 + random.below(32);
    for (int i = 0; i < 1500; ++i) {
      const Observation seen{static_cast<std::uint16_t>(random.below(spread)),
                             static_cast<std::uint8_t>(1 + random.below(rank_max))};
      const bool is_higher = seen.rank > model[seen.index];
      if (is_higher) model[seen.index] = seen.rank;
      ASSERT_EQ(raise_sparse(sparse, seen, 1 << 20), is_higher ? Raised::yes : Raised::no);
      ASSERT_EQ(raise_dense(dense.data(), seen), is_higher);
    }
    expect_equal(sparse, model);
    expect_equal(dense, model);
    EXPECT_EQ(estimate(sparse), estimate(dense));
    EXPECT_EQ(to_dense(sparse), dense);
  }
}

TEST(HyperLogLog, EstimatesWithinAFewPercent) {
  auto dense = to_dense(empty());
  base::Random random(1);
  std::uint64_t next_check = 10;
  for (std::uint64_t added = 1; added <= 1'000'000; ++added) {
    const auto element = random.next();
    raise_dense(dense.data(), observe({reinterpret_cast<const char*>(&element), sizeof element}));
    if (added != next_check) continue;
    next_check *= 10;
    const auto error = static_cast<double>(*estimate(dense)) / static_cast<double>(added) - 1;
    EXPECT_LT(std::abs(error), 0.03) << added;
  }
}

TEST(HyperLogLog, MergesToTheHigherRegisters) {
  Registers registers;
  ASSERT_TRUE(registers.merge(raised({{1, 5}, {2, 7}})));
  ASSERT_TRUE(registers.merge(to_dense(raised({{1, 6}, {2, 6}, {3, 1}}))));
  EXPECT_EQ(registers[1], 6);
  EXPECT_EQ(registers[2], 7);
  EXPECT_EQ(registers[3], 1);
}

TEST(HyperLogLog, KeepsAnEstimateUntilItIsOutOfDate) {
  std::string text(empty());
  keep_estimate(text.data(), 123);
  EXPECT_EQ(kept_estimate(text), 123u);
  forget_estimate(text.data());
  EXPECT_EQ(kept_estimate(text), std::nullopt);
  EXPECT_EQ(text[15], '\x80');
}

TEST(HyperLogLog, KnowsItsOwnStrings) {
  const std::string whole(empty());
  auto other = whole;
  other[0] = 'h';
  EXPECT_EQ(encoding_of(other), std::nullopt);
  other = whole;
  other[4] = 2;
  EXPECT_EQ(encoding_of(other), std::nullopt);
  other[4] = 0;  // dense, of the wrong length
  EXPECT_EQ(encoding_of(other), std::nullopt);
  EXPECT_EQ(encoding_of(whole.substr(0, 15)), std::nullopt);
  EXPECT_EQ(encoding_of(""), std::nullopt);
  EXPECT_EQ(encoding_of(to_dense(whole)), Encoding::dense);
}

TEST(HyperLogLog, RefusesCorruptRuns) {
  const std::string head(empty().substr(0, kHeaderBytes));
  for (const std::string& runs : {std::string(), std::string("\x7f", 1), std::string("\x7f\xfe", 2),
                                  std::string("\x7f\xff\x00", 3), std::string("\x7f\xff\x84", 3)}) {
    EXPECT_EQ(estimate(head + runs), std::nullopt);
    EXPECT_EQ(to_dense(head + runs), "");
    EXPECT_FALSE(Registers().merge(head + runs));
    auto text = head + runs;
    if (runs.size() < 3) {
      EXPECT_EQ(raise_sparse(text, {16383, 1}, 3000), Raised::corrupt);
    }
  }
}

TEST(HyperLogLog, SurvivesAnyBytes) {
  base::Random random(9);
  for (int round = 0; round < 3000; ++round) {
    std::string text(empty().substr(0, kHeaderBytes));
    for (auto left = random.below(200); left > 0; --left) {
      text += static_cast<char>(random.next());
    }
    (void)estimate(text);
    (void)to_dense(text);
    Registers registers;
    (void)registers.merge(text);
    for (int i = 0; i < 10; ++i) {
      raise_sparse(text, {static_cast<std::uint16_t>(random.below(kRegisters)), 9}, 300);
    }
  }
  // Ranks that no hash has, as foreign bytes may hold them.
  auto dense = to_dense(empty());
  for (std::size_t i = kHeaderBytes; i < dense.size(); ++i) dense[i] = '\xff';
  EXPECT_EQ(estimate(dense), std::uint64_t{INT64_MAX});
}

}  // namespace
}  // namespace larder::value::hyperloglog
