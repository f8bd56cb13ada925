#include "resp/parser.h"

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <vector>

namespace larder::resp {
namespace {

using Status = RequestParser::Status;
using Words = std::vector<std::string>;
using testing::ElementsAre;
using namespace std::string_literals;

// All that a stream of bytes means: its commands, and how it ended.
struct Outcome {
  std::vector<Words> commands;
  std::string error;
  std::size_t consumed = 0;
  bool operator==(const Outcome&) const = default;
};

// Feeds `stream` in pieces of `piece` bytes, each time from memory of its own, as a connection's
// buffer may move.
Outcome parse_in_pieces(std::string_view stream, std::size_t piece,
                        const RequestParser::Limits& limits = {}) {
  RequestParser parser;
  Outcome outcome;
  for (std::size_t arrived = 0; arrived < stream.size();) {
    arrived = std::min(arrived + piece, stream.size());
    while (true) {
      const std::vector<char> memory(stream.begin() + static_cast<std::ptrdiff_t>(outcome.consumed),
                                     stream.begin() + static_cast<std::ptrdiff_t>(arrived));
      std::vector<std::string_view> arguments;
      parser.begin_batch();
      const auto status = parser.parse({memory.data(), memory.size()}, arguments, limits);
      if (status == Status::command) {
        outcome.commands.emplace_back(arguments.begin(), arguments.end());
      } else {
        EXPECT_TRUE(arguments.empty());
      }
      if (status == Status::incomplete) break;
      if (status == Status::error) {
        outcome.error = parser.error();
        return outcome;
      }
      outcome.consumed += parser.consumed();
    }
  }
  return outcome;
}

Outcome parse_whole(std::string_view stream, const RequestParser::Limits& limits = {}) {
  return parse_in_pieces(stream, stream.size(), limits);
}

std::string error_of(std::string_view stream, const RequestParser::Limits& limits = {}) {
  return parse_whole(stream, limits).error;
}

constexpr RequestParser::Limits kStranger{.authenticated = false};

TEST(RequestParser, TakesArraysOfBulkStrings) {
  const auto outcome =
      parse_whole("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n*1\r\n$4\r\nPING\r\n");
  EXPECT_THAT(outcome.commands, ElementsAre(Words{"SET", "key", "value"}, Words{"PING"}));
}

TEST(RequestParser, ArgumentsMayHoldAnyBytesAndBeEmpty) {
  const auto outcome = parse_whole("*3\r\n$0\r\n\r\n$2\r\n\r\n\r\n$3\r\n\0$*\r\n"s);
  EXPECT_THAT(outcome.commands, ElementsAre(Words{"", "\r\n", "\0$*"s}));
}

TEST(RequestParser, ArgumentsOfAllSizesOfTheirLength) {
  for (const std::size_t bytes : {1u, 9u, 10u, 99u, 100u, 12345u, 1000000u}) {
    const std::string value(bytes, 'v');
    const auto stream = "*1\r\n$" + std::to_string(bytes) + "\r\n" + value + "\r\n";
    EXPECT_THAT(parse_whole(stream).commands, ElementsAre(Words{value}));
  }
}

TEST(RequestParser, AppendsBehindTheArgumentsOfEarlierCommands) {
  RequestParser parser;
  std::vector<std::string_view> arguments{"earlier"};
  EXPECT_EQ(parser.parse("*1\r\n$4\r\nPING\r\n*1", arguments, {}), Status::command);
  EXPECT_THAT(arguments, ElementsAre("earlier", "PING"));
  EXPECT_EQ(parser.consumed(), 14u);
}

TEST(RequestParser, EmptyLinesAndArraysAreConsumedWithoutACommand) {
  for (const auto* stream :
       {"\n", "\r\n", "  \t\r\n", "*0\r\n", "*-1\r\n", "*-9223372036854775808\r\n"}) {
    RequestParser parser;
    std::vector<std::string_view> arguments;
    EXPECT_EQ(parser.parse(stream, arguments, {}), Status::nothing) << stream;
    EXPECT_EQ(parser.consumed(), std::string_view(stream).size());
  }
}

// Redis looks for CR alone and takes the byte after it for LF, in lengths as behind arguments.
TEST(RequestParser, TheByteAfterCarriageReturnIsNotLookedAt) {
  EXPECT_THAT(parse_whole("*1\rX$4\rYPINGZZ").commands, ElementsAre(Words{"PING"}));
}

TEST(RequestParser, ErrorsHaveTheTextsOfRedis) {
  const std::string invalid_count = "ERR Protocol error: invalid multibulk length";
  for (const auto* line :
       {"*\r\n", "*abc\r\n", "*01\r\n", "*-0\r\n", "*+1\r\n", "* 1\r\n", "*1 \r\n", "*1\n\r\n",
        "*2147483648\r\n", "*99999999999999999999\r\n", "*-99999999999999999999\r\n"}) {
    EXPECT_EQ(error_of(line), invalid_count) << line;
  }
  const std::string invalid_bulk = "ERR Protocol error: invalid bulk length";
  for (const auto* line : {"$\r\n", "$blabla\r\n", "$-1\r\n", "$-10\r\n", "$04\r\n",
                           "$536870913\r\n", "$2000000000\r\n", "$99999999999999999999\r\n"}) {
    EXPECT_EQ(error_of("*1\r\n"s + line), invalid_bulk) << line;
  }
  EXPECT_EQ(error_of("*3\r\n$3\r\nSET\r\n$1\r\nx\r\nfooz\r\n"),
            "ERR Protocol error: expected '$', got 'f'");
  EXPECT_EQ(error_of("*1\r\n\r\n\r\n"), "ERR Protocol error: expected '$', got '\r'");
  EXPECT_EQ(error_of("set \"\"\"test-key\"\"\" test-value\r\n"),
            "ERR Protocol error: unbalanced quotes in request");
}

TEST(RequestParser, CommandsBeforeAnErrorAreTaken) {
  const auto outcome = parse_whole("PING\r\n*1\r\nX\r\nPING\r\n");
  EXPECT_THAT(outcome.commands, ElementsAre(Words{"PING"}));
  EXPECT_EQ(outcome.error, "ERR Protocol error: expected '$', got 'X'");
}

TEST(RequestParser, LinesWithoutEndAreRefusedAfter64KiB) {
  constexpr std::size_t kMax = 64 * 1024;
  const std::string a(kMax, 'a');
  EXPECT_THAT(parse_whole(a + "\n").commands, ElementsAre(Words{a}));
  EXPECT_EQ(parse_whole(a).error, "");
  EXPECT_EQ(error_of(a + "a"), "ERR Protocol error: too big inline request");
  EXPECT_EQ(error_of("*" + std::string(kMax - 1, '1')), "");
  EXPECT_EQ(error_of("*" + std::string(kMax, '1')),
            "ERR Protocol error: too big mbulk count string");
  EXPECT_EQ(error_of("*1\r\n" + std::string(kMax, '1')), "");
  EXPECT_EQ(error_of("*1\r\n" + std::string(kMax + 1, '1')),
            "ERR Protocol error: too big bulk count string");
}

// As in Redis, whose search for the line's end stops there: such a client is out of step and gets
// an error in time.
TEST(RequestParser, ALineWithAZeroByteNeverEnds) {
  for (const auto& start : {"PI\0NG\r\n"s, "*\0\r\n"s, "*1\r\n\0\r\n"s}) {
    const auto outcome = parse_in_pieces(start + "PING\r\n", 3);
    EXPECT_TRUE(outcome.commands.empty());
    EXPECT_EQ(outcome.error, "");
    EXPECT_NE(error_of(start + std::string(70'000, '\n')), "");
  }
}

TEST(RequestParser, StrangersMaySendLittle) {
  EXPECT_EQ(error_of("*10\r\n", kStranger), "");
  EXPECT_EQ(error_of("*11\r\n", kStranger), "ERR Protocol error: unauthenticated multibulk length");
  EXPECT_EQ(error_of("*1\r\n$16384\r\n", kStranger), "");
  EXPECT_EQ(error_of("*1\r\n$16385\r\n", kStranger),
            "ERR Protocol error: unauthenticated bulk length");
  EXPECT_EQ(error_of("*1\r\n$536870913\r\n", kStranger), "ERR Protocol error: invalid bulk length");
}

TEST(RequestParser, TheLimitOfAnArgumentIsConfigurable) {
  const RequestParser::Limits limits{.bulk_bytes_max = 5};
  EXPECT_EQ(error_of("*1\r\n$5\r\nhello\r\n", limits), "");
  EXPECT_EQ(error_of("*1\r\n$6\r\n", limits), "ERR Protocol error: invalid bulk length");
  EXPECT_EQ(error_of("*1\r\n$9223372036854775807\r\n", {.bulk_bytes_max = INT64_MAX}), "");
}

TEST(RequestParser, AnAnnouncementReservesNothing) {
  RequestParser parser;
  std::vector<std::string_view> arguments;
  EXPECT_EQ(parser.parse("*1000000000\r\n$3\r\nSET\r\n", arguments, {}), Status::incomplete);
  EXPECT_LT(arguments.capacity(), 16u);
  EXPECT_EQ(parser.argument_bytes(), 3u);
}

TEST(RequestParser, SaysWhatTheArgumentBeingReadStillNeeds) {
  RequestParser parser;
  std::vector<std::string_view> arguments;
  std::string stream = "*2\r\n$4\r\nECHO\r\n$10";
  EXPECT_EQ(parser.parse(stream, arguments, {}), Status::incomplete);
  EXPECT_EQ(parser.bytes_wanted(), 0u);
  EXPECT_EQ(parser.argument_bytes(), 4u);
  stream += "\r\n01234";
  EXPECT_EQ(parser.parse(stream, arguments, {}), Status::incomplete);
  EXPECT_EQ(parser.bytes_wanted(), 7u);
  stream += "56789\r\n";
  EXPECT_EQ(parser.parse(stream, arguments, {}), Status::command);
  EXPECT_THAT(arguments, ElementsAre("ECHO", "0123456789"));
  EXPECT_EQ(parser.argument_bytes(), 0u);
  EXPECT_EQ(parser.bytes_wanted(), 0u);
}

TEST(RequestParser, SaysHowMuchOfAnIncompleteCommandItUnderstood) {
  RequestParser parser;
  std::vector<std::string_view> arguments;
  std::string stream = "*2";
  EXPECT_EQ(parser.parse(stream, arguments, {}), Status::incomplete);
  EXPECT_EQ(parser.understood_bytes(), 0u);
  stream += "\r\n$4\r\nECHO\r\n$10";
  EXPECT_EQ(parser.parse(stream, arguments, {}), Status::incomplete);
  EXPECT_EQ(stream.substr(parser.understood_bytes()), "$10");
  stream += "\r\n01234";
  EXPECT_EQ(parser.parse(stream, arguments, {}), Status::incomplete);
  EXPECT_EQ(stream.substr(parser.understood_bytes()), "01234");
  stream += "56789\r\n";
  EXPECT_EQ(parser.parse(stream, arguments, {}), Status::command);
  EXPECT_EQ(parser.understood_bytes(), 0u);
}

TEST(RequestParser, AfterResetACommandBeginsAnew) {
  RequestParser parser;
  std::vector<std::string_view> arguments;
  EXPECT_EQ(parser.parse("*2\r\n$4\r\nECHO\r\n$1", arguments, {}), Status::incomplete);
  parser.reset();
  EXPECT_EQ(parser.parse("*1\r\n$4\r\nPING\r\n", arguments, {}), Status::command);
  EXPECT_THAT(arguments, ElementsAre("PING"));
}

TEST(RequestParser, InlineWordsHaveTheQuotesOfRedis) {
  const struct {
    std::string line;
    Words words;
  } cases[] = {
      {"PING", {"PING"}},
      {"  SET\tkey   value ", {"SET", "key", "value"}},
      {R"(ECHO "two words" 'and '"")", {}},
      {R"(ECHO "two words" 'and ' "" '')", {"ECHO", "two words", "and ", "", ""}},
      {R"(ECHO fo"o b" a'b c')", {"ECHO", "foo b", "ab c"}},
      {R"(ECHO "\x41\x4g\n\r\t\a\b\q\"\\" \x41)", {"ECHO", "Ax4g\n\r\t\a\bq\"\\", R"(\x41)"}},
      {R"(ECHO 'it\'s \n\x41')", {"ECHO", R"(it's \n\x41)"}},
      {"ECHO a\vb\fc a\rb", {"ECHO", "a\vb\fc", "a", "b"}},
      {"\v\f ECHO \"a\"\v\"b\"", {"ECHO", "a", "b"}},
      {"ECHO \"\\x00\\xff\"", {"ECHO", "\0\xff"s}},
      {R"(ECHO "a"b)", {}},
      {R"(ECHO 'a'b)", {}},
      {R"(ECHO "abc)", {}},
      {R"(ECHO 'abc)", {}},
      {R"(ECHO "abc\)", {}},
      {R"(ECHO 'abc\)", {}},
      {R"(ECHO "\x4)", {}},
  };
  for (const auto& [line, words] : cases) {
    for (const auto* end : {"\n", "\r\n"}) {
      const auto outcome = parse_whole(line + end);
      if (words.empty()) {
        EXPECT_EQ(outcome.error, "ERR Protocol error: unbalanced quotes in request") << line;
      } else {
        EXPECT_THAT(outcome.commands, ElementsAre(words)) << line;
      }
    }
  }
}

TEST(RequestParser, QuotedWordsOfABatchStayValidTogether) {
  RequestParser parser;
  std::string stream;
  for (int i = 0; i < 100; ++i) stream += "ECHO \"number " + std::to_string(i) + "\" plain\r\n";
  std::vector<std::string_view> arguments;
  parser.begin_batch();
  for (std::size_t at = 0; at < stream.size(); at += parser.consumed()) {
    ASSERT_EQ(parser.parse(std::string_view(stream).substr(at), arguments, {}), Status::command);
  }
  ASSERT_EQ(arguments.size(), 300u);
  for (std::size_t i = 0; i < 100; ++i)
    EXPECT_EQ(arguments[i * 3 + 1], "number " + std::to_string(i));
}

TEST(RequestParser, HowBytesAreSplitDoesNotMatter) {
  const std::string streams[] = {
      "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$12\r\nhello\r\nworld\r\nPING\r\n*0\r\n\r\n*-1\r\n*1\r\n$"
      "4\r\nPING\r\n",
      "*3\r\nPING\r\n",
      "\nx\n*2\r\n$10\r\n0123456789\r\n$0\r\n\r\n\ny\n",
      "ECHO \"a b\" 'c'\r\nECHO \"\r\n",
      "*2\r\n$4\r\nECHO\r\n$123456789012345678901\r\n",
      "*1\r\n$4\r\nPING\r\n*1x\r\n",
  };
  for (const auto& stream : streams) {
    const auto whole = parse_whole(stream);
    for (std::size_t piece = 1; piece < stream.size(); ++piece) {
      EXPECT_EQ(parse_in_pieces(stream, piece), whole) << stream << " in pieces of " << piece;
    }
  }
}

// A client that sends a huge command byte by byte must not make each byte cost what the whole
// command costs.
TEST(RequestParser, ResumingCostsNothingForWhatWasUnderstood) {
  constexpr int kArguments = 200'000;
  std::string stream = "*" + std::to_string(kArguments) + "\r\n";
  for (int i = 0; i < kArguments; ++i) stream += "$1\r\nx\r\n";
  RequestParser parser;
  std::vector<std::string_view> arguments;
  for (std::size_t arrived = 1; arrived < stream.size(); ++arrived) {
    ASSERT_EQ(parser.parse({stream.data(), arrived}, arguments, {}), Status::incomplete);
  }
  EXPECT_EQ(parser.parse(stream, arguments, {}), Status::command);
  EXPECT_EQ(arguments.size(), static_cast<std::size_t>(kArguments));
}

}  // namespace
}  // namespace larder::resp
