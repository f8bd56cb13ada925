#include "app/options.h"

#include <gmock/gmock.h>

namespace larder::app {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

Options parsed(std::vector<std::string_view> arguments) {
  auto options = parse_options(arguments);
  EXPECT_TRUE(options.has_value());
  return options.value_or(Options{});
}

std::vector<std::string> lines(std::vector<std::string_view> arguments) {
  return parsed(std::move(arguments)).sources.directives;
}

// What the server would say of the arguments.
std::string error(std::vector<std::string_view> arguments) {
  settings::Table table;
  const auto done = settings::load(table, parsed(std::move(arguments)).sources);
  return done ? "" : settings::fatal_text(done.error());
}

TEST(Options, WithoutArgumentsTheServerJustStarts) {
  const auto options = parsed({});
  EXPECT_EQ(options.action, Options::Action::serve);
  EXPECT_EQ(options.sources.file, "");
}

TEST(Options, TheFirstArgumentMayBeAFile) {
  const auto options = parsed({"a/../larder.conf", "--port", "7777"});
  EXPECT_THAT(options.sources.file, StartsWith("/"));
  EXPECT_THAT(options.sources.file, EndsWith("/larder.conf"));
  EXPECT_THAT(options.sources.directives, ElementsAre("port \"7777\""));
}

TEST(Options, ADashReadsStandardInput) {
  EXPECT_TRUE(parsed({"-"}).sources.standard_input);
  EXPECT_TRUE(parsed({"-", "--port", "1"}).sources.standard_input);
  const auto options = parsed({"x.conf", "--port", "1", "-"});
  EXPECT_TRUE(options.sources.standard_input);
  EXPECT_THAT(options.sources.directives, ElementsAre("port \"1\""));
}

TEST(Options, ADirectiveTakesAllValuesUpToTheNext) {
  EXPECT_THAT(lines({"--port", "7777", "--bind", "127.0.0.1", "::1"}),
              ElementsAre("port \"7777\"", "bind \"127.0.0.1\" \"::1\""));
}

TEST(Options, AValueMayBeginWithDashes) {
  EXPECT_THAT(lines({"--proc-title-template", "--my--title", "--loglevel", "verbose"}),
              ElementsAre("proc-title-template \"--my--title\"", "loglevel \"verbose\""));
}

TEST(Options, NameAndValueMayBeOneArgument) {
  EXPECT_THAT(lines({"--maxmemory 700mb", "--maxmemory-policy '--x y'", "--port", "1"}),
              ElementsAre("maxmemory 700mb", "maxmemory-policy '--x y'", "port \"1\""));
}

TEST(Options, ValuesAfterTheFileAreALineOfTheirOwn) {
  EXPECT_THAT(lines({"x.conf", "loglevel", "verbose", "--maxmemory '700mb'"}),
              ElementsAre("\"loglevel\" \"verbose\"", "maxmemory '700mb'"));
}

TEST(Options, SaveWithoutAValueIsEmpty) {
  EXPECT_THAT(lines({"--save", "--loglevel", "verbose"}),
              ElementsAre("save \"\"", "loglevel \"verbose\""));
  EXPECT_THAT(lines({"--loglevel", "verbose", "--save"}),
              ElementsAre("loglevel \"verbose\"", "save \"\""));
  EXPECT_THAT(lines({"--save", "", "--port", "1"}), ElementsAre("save \"\"", "port \"1\""));
  EXPECT_THAT(lines({"--proc-title-template", "--save", "--save", ""}),
              ElementsAre("proc-title-template \"--save\"", "save \"\""));
}

TEST(Options, MistakesAreShownAsLines) {
  EXPECT_THAT(error({"--invalid"}), HasSubstr("Bad directive or wrong number of arguments"));
  EXPECT_THAT(error({"--port"}), HasSubstr("'port'\nwrong number of arguments"));
  EXPECT_THAT(error({"--port", "6379", "6380"}),
              HasSubstr("'port \"6379\" \"6380\"'\nwrong number of arguments"));
  EXPECT_THAT(error({"--port", "--loglevel", "verbose"}),
              HasSubstr("'port \"--loglevel\" \"verbose\"'\nwrong number of arguments"));
  EXPECT_THAT(error({"--port", "--bla", "--loglevel", "verbose"}),
              HasSubstr("'port \"--bla\"'\nargument couldn't be parsed into an integer"));
  EXPECT_THAT(error({"--shutdown-on-sigint", "now force", "--shutdown-on-sigterm"}),
              HasSubstr("'shutdown-on-sigterm'\nargument(s) must be one of the following"));
  EXPECT_THAT(error({"--replicaof", "--127.0.0.1", "abc"}),
              HasSubstr("'replicaof \"--127.0.0.1\" \"abc\"'\nInvalid primary port"));
  EXPECT_THAT(error({"--replicaof", "--127.0.0.1", "--abc"}),
              HasSubstr("'replicaof \"--127.0.0.1\"'\nwrong number of arguments"));
}

TEST(Options, ActionsHaveTheirOwnFlags) {
  using Action = Options::Action;
  EXPECT_EQ(parsed({"-v"}).action, Action::show_version);
  EXPECT_EQ(parsed({"--version"}).action, Action::show_version);
  EXPECT_EQ(parsed({"-h"}).action, Action::show_help);
  EXPECT_EQ(parsed({"--help"}).action, Action::show_help);
  EXPECT_EQ(parsed({"--check-config"}).action, Action::check_config);
  const auto check = parsed({"--check-config", "/x.conf", "--port", "1"});
  EXPECT_EQ(check.action, Action::check_config);
  EXPECT_EQ(check.sources.file, "/x.conf");
  EXPECT_THAT(check.sources.directives, ElementsAre("port \"1\""));
  EXPECT_EQ(parsed({"x.conf", "--port", "1", "--check-config"}).action, Action::check_config);
  EXPECT_EQ(parsed({"--logfile", "--check-config"}).action, Action::serve);
}

TEST(Options, TheVersionNamesBothNumbers) {
  EXPECT_THAT(version_text(), StartsWith("Larder server v="));
  EXPECT_THAT(version_text(), HasSubstr("redis="));
}

}  // namespace
}  // namespace larder::app
