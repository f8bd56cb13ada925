#include "control/families.h"

#include <gtest/gtest.h>

#include "base/numbers.h"
#include "command/grammar.h"
#include "command/spec_check.h"
#include "command/table.h"

namespace larder::control {
namespace {

template <class Visit>
void for_each_spec(Visit visit) {
  for (const auto family : all_families()) {
    for (const auto& spec : family) {
      visit(spec);
      for (const auto& subcommand : spec.subcommands) visit(subcommand);
    }
  }
}

TEST(AllFamilies, EverySpecIsConsistentAndItsArgumentsCanBeRead) {
  for_each_spec([](const command::Spec& spec) {
    EXPECT_TRUE(command::is_consistent(spec)) << spec.name;
    EXPECT_TRUE(spec.handler != nullptr || !spec.subcommands.empty()) << spec.name;
    const auto arguments = command::parse_arguments(spec);
    EXPECT_TRUE(arguments.has_value()) << (arguments ? "" : arguments.error());
  });
}

TEST(AllFamilies, SummariesAreSentences) {
  for_each_spec([](const command::Spec& spec) {
    EXPECT_TRUE(spec.summary.ends_with('.')) << spec.name << ": " << spec.summary;
  });
}

TEST(AllFamilies, NamesAreUnique) {
  const auto families = all_families();
  const command::Table table(families);  // checks it
  EXPECT_GT(table.all().size(), 70u);
}

TEST(CheckRename, KnowsTheCommands) {
  EXPECT_EQ(check_rename({"GET", "fetch"}), "");
  EXPECT_EQ(check_rename({"flushall", ""}), "");
  EXPECT_NE(check_rename({"nosuch", "x"}), "");
  EXPECT_NE(check_rename({"get", "SET"}), "");
}

}  // namespace
}  // namespace larder::control
