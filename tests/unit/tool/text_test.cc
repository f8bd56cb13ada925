#include "tool/text.h"

#include <gtest/gtest.h>

#include <string>

namespace larder::tool {
namespace {

TEST(Text, ShowsWhatATerminalCan) {
  EXPECT_EQ(shown("plain:\u00e9\u20ac"), "plain:\u00e9\u20ac");
  EXPECT_EQ(shown(std::string("a\n\x1b\\\0\xff", 6)), "a\\x0a\\x1b\\\\\\x00\\xff");
  EXPECT_EQ(shown(std::string(300, 'x')), std::string(100, 'x') + "... (300 bytes)");
}

TEST(Text, JsonIsUtf8WhateverTheName) {
  EXPECT_EQ(json_string("a\"b\\c\n"), R"("a\"b\\c\u000a")");
  EXPECT_EQ(json_string("\u00e9"), "\"\u00e9\"");
  // Overlong forms, halves of surrogates and what lies beyond Unicode are no characters.
  EXPECT_EQ(json_string("\xc0\x80"), R"("\u00c0\u0080")");
  EXPECT_EQ(json_string("\xed\xa0\x80"), R"("\u00ed\u00a0\u0080")");
  EXPECT_EQ(json_string("\xf4\x90\x80\x80"), R"("\u00f4\u0090\u0080\u0080")");
  EXPECT_EQ(json_string("\xe2\x82"), R"("\u00e2\u0082")");
}

TEST(Text, UnitsOfBytesAndTimes) {
  EXPECT_EQ(shown_bytes(9999), "9999 B");
  EXPECT_EQ(shown_bytes(1536 * 1024), "1.5 MB");
  EXPECT_EQ(shown_time(0), "");
  EXPECT_EQ(shown_time(86400), "1970-01-02 00:00:00 UTC");
}

}  // namespace
}  // namespace larder::tool
