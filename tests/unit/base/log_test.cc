#include "base/log.h"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace larder::log {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

constexpr std::int64_t kMoment = 1'792'535'965'007;  // 2026-10-20 22:39:25.007 UTC

Line example(Format format, std::string_view message = "Ready to accept connections") {
  return {.level = Level::notice,
          .format = format,
          .timestamp_format = TimestampFormat::legacy,
          .role = 'M',
          .pid = 42,
          .unix_ms = kMoment,
          .utc_offset_seconds = 0,
          .message = message};
}

TEST(LogLine, LegacyIsThatOfRedis) {
  auto line = example(Format::legacy);
  EXPECT_EQ(line_text(line), "42:M 20 Oct 2026 22:39:25.007 * Ready to accept connections\n");
  line.role = 'C';
  line.level = Level::warning;
  line.utc_offset_seconds = 7200;
  EXPECT_EQ(line_text(line), "42:C 21 Oct 2026 00:39:25.007 # Ready to accept connections\n");
}

TEST(LogLine, TimestampsHaveThreeForms) {
  auto line = example(Format::legacy, "x");
  line.timestamp_format = TimestampFormat::iso8601;
  EXPECT_EQ(line_text(line), "42:M 2026-10-20T22:39:25.007+00:00 * x\n");
  line.utc_offset_seconds = -12600;
  EXPECT_EQ(line_text(line), "42:M 2026-10-20T19:09:25.007-03:30 * x\n");
  line.timestamp_format = TimestampFormat::milliseconds;
  EXPECT_EQ(line_text(line), "42:M 1792535965007 * x\n");
}

TEST(LogLine, LogfmtAndJsonHaveTheSameKeys) {
  EXPECT_EQ(line_text(example(Format::logfmt, "a \"b\"")),
            "pid=42 role=primary timestamp=\"20 Oct 2026 22:39:25.007\" level=notice "
            "message=\"a \\\"b\\\"\"\n");
  EXPECT_EQ(line_text(example(Format::json, "a \"b\"")),
            "{\"pid\":42,\"role\":\"primary\",\"timestamp\":\"20 Oct 2026 22:39:25.007\","
            "\"level\":\"notice\",\"message\":\"a \\\"b\\\"\"}\n");
}

TEST(LogLine, JsonIsValidWhateverTheMessage) {
  const auto text = [](std::string_view message) {
    return line_text(example(Format::json, message));
  };
  EXPECT_THAT(text("\n\r\t\\\x01\x7f"), HasSubstr(R"("message":"\n\r\t\\\u0001\u007f"})"));
  EXPECT_THAT(text("gr\xc3\xbc\xc3\x9f \xf0\x9f\x8d\x9e"),
              HasSubstr("gr\xc3\xbc\xc3\x9f \xf0\x9f\x8d\x9e\"}"));
  const std::string replaced = "\xef\xbf\xbd";
  EXPECT_THAT(text("a\xff"
                   "b"),
              HasSubstr("a" + replaced + "b\""));
  EXPECT_THAT(text("\xc3"), HasSubstr(":\"" + replaced + "\"}"));
  EXPECT_THAT(text("\xed\xa0\x80"), HasSubstr(replaced + replaced + replaced)) << "a surrogate";
  EXPECT_THAT(text("\xc0\xaf"), HasSubstr(replaced + replaced)) << "an overlong form";
}

class LogFileTest : public testing::Test {
 protected:
  LogFileTest() {
    std::string name = (std::filesystem::temp_directory_path() / "larder-log-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    path_ = (root_ / "larder.log").string();
    EXPECT_TRUE(set_file(path_));
  }
  ~LogFileTest() override {
    EXPECT_TRUE(set_file(""));
    set_level(Level::notice);
    set_format(Format::legacy);
    set_role('M');
    std::filesystem::remove_all(root_);
  }

  static std::string content_of(const std::filesystem::path& path) {
    std::ostringstream content;
    content << std::ifstream(path).rdbuf();
    return content.str();
  }

  std::filesystem::path root_;
  std::string path_;
};

TEST_F(LogFileTest, LinesOfTheLevelAndAboveAreWritten) {
  debug("no");
  verbose("no");
  notice("yes {}", 1);
  warning("yes {}", 2);
  EXPECT_THAT(content_of(path_),
              MatchesRegex("[0-9]+:M [0-9]+ [A-Z][a-z]+ [0-9]+ [0-9:.]+ \\* yes 1\n"
                           "[0-9]+:M .* # yes 2\n"));
}

TEST_F(LogFileTest, NothingSilencesAll) {
  set_level(Level::nothing);
  warning("no");
  write(Level::warning, "no");
  EXPECT_EQ(content_of(path_), "");
  set_level(Level::debug);
  debug("yes");
  EXPECT_THAT(content_of(path_), HasSubstr(" . yes\n"));
}

TEST_F(LogFileTest, TheFormatChangesAtRunTime) {
  set_format(Format::json);
  set_role('S');
  notice("x");
  EXPECT_THAT(content_of(path_), HasSubstr("\"role\":\"replica\""));
}

TEST_F(LogFileTest, AFileThatWasMovedAwayIsCreatedAnew) {
  notice("first");
  std::filesystem::rename(path_, path_ + ".1");
  notice("second");
  EXPECT_THAT(content_of(path_ + ".1"), HasSubstr("first"));
  EXPECT_THAT(content_of(path_), HasSubstr("second"));
}

TEST_F(LogFileTest, AFileThatCannotBeOpenedIsRefused) {
  const auto done = set_file((root_ / "none" / "x.log").string());
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error(), "Can't open the log file: No such file or directory");
  notice("still here");
  EXPECT_THAT(content_of(path_), HasSubstr("still here"));
}

TEST_F(LogFileTest, ThreadsAndChildrenDoNotMixTheirLines) {
  constexpr int kThreads = 4;
  constexpr int kLines = 200;
  const std::string text(300, 'x');
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int line = 0; line < kLines; ++line) notice("{}", text);
    });
  }
  const auto child = ::fork();
  if (child == 0) {
    set_role('C');
    notice("{}", text);
    ::_exit(0);
  }
  for (auto& thread : threads) thread.join();
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  std::istringstream lines(content_of(path_));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_TRUE(line.ends_with(" * " + text)) << line;
  }
  EXPECT_EQ(count, kThreads * kLines + 1);
}

}  // namespace
}  // namespace larder::log
