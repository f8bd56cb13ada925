#include "server/command_log.h"

#include <gtest/gtest.h>

namespace larder::server {
namespace {

using Strings = std::vector<std::string>;

constexpr command::Spec kPlain{
    .name = "sadd", .arity = -3, .group = command::Group::set, .since = "1.0.0"};
constexpr command::Spec kSecretive{
    .name = "auth",
    .arity = -2,
    .group = command::Group::connection,
    .since = "1.0.0",
    .is_secret = [](command::Args, std::size_t index) { return index != 0; }};

Strings logged(const command::Spec& spec, const std::vector<std::string_view>& args,
               LoggedArguments limits = {.count_max = 32, .bytes_max = 128}) {
  return logged_arguments(spec, args, limits);
}

TEST(LoggedArguments, AreWhatWasSent) {
  EXPECT_EQ(logged(kPlain, {"sadd", "s", ""}), (Strings{"sadd", "s", ""}));
}

TEST(LoggedArguments, EndInANoteWhereThereAreMany) {
  const std::vector<std::string_view> args(33, "x");
  auto expected = Strings(31, "x");
  expected.emplace_back("... (2 more arguments)");
  EXPECT_EQ(logged(kPlain, args), expected);
  EXPECT_EQ(logged(kPlain, std::vector<std::string_view>(32, "x")), Strings(32, "x"));
}

TEST(LoggedArguments, ShowTheBeginningOfLongOnes) {
  const std::string kept(128, 'A');
  EXPECT_EQ(logged(kPlain, {kept, kept + "B"}), (Strings{kept, kept + "... (1 more bytes)"}));
}

TEST(LoggedArguments, NeverShowSecrets) {
  EXPECT_EQ(logged(kSecretive, {"auth", "me", "sesame"}),
            (Strings{"auth", "(redacted)", "(redacted)"}));
}

TEST(CommandLog, KeepsTheLatestAndGoesOnCounting) {
  CommandLog log;
  for (std::uint64_t i = 0; i < 5; ++i) log.add({.value = i}, 3);
  ASSERT_EQ(log.size(), 3u);
  EXPECT_EQ(log.entries().front().id, 4u);
  EXPECT_EQ(log.entries().back().value, 2u);
  log.clear();
  log.add({}, 3);
  EXPECT_EQ(log.entries().front().id, 5u);
  log.trim(0);
  EXPECT_EQ(log.size(), 0u);
}

}  // namespace
}  // namespace larder::server
