#include "command/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "command/spec_check.h"

namespace larder::command {
namespace {

void do_nothing(Context&, Args) {}

constexpr Spec command_named(std::string_view name) {
  return {.name = name,
          .arity = -1,
          .group = Group::generic,
          .since = "1.0.0",
          .complexity = "O(1)",
          .summary = "Does nothing.",
          .handler = do_nothing};
}

constexpr Spec kSubcommands[] = {command_named("get"), command_named("set")};

constexpr Spec container() {
  auto spec = command_named("config");
  spec.handler = nullptr;
  spec.subcommands = kSubcommands;
  return spec;
}

constexpr Spec kSpecs[] = {command_named("get"), command_named("getrange"),
                           command_named("pexpireat"), command_named("expireat"), container()};
constexpr std::span<const Spec> kFamilies[] = {kSpecs};
static_assert(are_consistent(kSpecs));

std::string name_of(const Command* command) {
  return command == nullptr ? "none" : command->full_name;
}

TEST(CommandTable, FindsNamesInAnyCase) {
  const Table table(kFamilies);
  EXPECT_EQ(name_of(table.find("get")), "get");
  EXPECT_EQ(name_of(table.find("GeT")), "get");
  EXPECT_EQ(name_of(table.find("PEXPIREAT")), "pexpireat");
  EXPECT_EQ(name_of(table.find("expireat")), "expireat");
}

TEST(CommandTable, FindsNothingElse) {
  const Table table(kFamilies);
  for (const std::string_view name : {"", "ge", "gett", "get ", "nosuch"}) {
    EXPECT_EQ(table.find(name), nullptr) << name;
  }
  EXPECT_EQ(table.find(std::string(100'000, 'g')), nullptr);
  EXPECT_EQ(table.find(std::string_view("\0\0\0", 3)), nullptr);
  // Bytes that differ from letters only in the bit that tells capitals apart.
  EXPECT_EQ(table.find("G\x05T"), nullptr);
}

TEST(CommandTable, ResolvesSubcommandsAndLeavesUnknownOnesToTheContainer) {
  const Table table(kFamilies);
  const std::string_view known[] = {"CONFIG", "Set", "x"};
  const std::string_view unknown[] = {"config", "nosuch"};
  const std::string_view alone[] = {"config"};
  EXPECT_EQ(name_of(table.resolve(known)), "config|set");
  EXPECT_EQ(name_of(table.resolve(unknown)), "config");
  EXPECT_EQ(name_of(table.resolve(alone)), "config");
  EXPECT_EQ(name_of(table.named("config|get")), "config|get");
  EXPECT_EQ(table.named("config|nosuch"), nullptr);
}

TEST(CommandTable, RenamesAndRemoves) {
  const Table::Rename renames[] = {{"GET", "fetch"}, {"expireat", ""}};
  const Table table(kFamilies, renames);
  EXPECT_EQ(table.find("get"), nullptr);
  EXPECT_EQ(name_of(table.find("FETCH")), "get") << "statistics keep the first name";
  EXPECT_EQ(table.find("expireat"), nullptr);
  EXPECT_EQ(name_of(table.find("getrange")), "getrange");
}

TEST(CommandTable, NumbersAreDense) {
  const Table table(kFamilies);
  std::vector<bool> seen(table.id_count());
  for (const auto* command : table.all()) {
    seen.at(command->id) = true;
    for (const auto& subcommand : command->subcommands) seen.at(subcommand->id) = true;
  }
  EXPECT_THAT(seen, testing::Each(true));
}

TEST(Categories, FollowFromFlagsAndGroup) {
  auto spec = command_named("x");
  spec.group = Group::string;
  spec.flags = flag::write | flag::fast;
  EXPECT_EQ(categories_of(spec), category::write | category::string | category::fast);
  spec.group = Group::server;
  spec.flags = flag::admin;
  EXPECT_EQ(categories_of(spec), category::admin | category::dangerous | category::slow);
}

TEST(SpecCheck, RefusesContradictions) {
  auto spec = command_named("x");
  EXPECT_TRUE(is_consistent(spec));
  spec.keys = keys::at(1, key_flag::rw);
  spec.arity = 2;
  EXPECT_FALSE(is_consistent(spec)) << "changes a key without the write flag";
  spec.flags = flag::write;
  EXPECT_TRUE(is_consistent(spec));
  spec.flags = flag::write | flag::readonly;
  EXPECT_FALSE(is_consistent(spec));
  spec.flags = flag::write;
  spec.arity = 1;
  EXPECT_FALSE(is_consistent(spec)) << "its key may be missing";
  spec = command_named("x");
  for (const std::string_view wrong : {"[key", "key]", "(key)", "<a|b]", "[<a]>"}) {
    spec.arguments = wrong;
    EXPECT_FALSE(is_consistent(spec)) << wrong;
  }
}

}  // namespace
}  // namespace larder::command
