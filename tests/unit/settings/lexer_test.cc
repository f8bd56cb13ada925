#include "settings/lexer.h"

#include <gmock/gmock.h>

namespace larder::settings {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> split(std::string_view line) {
  auto words = split_words(line);
  EXPECT_TRUE(words.has_value()) << line;
  return words.value_or(std::vector<std::string>{});
}

TEST(Lexer, SeparatesWordsByBlanks) {
  EXPECT_THAT(split("  save 900\t1 \r"), ElementsAre("save", "900", "1"));
  EXPECT_THAT(split(""), IsEmpty());
  EXPECT_THAT(split(" \t "), IsEmpty());
}

TEST(Lexer, KnowsTheEscapesOfDoubleQuotes) {
  EXPECT_THAT(split(R"(a "b c" "\n\r\t\b\a\\\"\q" "\x41\x0a")"),
              ElementsAre("a", "b c", "\n\r\t\b\a\\\"q", "A\n"));
  EXPECT_THAT(split(R"("\xZZ\x4")"), ElementsAre("xZZx4"));
}

TEST(Lexer, KnowsOneEscapeOfSingleQuotes) {
  EXPECT_THAT(split(R"('it\'s' '\n' "")"), ElementsAre("it's", "\\n", ""));
}

TEST(Lexer, AllowsAQuoteInsideAWord) { EXPECT_THAT(split(R"(ab"c d")"), ElementsAre("abc d")); }

TEST(Lexer, RefusesQuotesThatAreOpenOrGoOn) {
  for (const auto* line : {"\"a", "'a", "\"a\"b", "'a'b", "x \"\\", "\"\\x4"}) {
    EXPECT_FALSE(split_words(line).has_value()) << line;
  }
}

TEST(Lexer, WhatIsQuotedReadsBackTheSame) {
  std::string all;
  for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
  for (const auto& word :
       {all, std::string(), std::string("plain"), std::string("a b"), std::string("'\"#")}) {
    EXPECT_THAT(split(quote(word)), ElementsAre(word));
    EXPECT_THAT(split(quote_if_needed(word)), ElementsAre(word));
  }
  EXPECT_EQ(quote_if_needed("/var/log/x.log"), "/var/log/x.log");
}

}  // namespace
}  // namespace larder::settings
