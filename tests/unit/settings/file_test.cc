#include "settings/file.h"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "settings/rewrite.h"

namespace larder::settings {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A directory of its own for each test.
class FileTest : public testing::Test {
 protected:
  FileTest() {
    std::string name = (std::filesystem::temp_directory_path() / "larder-settings-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
  }
  ~FileTest() override { std::filesystem::remove_all(root_); }

  std::string write(const std::string& name, std::string_view content) {
    const auto path = root_ / name;
    std::ofstream(path) << content;
    return path.string();
  }
  static std::string content_of(const std::string& path) {
    return read_file(path).value_or("none");
  }

  // Reads the text as a file; the error's reason or "".
  std::string load_error(std::string_view text) {
    const auto done = load_text(table, text, "test.conf");
    place = done ? Place{} : done.error().place;
    return done ? "" : done.error().reason;
  }

  std::filesystem::path root_;
  Table table;
  Place place;
};

TEST_F(FileTest, ReadsLinesCommentsAndQuotes) {
  EXPECT_EQ(load_error("# a comment\n\n  port 7000  \r\nLOGLEVEL verbose\n"
                       "requirepass \"a b\\x21\"\nbind 127.0.0.1 ::1\nlogfile ''"),
            "");
  EXPECT_EQ(table.settings().port, 7000);
  EXPECT_EQ(table.settings().requirepass, "a b!");
  EXPECT_THAT(table.settings().bind, ElementsAre("127.0.0.1", "::1"));
}

TEST_F(FileTest, NamesTheLineThatIsWrong) {
  const std::pair<std::string_view, std::string_view> kCases[] = {
      {"\nnosuch 1", "Bad directive or wrong number of arguments"},
      {"\nprot 1", "Bad directive or wrong number of arguments. Did you mean port?"},
      {"\nmaxmemry 1", "Bad directive or wrong number of arguments. Did you mean maxmemory?"},
      {"#\nport", "wrong number of arguments"},
      {"\nport 1 2", "wrong number of arguments"},
      {"\nport x", "argument couldn't be parsed into an integer"},
      {"\nport \"7", "Unbalanced quotes in configuration line"},
      {"\nloadmodule /x.so", "loadmodule: Larder does not load modules"},
      {"\nsentinel monitor", "sentinel directive while not in sentinel mode"},
      {"\nrename-command x", "Bad directive or wrong number of arguments"},
      {"\nreplicaof a 70000", "Invalid primary port"},
  };
  for (const auto& [text, reason] : kCases) {
    EXPECT_EQ(load_error(text), reason) << text;
    EXPECT_EQ(place.line, 2u) << text;
  }
  EXPECT_EQ(load_error(std::string_view("port 1\0", 7)), "Zero byte in configuration line");
}

TEST_F(FileTest, TheFatalBlockIsWhatScriptsLookFor) {
  const auto text = fatal_text({{"/etc/larder.conf", 3, "port x"}, "reason"});
  EXPECT_THAT(text, HasSubstr("\n*** FATAL CONFIG FILE ERROR (Larder "));
  EXPECT_THAT(text, HasSubstr("Reading the configuration file, at line 3 of /etc/larder.conf\n"
                              ">>> 'port x'\nreason\n"));
}

TEST_F(FileTest, SavePointsOfSeveralLinesAddUp) {
  EXPECT_EQ(load_error("save 900 1\nsave 300 10 60 100\n"), "");
  EXPECT_EQ(table.text("save"), "900 1 300 10 60 100");
  EXPECT_EQ(load_error("save \"\"\nsave 5 6"), "");
  EXPECT_EQ(table.text("save"), "5 6");
}

TEST_F(FileTest, OutputBufferLimitsHaveALineAClass) {
  EXPECT_EQ(load_error("client-output-buffer-limit normal 1kb 2kb 3\n"
                       "client-output-buffer-limit pubsub 4 5 6\n"),
            "");
  EXPECT_EQ(table.text("client-output-buffer-limit"),
            "normal 1024 2048 3 slave 268435456 67108864 60 pubsub 4 5 6");
}

TEST_F(FileTest, AListMayStandInOnePairOfQuotes) {
  EXPECT_EQ(load_error("shutdown-on-sigint \"nosave now\"\nbind \"::1 127.0.0.1\""), "");
  EXPECT_TRUE(table.settings().shutdown_on_sigint.nosave);
  EXPECT_THAT(table.settings().bind, ElementsAre("::1", "127.0.0.1"));
}

TEST_F(FileTest, KnowsRenamesAndUsers) {
  EXPECT_EQ(load_error("rename-command FLUSHALL \"\"\nrename-command config guarded\n"), "");
  ASSERT_EQ(table.settings().rename_command.size(), 2u);
  EXPECT_EQ(table.settings().rename_command[0].to, "");
  EXPECT_EQ(table.settings().rename_command[1].from, "config");
  const auto done = load_text(table, "user default on nopass ~* +@all", "x");
  ASSERT_TRUE(done.has_value());
  EXPECT_THAT(done->later, ElementsAre("user"));
}

TEST_F(FileTest, RenamesAreCheckedWhereTheyStand) {
  const auto refuse = [](const RenamedCommand&) { return std::string("No such command"); };
  const auto done = load_text(table, "\nrename-command foo bar", "x", refuse);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().place.line, 2u);
  EXPECT_EQ(done.error().reason, "No such command");
}

TEST_F(FileTest, IncludesFilesAndPatterns) {
  write("b.inc", "timeout 2\n");
  write("a.inc", "timeout 1\nport 7001\n");
  const auto all = write("all.conf", "include " + root_.string() + "/*.inc\ninclude " +
                                         root_.string() + "/nothing*\n");
  ASSERT_TRUE(load(table, {.file = all, .standard_input = false, .directives = {}}));
  EXPECT_EQ(table.settings().timeout, 2);
  EXPECT_EQ(table.settings().port, 7001);
}

TEST_F(FileTest, NamesTheIncludedFileThatIsWrong) {
  const auto inner = write("inner.conf", "timeout 1\nbad\n");
  EXPECT_EQ(load_error("include " + inner), "Bad directive or wrong number of arguments");
  EXPECT_EQ(place.file, inner);
  EXPECT_EQ(place.line, 2u);
  EXPECT_THAT(load_error("\ninclude /nonexistent.conf"),
              HasSubstr("can't open config file '/nonexistent.conf': No such file or directory"));
  EXPECT_EQ(place.line, 2u);
}

TEST_F(FileTest, AFileThatIncludesItselfIsAnError) {
  const auto path = write("self.conf", "");
  write("self.conf", "include " + path + "\n");
  EXPECT_EQ(load_error("include " + path), "Too many files include each other");
}

TEST_F(FileTest, TheCommandLineComesLast) {
  const auto path = write("a.conf", "port 7000\ntimeout 3\n");
  ASSERT_TRUE(
      load(table, {.file = path, .standard_input = false, .directives = {"port \"7002\" "}}));
  EXPECT_EQ(table.settings().port, 7002);
  EXPECT_EQ(table.settings().timeout, 3);
  const auto done =
      load(table, {.file = {}, .standard_input = false, .directives = {"port \"1\" \"2\" "}});
  ASSERT_FALSE(done.has_value());
  EXPECT_THAT(fatal_text(done.error()),
              HasSubstr(">>> 'port \"1\" \"2\"'\nwrong number of arguments"));
}

TEST_F(FileTest, DebiansConfigurationOfRedisWorksAsItIs) {
  const std::string path = "/etc/redis/redis.conf";
  if (::access(path.c_str(), R_OK) != 0) GTEST_SKIP() << path << " is not here";
  if (::access("/var/lib/redis/.", X_OK) != 0) GTEST_SKIP() << "nor is its directory";
  const auto done = load(table, {.file = path, .standard_input = false, .directives = {}});
  ASSERT_TRUE(done.has_value()) << fatal_text(done.error());
  EXPECT_EQ(table.settings().dir, "/var/lib/redis");
  // What is there stays when it is rewritten: every line says what is true.
  EXPECT_EQ(rewritten(table, content_of(path)), content_of(path));
}

class RewriteTest : public FileTest {
 protected:
  // The file's content after CONFIG SET of the pairs, without the line of `dir`.
  std::string after(std::string_view text, std::vector<Table::Assignment> pairs) {
    Table fresh;
    EXPECT_TRUE(load_text(fresh, text, "x"));
    EXPECT_TRUE(fresh.set(pairs, {.may_set_protected = true}));
    auto content = rewritten(fresh, text);
    EXPECT_EQ(rewritten(fresh, content), content) << "not idempotent";
    Table reread;
    EXPECT_TRUE(load_text(reread, content, "y"));
    fresh.for_each(
        [&](const Definition& d) { EXPECT_EQ(reread.text(d.name), fresh.text(d.name)); });
    const auto dir = "dir " + fresh.settings().dir + "\n";
    if (const auto at = content.find(dir); at != content.npos) content.erase(at, dir.size());
    return content;
  }
};

TEST_F(RewriteTest, LeavesWhatIsTrueAsItStands) {
  const std::string text = "# mine\n\n\n  PORT   7000\nmaxmemory 1024mb # not a comment\n";
  EXPECT_FALSE(load_text(table, text, "x")) << "a comment needs its own line";
  EXPECT_EQ(after("# mine\n\n\n  PORT   7000\nmaxmemory 1024mb\nslave-priority 5\n", {}),
            "# mine\n\n\n  PORT   7000\nmaxmemory 1024mb\nslave-priority 5\n"
            "# Generated by CONFIG REWRITE\n");
}

TEST_F(RewriteTest, ChangesLinesInTheirPlacesAndAppendsNewOnes) {
  EXPECT_EQ(
      after("# a\nport 1\n# b\ntimeout 9\n",
            {{"port", "2"}, {"requirepass", "a \"b\""}, {"maxmemory", "1gb"}, {"timeout", "0"}}),
      "# a\nport 2\n# b\ntimeout 0\n# Generated by CONFIG REWRITE\n"
      "requirepass \"a \\\"b\\\"\"\nmaxmemory 1gb\n");
}

TEST_F(RewriteTest, KeepsTheListsOfSeveralLines) {
  EXPECT_EQ(after("save 900 1\nsave 300 10\n# x\nclient-output-buffer-limit normal 1 2 3\n",
                  {{"save", "5 6"}, {"client-output-buffer-limit", "pubsub 1mb 2 3"}}),
            "save 5 6\n# x\nclient-output-buffer-limit normal 1 2 3\n"
            "client-output-buffer-limit replica 256mb 64mb 60\n"
            "client-output-buffer-limit pubsub 1mb 2 3\n# Generated by CONFIG REWRITE\n");
  EXPECT_THAT(after("save 900 1\n", {{"save", ""}}), HasSubstr("save \"\"\n"));
}

TEST_F(RewriteTest, MergesRepeatedLinesAndAliases) {
  const std::string twice = "hash-max-ziplist-entries 21\nhash-max-listpack-entries 20\n";
  EXPECT_EQ(after(twice, {}), twice + "# Generated by CONFIG REWRITE\n") << "the last one is true";
  EXPECT_EQ(after("hash-max-ziplist-entries 21\nhash-max-listpack-entries 20\nrename-command a b\n",
                  {{"hash-max-listpack-entries", "100"}}),
            "hash-max-listpack-entries 100\nrename-command a b\n# Generated by CONFIG REWRITE\n");
}

TEST_F(RewriteTest, WhatAnIncludedFileSaysNeedsNoLine) {
  const auto inner = write("inner.conf", "maxmemory 5mb\ntimeout 3\nsave 1 2\n");
  const auto text = "timeout 9\ninclude " + inner + "\n";
  EXPECT_EQ(after(text, {}), text + "# Generated by CONFIG REWRITE\n");
  EXPECT_EQ(after(text, {{"timeout", "4"}, {"save", "5 6"}}),
            "timeout 4\ninclude " + inner +
                "\n# Generated by CONFIG REWRITE\nsave 5 6\ntimeout 4\nsave \"\"\nsave 5 6\n");
}

TEST_F(RewriteTest, ADirectoryRelativeToTheStartDoesNotDoubleOtherLines) {
  ASSERT_TRUE(load_text(table, "port 7000\n", "x"));
  const auto content = rewritten(table, "dir ./not/from/here\nport 7000\n");
  EXPECT_EQ(content.find("port 7000"), content.rfind("port 7000")) << content;
}

TEST_F(RewriteTest, CanWriteEverything) {
  const auto content = rewritten(table, "", true);
  Table reread;
  const auto done = load_text(reread, content, "x");
  ASSERT_TRUE(done.has_value()) << fatal_text(done.error());
  table.for_each([&](const Definition& d) { EXPECT_EQ(reread.text(d.name), table.text(d.name)); });
}

TEST_F(RewriteTest, ReplacesTheFileAndKeepsItsPermissions) {
  const auto path = write("a.conf", "port 1\n");
  std::filesystem::permissions(path, std::filesystem::perms(0600));
  ASSERT_TRUE(load_text(table, "port 2", "x"));
  ASSERT_TRUE(rewrite_file(table, path));
  EXPECT_THAT(content_of(path), HasSubstr("port 2\n"));
  EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms(0600));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(root_), {}), 1)
      << "nothing is left over";
  EXPECT_FALSE(rewrite_file(table, (root_ / "none" / "a.conf").string()));
}

}  // namespace
}  // namespace larder::settings
