#include "persist/rewrite_lifecycle.h"

#include <gtest/gtest.h>

namespace larder::persist {
namespace {

using Outcome = RewriteLifecycle::Outcome;

constexpr base::UnixMs kStart = 1'700'000'000'000;

TEST(RewriteLifecycle, IsDueWhenTheLogHasGrownEnough) {
  EXPECT_FALSE(RewriteLifecycle::is_due({199, 100, 100, 0}));
  EXPECT_TRUE(RewriteLifecycle::is_due({200, 100, 100, 0}));
  EXPECT_FALSE(RewriteLifecycle::is_due({200, 100, 100, 200}));
  EXPECT_FALSE(RewriteLifecycle::is_due({200, 100, 0, 0}));
}

TEST(RewriteLifecycle, OneRunsAtATime) {
  RewriteLifecycle lifecycle;
  lifecycle.begin(kStart);
  EXPECT_FALSE(lifecycle.may_try(kStart));
  EXPECT_EQ(lifecycle.running_ms(kStart + 5), 5);
  EXPECT_EQ(lifecycle.end(Outcome::done, kStart + 7), 0);
  EXPECT_EQ(lifecycle.last_duration_ms(), 7);
}

TEST(RewriteLifecycle, FailuresInARowWaitLongerAndLonger) {
  RewriteLifecycle lifecycle;
  const auto fail = [&] {
    lifecycle.begin(kStart);
    return lifecycle.end(Outcome::failed, kStart);
  };
  for (const std::int64_t minutes : {0, 0, 1, 2, 4, 8, 16, 32, 60, 60}) {
    EXPECT_EQ(fail(), minutes);
    EXPECT_EQ(lifecycle.take_untold_minutes(), minutes);
    EXPECT_EQ(lifecycle.take_untold_minutes(), 0);
    EXPECT_EQ(lifecycle.may_try(kStart + minutes * 60'000 - 1), minutes == 0);
    EXPECT_TRUE(lifecycle.may_try(kStart + minutes * 60'000));
  }
  lifecycle.begin(kStart);
  EXPECT_EQ(lifecycle.end(Outcome::done, kStart), 0);
  EXPECT_EQ(fail(), 0);
}

}  // namespace
}  // namespace larder::persist
