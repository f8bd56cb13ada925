#include "settings/quotas.h"

#include <gtest/gtest.h>

#include "settings/rewrite.h"
#include "settings/table.h"

namespace larder::settings {
namespace {

class QuotasTest : public testing::Test {
 protected:
  std::string set(std::string_view text) {
    const Table::Assignment assignment{"quota", text};
    const auto done = table.set({&assignment, 1}, {});
    return done ? "" : done.error().text;
  }
  std::string refusal(std::string_view text) {
    const auto all = set(text);
    const auto at = all.find("quota: ");
    return at == std::string::npos ? all : all.substr(at);
  }

  Table table;
  const std::vector<Quota>& quotas = table.settings().quota;
};

TEST_F(QuotasTest, OptionsInAnyOrderHaveOneForm) {
  EXPECT_EQ(set("jobs MAXMEMORY 1024kb prefix job: maxmemory-policy NoEviction rest database 3"),
            "");
  EXPECT_EQ(table.text("quota"),
            "jobs prefix job: maxmemory 1mb maxmemory-policy noeviction rest database 3");
  ASSERT_EQ(quotas.size(), 2U);
  EXPECT_EQ(quotas[0].name, "jobs");
  EXPECT_EQ(quotas[0].prefix, "job:");
  EXPECT_EQ(quotas[0].maxmemory, 1 << 20);
  EXPECT_EQ(quotas[0].maxmemory_policy, MaxmemoryPolicy::noeviction);
  EXPECT_FALSE(quotas[0].database.has_value());
  EXPECT_EQ(quotas[1].database, 3);
  EXPECT_FALSE(quotas[1].maxmemory_policy.has_value());
}

TEST_F(QuotasTest, AnEmptyListEndsThem) {
  EXPECT_EQ(set("a prefix a"), "");
  EXPECT_EQ(set(""), "");
  EXPECT_TRUE(quotas.empty());
}

TEST_F(QuotasTest, LinesOfAFileAddUp) {
  const auto* definition = table.find("quota");
  const std::vector<std::string> one = {"a", "prefix", "a b"};
  const std::vector<std::string> other = {"b", "database", "1"};
  EXPECT_TRUE(table.load(*definition, one));
  EXPECT_TRUE(table.load(*definition, other));
  ASSERT_EQ(quotas.size(), 2U);
  const auto lines = lines_of(*definition, table.value(*definition));
  EXPECT_EQ(lines, (std::vector<std::string>{"quota a prefix \"a b\"", "quota b database 1"}));
}

TEST_F(QuotasTest, WhatMakesNoSenseIsRefused) {
  EXPECT_EQ(refusal("a"), "quota: 'a' says neither database nor prefix");
  EXPECT_EQ(refusal("a maxmemory 1mb"), "quota: 'a' says neither database nor prefix");
  EXPECT_EQ(refusal("a prefix"), "quota: 'prefix' without value");
  EXPECT_EQ(refusal("prefix a"), "quota: 'prefix' is not a name");
  EXPECT_EQ(refusal("a:b prefix c"), "quota: 'a:b' is not a name");
  EXPECT_EQ(refusal("a prefix x prefix y"), "quota: 'prefix' stands twice");
  EXPECT_EQ(refusal("a prefix x a prefix y"), "quota: 'a' stands twice");
  EXPECT_EQ(refusal("a prefix x b prefix x"), "quota: 'a' and 'b' are about the same keys");
  EXPECT_EQ(refusal("a database -1"), "quota: invalid database");
  EXPECT_EQ(refusal("a prefix x maxmemory many"), "quota: invalid maxmemory");
  EXPECT_EQ(refusal("a prefix x maxmemory-policy best"), "quota: unknown maxmemory-policy");
  std::string many;
  for (int i = 0; i < 65; ++i)
    many += "q" + std::to_string(i) + " prefix " + std::to_string(i) + " ";
  EXPECT_EQ(refusal(many), "quota: no more than 64 of them");
  EXPECT_TRUE(quotas.empty());
}

}  // namespace
}  // namespace larder::settings
