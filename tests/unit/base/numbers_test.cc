#include "base/numbers.h"

#include <gtest/gtest.h>

#include <cfloat>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "base/random.h"

namespace larder::base {
namespace {

TEST(ParseI64, TakesCanonicalIntegersOnly) {
  EXPECT_EQ(parse_i64("0"), 0);
  EXPECT_EQ(parse_i64("-7"), -7);
  EXPECT_EQ(parse_i64("1234567890123456789"), 1234567890123456789);
  for (const auto* text : {"", "-", "-0", "00", "007", "-01", "+1", " 1", "1 ", "1.0", "0x1", "1a",
                           "a", "--1", "1-", "\xb2", "12345678901234567890123"}) {
    EXPECT_EQ(parse_i64(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_i64(std::string_view("1\0", 2)), std::nullopt);
}

TEST(ParseI64, KnowsItsBounds) {
  EXPECT_EQ(parse_i64("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(parse_i64("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(parse_i64("9223372036854775808"), std::nullopt);
  EXPECT_EQ(parse_i64("-9223372036854775809"), std::nullopt);
  EXPECT_EQ(parse_i64("9999999999999999999"), std::nullopt);
  EXPECT_EQ(parse_i64("10000000000000000000"), std::nullopt);
}

TEST(ParseU64, TakesCanonicalIntegersUpToItsBound) {
  EXPECT_EQ(parse_u64("0"), 0u);
  EXPECT_EQ(parse_u64("9999999999999999999"), 9999999999999999999u);
  EXPECT_EQ(parse_u64("18446744073709551615"), UINT64_MAX);
  for (const auto* text :
       {"", "-1", "-0", "01", "18446744073709551616", "18446744073709551620",
        "99999999999999999999", "1844674407370955161a", "184467440737095516150"}) {
    EXPECT_EQ(parse_u64(text), std::nullopt) << text;
  }
}

TEST(ParseI64, ReadsBackWhatIsPrinted) {
  Random random(7);
  for (int i = 0; i < 10'000; ++i) {
    const auto value = static_cast<std::int64_t>(random.next()) >> random.below(64);
    IntegerText text;
    EXPECT_EQ(to_text(value, text), std::to_string(value));
    EXPECT_EQ(parse_i64(to_text(value, text)), value);
  }
}

TEST(ParseDouble, TakesWhatTheCLibraryReadsButNeitherSpacesNorNan) {
  EXPECT_EQ(parse_double("8.7"), 8.7);
  EXPECT_EQ(parse_double("-1e3"), -1000);
  EXPECT_EQ(parse_double("0x10"), 16);
  EXPECT_EQ(parse_double("+.5"), .5);
  EXPECT_EQ(parse_double("INF"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(parse_double("-infinity"), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(parse_double("5e-324"), 5e-324);  // the smallest denormal is no underflow
  for (const auto* text :
       {"", " 1", "1 ", "\t1", "nan", "-nan", "nan(1)", "1e400", "-1e400", "1e-400", "1,5", "1x"}) {
    EXPECT_EQ(parse_double(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_double(std::string_view("1\0", 2)), std::nullopt);
  EXPECT_EQ(parse_double(std::string(100'000, '1')), std::nullopt);
  EXPECT_EQ(parse_long_double("1e400"), 1e400L);
}

TEST(DoubleText, IsTheShortestThatReadsBack) {
  const struct {
    double value;
    const char* text;
  } cases[] = {
      {0, "0"},
      {-0.0, "-0"},
      {1, "1"},
      {-17, "-17"},
      {8.7, "8.7"},
      {0.1, "0.1"},
      {-2.5, "-2.5"},
      {1.0 / 3, "0.3333333333333333"},
      {100000, "100000"},
      {1e15, "1000000000000000"},
      {1e18, "1000000000000000000"},
      {1e20, "1e+20"},
      {-1e20, "-1e+20"},
      {1.5e300, "1.5e+300"},
      {0.000001, "0.000001"},
      {1e-7, "1e-7"},
      {1.5e-10, "1.5e-10"},
      {5e-324, "5e-324"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {166274.1516, "166274.1516"},
      {12345678901234567890.0, "12345678901234567000"},
      {0.0012345678912345, "0.0012345678912345"},
      {12345.678912345, "1.2345678912345e+4"},
      {HUGE_VAL, "inf"},
      {-HUGE_VAL, "-inf"},
      {std::nan(""), "nan"},
  };
  for (const auto& [value, text] : cases) EXPECT_EQ(double_text(value), text);
}

TEST(DoubleText, ReadsBackAsTheSameBits) {
  Random random(3);
  for (int i = 0; i < 20'000; ++i) {
    const auto value = std::ldexp(random.unit() - .5, static_cast<int>(random.below(2000)) - 1000);
    EXPECT_EQ(parse_double(double_text(value)), value) << double_text(value);
  }
}

TEST(HumanLongDouble, PrintsSeventeenDigitsAfterThePointAtMost) {
  EXPECT_EQ(human_long_double(3.0L), "3");
  EXPECT_EQ(human_long_double(-0.25L), "-0.25");
  EXPECT_EQ(human_long_double(0.1L + 0.2L), "0.3");
  EXPECT_EQ(human_long_double(17179869185.5L), "17179869185.5");
  EXPECT_EQ(human_long_double(-0.0L), "0");
}

TEST(HumanLongDouble, PrintsWhatIsTooSmallAsZero) {
  EXPECT_EQ(human_long_double(5e-324L), "0");
  EXPECT_EQ(human_long_double(-5e-324L), "0");
}

TEST(HumanLongDouble, PrintsTheLargestWithoutAnExponent) {
  const auto text = human_long_double(LDBL_MAX);
  EXPECT_EQ(text.size(), 4933u);  // 1.19e4932
  EXPECT_EQ(parse_long_double(text), LDBL_MAX);
}

TEST(HumanLongDouble, HasNoExponentAndNoTrailingZeros) {
  EXPECT_EQ(human_long_double(5e3L), "5000");
  EXPECT_EQ(human_long_double(10.6L), "10.6");
  EXPECT_EQ(human_long_double(1e21L), "1000000000000000000000");
}

TEST(ParseMemory, KnowsUnits) {
  EXPECT_EQ(parse_memory("0"), 0);
  EXPECT_EQ(parse_memory("1024"), 1024);
  EXPECT_EQ(parse_memory("1k"), 1000);
  EXPECT_EQ(parse_memory("1KB"), 1024);
  EXPECT_EQ(parse_memory("3gb"), 3LL << 30);
  EXPECT_EQ(parse_memory("7b"), 7);
  for (const auto* text : {"", "mb", "1 mb", "1mbx", "9223372036854775807kb", "1.5gb"}) {
    EXPECT_EQ(parse_memory(text), std::nullopt) << text;
  }
}

TEST(HumanBytes, KeepsTwoDecimals) {
  EXPECT_EQ(human_bytes(1023), "1023B");
  EXPECT_EQ(human_bytes(1536), "1.50K");
  EXPECT_EQ(human_bytes(3ULL << 30), "3.00G");
}

TEST(Case, FoldsLettersOfAsciiOnly) {
  EXPECT_TRUE(equal_ignoring_case("GetEx", "gETeX"));
  EXPECT_FALSE(equal_ignoring_case("get", "gets"));
  EXPECT_FALSE(equal_ignoring_case("@[`{", "`{@["));
  EXPECT_EQ(to_lower("A-Z_\xc4"), "a-z_\xc4");
  EXPECT_EQ(to_upper("a-z_\xe4"), "A-Z_\xe4");
}

}  // namespace
}  // namespace larder::base
