#include "codec/lzf.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace larder::codec {
namespace {

std::string compressed(std::string_view text) {
  std::string out(text.size() + text.size() / 16 + 16, '\0');
  out.resize(lzf_compress(text, out.data(), out.size()));
  return out;
}

std::string decompressed(std::string_view bytes, std::size_t length) {
  std::string out(length, '\0');
  return lzf_decompress(bytes, out.data(), out.size()) ? out : "corrupt";
}

TEST(Lzf, ReadsLiteralsAndMatches) {
  EXPECT_EQ(decompressed(std::string("\x02"
                                     "abc",
                                     4),
                         3),
            "abc");
  EXPECT_EQ(decompressed(std::string("\x02"
                                     "abc\x20\x02",
                                     6),
                         6),
            "abcabc");
  EXPECT_EQ(decompressed(std::string("\x00"
                                     "a\xe0\x01\x00",
                                     5),
                         11),
            "aaaaaaaaaaa");
}

TEST(Lzf, RefusesCorruptBytes) {
  EXPECT_EQ(decompressed("", 1), "corrupt");
  EXPECT_EQ(decompressed(std::string("\x02"
                                     "ab",
                                     3),
                         3),
            "corrupt");  // cut off
  EXPECT_EQ(decompressed(std::string("\x02"
                                     "abc",
                                     4),
                         2),
            "corrupt");  // longer than said
  EXPECT_EQ(decompressed(std::string("\x02"
                                     "abc",
                                     4),
                         4),
            "corrupt");  // shorter
  EXPECT_EQ(decompressed(std::string("\x00"
                                     "a\x20\x01",
                                     4),
                         4),
            "corrupt");  // before the start
  EXPECT_EQ(decompressed(std::string("\x00"
                                     "a\x20",
                                     3),
                         4),
            "corrupt");
  EXPECT_EQ(decompressed(std::string("\x00"
                                     "a\xe0",
                                     3),
                         4),
            "corrupt");
  EXPECT_EQ(decompressed(std::string("\x00"
                                     "a\xe0\x01",
                                     4),
                         11),
            "corrupt");
}

TEST(Lzf, GivesBackWhatItCompressed) {
  base::Random random(5);
  for (int round = 0; round < 300; ++round) {
    std::string text;
    const auto letters = 1 + random.below(30);
    for (auto left = random.below(round < 290 ? 500 : 100'000); left > 0; --left) {
      text += static_cast<char>('a' + random.below(letters));
      if (random.below(10) == 0) text += text.substr(random.below(text.size()), 300);
    }
    EXPECT_EQ(decompressed(compressed(text), text.size()), text);
  }
}

TEST(Lzf, CompressesWhatRepeats) {
  EXPECT_LT(compressed(std::string(10'000, 'x')).size(), 200u);
  std::string words;
  for (int i = 0; i < 200; ++i) words += "key:" + std::to_string(i) + ",";
  EXPECT_LT(compressed(words).size(), words.size() * 2 / 3);
}

TEST(Lzf, SaysWhereTheSpaceDoesNotSuffice) {
  const std::string text = "no three letters here repeat";
  char out[64];
  EXPECT_EQ(lzf_compress(text, out, text.size() - 4), 0u);
  EXPECT_EQ(lzf_compress("", out, sizeof out), 0u);
  EXPECT_EQ(lzf_compress(std::string(100, 'x'), out, 1), 0u);
}

}  // namespace
}  // namespace larder::codec
