#include "families/bits.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace larder::families::bits {
namespace {

bool bit_at(std::string_view bytes, std::uint64_t position) {
  return position / 8 < bytes.size() &&
         ((static_cast<unsigned char>(bytes[position / 8]) >> (7 - position % 8)) & 1) != 0;
}

std::string random_bytes(std::mt19937& random, std::size_t length) {
  std::string bytes(length, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

TEST(Bits, CountsAndFindsAsABitByBitWalkDoes) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    auto bytes = random_bytes(random, 1 + random() % 70);
    // Mostly zeros, mostly ones, or neither.
    for (auto& byte : bytes) {
      if (round % 3 == 0 && random() % 40 != 0) byte = 0;
      if (round % 3 == 1 && random() % 40 != 0) byte = static_cast<char>(0xFF);
    }
    Range range{random() % (bytes.size() * 8), random() % (bytes.size() * 8)};
    if (range.first > range.last) std::swap(range.first, range.last);
    std::uint64_t ones = 0;
    std::optional<std::uint64_t> first[2];
    for (auto at = range.first; at <= range.last; ++at) {
      const bool bit = bit_at(bytes, at);
      ones += bit ? 1 : 0;
      if (!first[bit]) first[bit] = at;
    }
    ASSERT_EQ(count_ones(bytes, range), ones) << round;
    ASSERT_EQ(find(bytes, false, range), first[0]) << round;
    ASSERT_EQ(find(bytes, true, range), first[1]) << round;
  }
}

bool combined(Operation operation, const std::vector<bool>& of) {
  std::size_t ones = 0;
  for (const bool bit : of) ones += bit ? 1 : 0;
  const bool x = of.front();
  const bool any_rest = ones > (x ? 1 : 0);
  switch (operation) {
    case Operation::all_of:
      return ones == of.size();
    case Operation::any_of:
      return ones > 0;
    case Operation::parity:
      return ones % 2 == 1;
    case Operation::inverse:
      return !x;
    case Operation::difference:
      return x && !any_rest;
    case Operation::opposite:
      return !x && any_rest;
    case Operation::both:
      return x && any_rest;
    case Operation::exactly_one:
      return ones == 1;
  }
  return false;
}

// Lengths on both sides of a block's and of a chunk's, so that sources end anywhere in them.
TEST(Bits, CombinesAsABitByBitWalkDoes) {
  std::mt19937 random(2);
  for (int round = 0; round < 160; ++round) {
    const auto operation = static_cast<Operation>(round % 8);
    const auto count = operation == Operation::inverse ? 1 : 1 + random() % 5;
    std::vector<std::string> sources;
    std::size_t length = 1;
    for (std::size_t i = 0; i < count; ++i) {
      constexpr std::size_t kLengths[] = {0, 1, 7, 63, 64, 65, 200, 4095, 4096, 4100, 8300};
      sources.push_back(random_bytes(random, kLengths[random() % std::size(kLengths)]));
      length = std::max(length, sources.back().size());
    }
    std::string result(length, '\x55');
    combine(operation, std::vector<std::string_view>(sources.begin(), sources.end()), result.data(),
            length);
    for (std::uint64_t at = 0; at < length * 8; ++at) {
      std::vector<bool> of;
      for (const auto& source : sources) of.push_back(bit_at(source, at));
      ASSERT_EQ(bit_at(result, at), combined(operation, of)) << round << " bit " << at;
    }
  }
}

}  // namespace
}  // namespace larder::families::bits
