#include "base/numbers.h"

#include <gtest/gtest.h>

#include <cfloat>

namespace larder::base {
namespace {

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
  EXPECT_EQ(text.size(), 4932u);
  EXPECT_EQ(parse_long_double(text), LDBL_MAX);
}

}  // namespace
}  // namespace larder::base
