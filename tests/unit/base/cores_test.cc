#include "base/cores.h"

#include <gtest/gtest.h>

namespace larder::base {
namespace {

std::string listed(std::string_view list) {
  const auto cores = parse_cores(list);
  if (!cores) return "none";
  std::string text;
  for (std::size_t core = 0; core < kCoresMax; ++core) {
    if (cores->test(core)) text += (text.empty() ? "" : " ") + std::to_string(core);
  }
  return text;
}

TEST(Cores, AreListedRangedAndStepped) {
  EXPECT_EQ(listed(""), "");
  EXPECT_EQ(listed("3"), "3");
  EXPECT_EQ(listed("1,3"), "1 3");
  EXPECT_EQ(listed("0-7:2"), "0 2 4 6");
  EXPECT_EQ(listed("1,10-11"), "1 10 11");
  EXPECT_EQ(listed("8-11,0"), "0 8 9 10 11");
  EXPECT_EQ(listed("1023"), "1023");
}

TEST(Cores, OtherTextsAreNoLists) {
  for (const auto* text : {"x", ",", "1,", "1-", "-1", "3-1", "1-3:0", "1-3:", "1:2:3", "1024",
                           "0-99999999999999999999", " 1"}) {
    EXPECT_EQ(listed(text), "none") << text;
  }
}

TEST(Cores, AThreadCannotRunNowhere) { EXPECT_FALSE(run_on(Cores())); }

}  // namespace
}  // namespace larder::base
