#include "value/compressed.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"

namespace larder::value {
namespace {

std::string compressed(std::string_view text) {
  std::string stored(compressed_bytes_max(text.size()), '\0');
  stored.resize(compress(text, stored.data()));
  return stored;
}

TEST(CompressedTest, InflatesToTheSameBytes) {
  for (const std::size_t length : {100UL, 1000UL, 100'000UL}) {
    std::string text;
    while (text.size() < length) text += "some words, " + std::to_string(text.size());
    const auto stored = compressed(text);
    ASSERT_NE(stored.size(), 0U);
    const auto parts = CompressedText::read(stored);
    EXPECT_EQ(parts.dictionary, kNoDictionary);
    ASSERT_EQ(parts.length, text.size());
    std::string inflated(text.size(), '\0');
    EXPECT_TRUE(inflate(parts, inflated.data()));
    EXPECT_EQ(inflated, text);
  }
}

TEST(CompressedTest, WhatSavesLessThanAnEighthIsLeft) {
  base::Random random(2);
  std::string noise;
  while (noise.size() < 1000) noise.push_back(static_cast<char>(random.next()));
  EXPECT_TRUE(compressed(noise).empty());
  noise.resize(1100, 'x');  // saves about a twelfth
  EXPECT_TRUE(compressed(noise).empty());
  noise.resize(1300, 'x');
  EXPECT_FALSE(compressed(noise).empty());
}

// Sanitizers see what is read or written outside.
TEST(CompressedTest, DamageIsToldAndNeverFollowed) {
  std::string text;
  while (text.size() < 2000) text += "some words, " + std::to_string(text.size() % 37);
  const auto stored = compressed(text);
  base::Random random(4);
  for (int i = 0; i < 20'000; ++i) {
    auto damaged = stored;
    for (auto n = 1 + random.below(4); n != 0; --n) {
      damaged[random.below(damaged.size())] = static_cast<char>(random.next());
    }
    if (random.below(3) == 0) damaged.resize(random.below(damaged.size() + 1));
    auto parts = CompressedText::read(damaged);
    if (parts.length > 2 * text.size()) continue;
    std::vector<char> room(parts.length);
    inflate(parts, room.data());
  }
  auto parts = CompressedText::read(stored);
  std::vector<char> room(text.size() + 1);
  for (const auto length : {text.size() - 1, text.size() + 1}) {
    parts.length = length;
    EXPECT_FALSE(inflate(parts, room.data()));
  }
  EXPECT_FALSE(inflate(CompressedText::read({}), room.data()));
  EXPECT_TRUE(CompressedText::read({"\0\xff\xff\xff\xff\x7f"
                                    "abc",
                                    9})
                  .block.empty());
}

}  // namespace
}  // namespace larder::value
