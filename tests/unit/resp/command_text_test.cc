#include "resp/command_text.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "resp/parser.h"

namespace larder::resp {
namespace {

using Words = std::vector<std::string_view>;

std::string text_of(const Words& words) {
  base::ByteBuffer out;
  append_command(out, words);
  return std::string(out.view());
}

// What a connection would find of a request that came so.
bool is_sent_as_written(const std::string& request) {
  RequestParser parser;
  Words words;
  const auto status = parser.parse(request, words, {});
  EXPECT_EQ(status, RequestParser::Status::command);
  const bool is_it = is_command_text(std::string_view(request).substr(0, parser.consumed()), words);
  EXPECT_FALSE(is_it && request != text_of(words));
  return is_it;
}

TEST(CommandText, KnowsItsOwn) {
  const std::string long_word(12345, 'x');
  for (const Words& words :
       {Words{"PING"}, Words{"SET", "key", ""}, Words{"", "", ""},
        Words{"SET", "\r\n$3\r\n", "*1\r\n$4\r\nPING\r\n"},
        Words{"MSET", "a", long_word, "b", "123456789", "c", "1234567890"}, Words(100, "x")}) {
    EXPECT_TRUE(is_sent_as_written(text_of(words)));
  }
}

TEST(CommandText, TellsOtherFormsApart) {
  EXPECT_FALSE(is_sent_as_written("PING\r\n"));
  EXPECT_FALSE(is_sent_as_written("SET key \"a value\"\r\n"));
  // The parser passes over the second byte of a header's end and both of an argument's.
  EXPECT_FALSE(is_sent_as_written("*1\rx$4\r\nPING\r\n"));
  EXPECT_FALSE(is_sent_as_written("*1\r\n$4\rxPING\r\n"));
  EXPECT_FALSE(is_sent_as_written("*2\r\n$3\r\nGETxx$1\r\na\r\n"));
  EXPECT_FALSE(is_sent_as_written("*1\r\n$4\r\nPINGxx"));
}

TEST(CommandText, TellsOtherWordsApart) {
  const auto request = text_of({"SET", "key", "value"});
  const std::string_view text = request;
  const Words sent = {text.substr(8, 3), text.substr(17, 3), text.substr(26, 5)};
  ASSERT_EQ(sent, (Words{"SET", "key", "value"}));
  EXPECT_TRUE(is_command_text(text, sent));
  EXPECT_FALSE(is_command_text(text, Words{sent[0], sent[1]}));
  EXPECT_FALSE(is_command_text(text, Words{"SET", "key", "value"}));  // the same, elsewhere
  EXPECT_FALSE(is_command_text(text.substr(0, text.size() - 1), sent));
  EXPECT_FALSE(is_command_text({}, sent));
  EXPECT_FALSE(is_command_text({}, {}));
}

}  // namespace
}  // namespace larder::resp
