#include "value/integer_run.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"

namespace larder::value {
namespace {

// The integers, side by side in as many bytes as the widest needs, or in `width`.
struct Packed {
  explicit Packed(const std::set<std::int64_t>& integers) {
    for (const auto integer : integers) width = std::max(width, integer_width(integer));
    for (const auto integer : integers) {
      bytes.resize(bytes.size() + width);
      IntegerRun::store(bytes.data() + bytes.size() - width, integer, width);
    }
    count = integers.size();
  }
  IntegerRun run() const { return {bytes.data(), count, width}; }

  std::vector<char> bytes;  // no more than needed, so that sanitizers see a step too far
  std::size_t count = 0;
  unsigned width = 1;
};

TEST(IntegerRun, TellsTheBytesThatAnIntegerNeeds) {
  const struct {
    std::int64_t integer;
    unsigned width;
  } kCases[] = {{0, 1},
                {127, 1},
                {128, 2},
                {-128, 1},
                {-129, 2},
                {32767, 2},
                {8388607, 3},
                {8388608, 4},
                {std::numeric_limits<std::int64_t>::max(), 8},
                {1LL << 39, 6},
                {(1LL << 39) - 1, 5},
                {std::numeric_limits<std::int64_t>::min(), 8}};
  for (const auto& [integer, width] : kCases) EXPECT_EQ(integer_width(integer), width) << integer;
}

TEST(IntegerRun, FindsFromAnyPlaceInAnyWidth) {
  base::Random random(4);
  for (int round = 0; round < 400; ++round) {
    const auto unused_bits = 1 + random.below(63);
    std::set<std::int64_t> integers;
    for (auto left = random.below(60); left != 0; --left) {
      integers.insert(static_cast<std::int64_t>(random.next()) >> unused_bits);
    }
    const Packed packed(integers);
    const auto run = packed.run();
    for (int probe = 0; probe < 30; ++probe) {
      const auto wanted = static_cast<std::int64_t>(random.next()) >> unused_bits;
      const auto at =
          static_cast<std::size_t>(std::distance(integers.begin(), integers.lower_bound(wanted)));
      EXPECT_EQ(run.lower_bound(wanted), at);
      EXPECT_EQ(run.contains(wanted), integers.count(wanted) != 0);
      const auto from = random.below(at + 1);
      EXPECT_EQ(run.lower_bound_from(from, wanted), at);
    }
  }
}

TEST(IntegerRun, WidensInPlace) {
  Packed packed({-5, -1, 0, 7, 100});
  for (unsigned width = 2; width <= 8; ++width) {
    packed.bytes.resize(packed.count * width);
    IntegerRun::widen(packed.bytes.data(), packed.count, packed.width, width);
    packed.width = width;
    std::vector<std::int64_t> found;
    packed.run().for_each([&](std::int64_t integer) {
      found.push_back(integer);
      return true;
    });
    EXPECT_EQ(found, (std::vector<std::int64_t>{-5, -1, 0, 7, 100})) << width;
  }
}

}  // namespace
}  // namespace larder::value
