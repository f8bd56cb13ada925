#include "value/dictionary.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "value/compressed.h"
#include "value/dictionary_learner.h"

namespace larder::value {
namespace {

std::string document(base::Random& random) {
  std::string text = R"({"id":)" + std::to_string(random.next());
  for (const auto* field : {"name", "description", "created_at", "owner", "visibility"}) {
    if (random.below(8) == 0) continue;
    text += R"(,")" + std::string(field) + R"(":{"value":")" +
            std::to_string(random.below(1000000)) + R"(","is_default":false})";
  }
  return text + "}";
}

std::vector<std::string> documents(std::size_t count, std::uint64_t seed) {
  base::Random random(seed);
  std::vector<std::string> made(count);
  for (auto& each : made) each = document(random);
  return made;
}

std::string learned(const std::vector<std::string>& samples, std::size_t bytes_max = 4096) {
  DictionaryLearner learner(samples, bytes_max);
  while (learner.step()) {
  }
  return learner.take_dictionary();
}

// What is left of `text`, which must come back as it was; all of it where nothing is saved.
std::size_t stored_bytes(const Dictionary& dictionary, const std::string& text) {
  std::vector<char> room(compressed_bytes_max(text.size()));
  const auto bytes = compress(text, room.data(), 9, &dictionary);
  if (bytes == 0) return text.size();
  const auto parts = CompressedText::read({room.data(), bytes});
  EXPECT_EQ(parts.dictionary, 9);
  EXPECT_EQ(parts.length, text.size());
  std::string inflated(text.size(), '\0');
  EXPECT_TRUE(inflate(parts, inflated.data(), dictionary.text()));
  EXPECT_EQ(inflated, text);
  return bytes;
}

TEST(DictionaryTest, WhatWasLearnedMakesOthersHalfAsLarge) {
  const Dictionary dictionary(learned(documents(60, 1)));
  for (const auto& each : documents(100, 2)) {
    EXPECT_LT(stored_bytes(dictionary, each), each.size() / 2);
  }
}

TEST(DictionaryTest, NothingInCommonTeachesNothing) {
  base::Random random(3);
  std::vector<std::string> noise(40);
  for (auto& each : noise) {
    while (each.size() < 500) each.push_back(static_cast<char>(random.next()));
  }
  EXPECT_EQ(learned(noise), "");
  EXPECT_EQ(learned({}), "");
  EXPECT_EQ(learned({"", "a", "b", "c"}), "");
}

TEST(DictionaryTest, HoldsToItsSize) {
  const auto samples = documents(200, 4);
  for (const std::size_t bytes : {1UL, 20UL, 300UL}) {
    EXPECT_LE(learned(samples, bytes).size(), bytes);
  }
}

TEST(DictionaryTest, AnyTextComesBack) {
  base::Random random(5);
  const Dictionary dictionary(learned(documents(60, 1)));
  const Dictionary tiny("x");
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    const auto length = random.below(i % 50 == 0 ? Dictionary::kTextBytesMax : 300);
    const auto letters = 1 + random.below(i % 3 == 0 ? 256 : 3);
    while (text.size() < length) {
      if (random.below(4) == 0) {
        const auto from = random.below(dictionary.text().size());
        text += dictionary.text().substr(from, random.below(600));
      } else {
        text.push_back(static_cast<char>(random.below(letters)));
      }
    }
    text.resize(length);
    stored_bytes(dictionary, text);
    stored_bytes(tiny, text);
  }
}

// Sanitizers see what is written outside.
TEST(DictionaryTest, NoRoomIsNoBlock) {
  const Dictionary dictionary(learned(documents(60, 1)));
  base::Random random(6);
  for (int i = 0; i < 200; ++i) {
    const auto text = document(random);
    std::vector<char> enough(text.size() + 100);
    const auto bytes = dictionary.compress(text, enough.data(), enough.size());
    ASSERT_NE(bytes, 0U);
    for (std::size_t room = 0; room < bytes; ++room) {
      std::vector<char> less(room);
      EXPECT_EQ(dictionary.compress(text, less.data(), room), 0U);
    }
  }
}

TEST(DictionaryTest, RetiredItKeepsItsTextAlone) {
  Dictionary dictionary("what they have in common");
  const auto before = dictionary.memory_bytes();
  dictionary.retire();
  EXPECT_TRUE(dictionary.is_retired());
  EXPECT_LT(dictionary.memory_bytes(), before / 10);
  EXPECT_EQ(dictionary.text(), "what they have in common");
}

}  // namespace
}  // namespace larder::value
