#include "base/rests.h"

#include <gtest/gtest.h>

namespace larder::base {
namespace {

TEST(Rests, LeaveATenthOfTheTimeForTheWork) {
  Rests rests(1000);
  EXPECT_TRUE(rests.is_due(1000));
  rests.note(900);
  EXPECT_FALSE(rests.is_due(1900));
  EXPECT_TRUE(rests.is_due(2000));
  rests.note(1);
  EXPECT_FALSE(rests.is_due(2000));
  EXPECT_TRUE(rests.is_due(2010));
}

}  // namespace
}  // namespace larder::base
