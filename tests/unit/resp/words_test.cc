#include "resp/words.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace larder::resp {
namespace {

using namespace std::string_view_literals;

// Nothing where quotes do not balance.
std::optional<std::vector<std::string>> words_of(std::string_view line) {
  std::vector<std::string> words;
  WordReader reader(line);
  while (reader.has_more()) {
    if (!reader.take_quoted(words.emplace_back())) return std::nullopt;
  }
  return words;
}

TEST(WordReader, SplitsAtBlanks) {
  EXPECT_EQ(words_of("  set\tkey  value "), (std::vector<std::string>{"set", "key", "value"}));
  EXPECT_EQ(words_of(" \v\f "), std::vector<std::string>());
}

TEST(WordReader, UnquotesAndRefusesWhatDoesNotBalance) {
  EXPECT_EQ(words_of(R"("a\x41\n" 'it\'s')"), (std::vector<std::string>{"aA\n", "it's"}));
  EXPECT_FALSE(words_of("\"open"));
  EXPECT_FALSE(words_of("'a'b"));
}

TEST(WordReader, EndsAtANul) {
  EXPECT_EQ(words_of("file\0name"sv), std::vector<std::string>{"file"});
  EXPECT_EQ(words_of("\0"sv), std::vector<std::string>());
}

}  // namespace
}  // namespace larder::resp
