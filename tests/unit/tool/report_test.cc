#include "tool/report.h"

#include <gtest/gtest.h>

#include <string>

namespace larder::tool {
namespace {

constexpr base::UnixMs kNow = 1'000'000;

ScannedKey key(std::string_view name, std::size_t bytes,
               keyspace::Deadline deadline = keyspace::kNever) {
  return {.name = name, .deadline = deadline, .memory_bytes = bytes};
}

TEST(Report, SumsUpByPrefixBiggestFirst) {
  Report report({.depth = 2, .prefixes_shown = 2, .now = kNow});
  report.add(key("a:b:1", 10));
  report.add(key("a:b:2", 10));
  report.add(key("a:c", 100));
  report.add(key("none", 1));
  Sum others;
  const auto prefixes = report.prefixes(others);
  ASSERT_EQ(prefixes.size(), 2U);
  EXPECT_EQ(prefixes[0].name, "a:");
  EXPECT_EQ(prefixes[1].name, "a:b:");
  EXPECT_EQ(prefixes[1].sum.keys, 2U);
  EXPECT_EQ(others.keys, 1U);
  EXPECT_EQ(report.total().bytes, 121U);
}

TEST(Report, ForgetsSmallPrefixesButNotTheirKeys) {
  Report report({.prefixes_shown = 1, .now = kNow});
  report.add(key("big:1", 1'000));
  for (int i = 0; i < 250'000; ++i) report.add(key(std::to_string(i) + ":x", 10));
  Sum others;
  const auto prefixes = report.prefixes(others);
  ASSERT_EQ(prefixes.size(), 1U);
  EXPECT_EQ(prefixes[0].name, "big:");
  EXPECT_EQ(others.keys, 250'000U);
}

TEST(Report, AveragesTheTimeToLiveOfThoseThatLive) {
  Report report({.now = kNow});
  report.add(key("a", 1, kNow - 1));
  report.add(key("b", 1, kNow + 10'000));
  report.add(key("c", 1, kNow + 90'000));
  report.add(key("d", 1));
  EXPECT_EQ(report.total().with_ttl, 3U);
  EXPECT_EQ(report.total().expired, 1U);
  EXPECT_DOUBLE_EQ(report.total().average_ttl_seconds(), 50);
  for (const auto& ttl : report.ttl_classes()) {
    const bool is_met = ttl.name == "expired" || ttl.name == "under a minute" ||
                        ttl.name == "under an hour" || ttl.name == "never";
    EXPECT_EQ(ttl.keys, is_met ? 1U : 0U) << ttl.name;
  }
}

TEST(Report, KeepsTheBiggestKeys) {
  Report report({.biggest_shown = 2, .now = kNow});
  for (const std::size_t bytes : {5, 50, 1, 40, 2}) report.add(key(std::to_string(bytes), bytes));
  const auto biggest = report.biggest();
  ASSERT_EQ(biggest.size(), 2U);
  EXPECT_EQ(biggest[0].name, "50");
  EXPECT_EQ(biggest[1].name, "40");
}

}  // namespace
}  // namespace larder::tool
