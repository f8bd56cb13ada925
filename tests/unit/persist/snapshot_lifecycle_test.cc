#include "persist/snapshot_lifecycle.h"

#include <gtest/gtest.h>

#include <vector>

namespace larder::persist {
namespace {

using Outcome = SnapshotLifecycle::Outcome;

constexpr base::UnixMs kStart = 1'700'000'000'000;
const std::vector<settings::SavePoint> kPoints = {{3600, 1}, {60, 100}};

TEST(SnapshotLifecycle, NothingIsDueWithoutSavePoints) {
  const SnapshotLifecycle lifecycle(kStart);
  EXPECT_FALSE(lifecycle.due({}, 1'000'000, kStart + 1'000'000'000));
}

TEST(SnapshotLifecycle, ASavePointIsDueWhenBothItsTimeAndItsChangesAreThere) {
  const SnapshotLifecycle lifecycle(kStart);
  EXPECT_FALSE(lifecycle.due(kPoints, 100, kStart + 60'000));
  EXPECT_EQ(lifecycle.due(kPoints, 100, kStart + 60'001)->seconds, 60);
  EXPECT_FALSE(lifecycle.due(kPoints, 99, kStart + 60'001));
  EXPECT_EQ(lifecycle.due(kPoints, 1, kStart + 3'600'001)->seconds, 3600);
  EXPECT_FALSE(lifecycle.due(kPoints, 0, kStart + 3'600'001));
}

TEST(SnapshotLifecycle, OneRunsAtATime) {
  SnapshotLifecycle lifecycle(kStart);
  lifecycle.begin(100, kStart + 1000);
  EXPECT_FALSE(lifecycle.due(kPoints, 1000, kStart + 3'600'001));
  EXPECT_EQ(lifecycle.running_ms(kStart + 1500), 500);
  EXPECT_EQ(lifecycle.end(Outcome::saved, kStart + 3000), 100U);
  EXPECT_EQ(lifecycle.last_duration_ms(), 2000);
  EXPECT_EQ(lifecycle.last_saved_ms(), kStart + 3000);
  EXPECT_EQ(lifecycle.saved_count(), 1U);
  EXPECT_EQ(lifecycle.running_ms(kStart), -1);
}

TEST(SnapshotLifecycle, AfterAFailureTheNextOneWaits) {
  SnapshotLifecycle lifecycle(kStart);
  lifecycle.begin(100, kStart + 70'000);
  EXPECT_EQ(lifecycle.end(Outcome::failed, kStart + 71'000), 0U);
  EXPECT_TRUE(lifecycle.has_failed());
  EXPECT_EQ(lifecycle.last_saved_ms(), kStart);
  EXPECT_FALSE(lifecycle.due(kPoints, 100, kStart + 75'000));
  EXPECT_TRUE(lifecycle.due(kPoints, 100, kStart + 75'001));
  lifecycle.fail_to_begin(kStart + 76'000);
  EXPECT_FALSE(lifecycle.due(kPoints, 100, kStart + 80'000));
}

TEST(SnapshotLifecycle, ACancelledOneIsNoFailure) {
  SnapshotLifecycle lifecycle(kStart);
  lifecycle.begin(100, kStart + 1000);
  EXPECT_EQ(lifecycle.end(Outcome::cancelled, kStart + 2000), 0U);
  EXPECT_FALSE(lifecycle.has_failed());
  EXPECT_EQ(lifecycle.saved_count(), 0U);
}

TEST(SnapshotLifecycle, AScheduledOneIsDueAsSoonAsThereCanBeOne) {
  SnapshotLifecycle lifecycle(kStart);
  EXPECT_FALSE(lifecycle.unschedule());
  lifecycle.schedule();
  EXPECT_TRUE(lifecycle.is_scheduled_due(kStart));
  lifecycle.begin(0, kStart);
  EXPECT_FALSE(lifecycle.is_scheduled());
  lifecycle.schedule();
  EXPECT_FALSE(lifecycle.is_scheduled_due(kStart + 10'000));
  lifecycle.end(Outcome::saved, kStart + 10'000);
  EXPECT_TRUE(lifecycle.is_scheduled_due(kStart + 10'000));
  EXPECT_TRUE(lifecycle.unschedule());
}

}  // namespace
}  // namespace larder::persist
