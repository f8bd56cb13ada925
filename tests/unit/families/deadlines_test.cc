#include "families/deadlines.h"

#include <set>

#include "fixture.h"

namespace larder::families {
namespace {

using Deadlines = FamiliesTest;

TEST_F(Deadlines, NewKeysGetTheDefaultTtl) {
  settings_.default_ttl = 60;
  settings_.proto_max_bulk_len = 1024;
  for (const auto* line :
       {"SET k v", "SETNX k v", "GETSET k v", "APPEND k v", "SETRANGE k 1 v", "INCR k",
        "INCRBYFLOAT k 1", "INCREX k", "MSET k v", "MSETNX k v", "MSETEX 1 k v", "SETBIT k 1 1",
        "BITFIELD k SET u8 0 1", "SET k v KEEPTTL", "MSETEX 1 k v KEEPTTL", "SET k v NX",
        "INCREX k BYFLOAT 1"}) {
    call("DELEX k");
    call(line);
    EXPECT_EQ(ttl_ms("k"), 60'000) << line;
  }
  call("SET source abc");
  call("BITOP NOT target source");
  EXPECT_EQ(ttl_ms("target"), 60'000);
}

TEST_F(Deadlines, KeysThatHaveNoTtlKeepHavingNone) {
  call("SET k 1");
  settings_.default_ttl = 60;
  for (const auto* line : {"INCR k", "APPEND k 1", "SETRANGE k 0 1", "SETBIT k 1 1", "GETEX k",
                           "INCREX k", "SET k 5 KEEPTTL"}) {
    call(line);
    EXPECT_EQ(ttl_ms("k"), -1) << line;
  }
  call("SET k 1");
  EXPECT_EQ(ttl_ms("k"), 60'000);
  call("GETEX k PERSIST");
  EXPECT_EQ(ttl_ms("k"), -1);
  call("INCREX new PERSIST");
  EXPECT_EQ(ttl_ms("new"), -1);
}

TEST_F(Deadlines, AGivenTtlBeatsTheDefault) {
  settings_.default_ttl = 60;
  call("SET k v EX 600");
  EXPECT_EQ(ttl_ms("k"), 600'000);
}

TEST_F(Deadlines, NoTtlIsLongerThanTheLargest) {
  settings_.max_ttl = 100;
  call("SET relative v EX 5000");
  call("SET short v EX 5");
  call("SET absolute v EXAT 1800000000");
  call("SET near v PXAT 1700000000500");
  call("SET none v");
  EXPECT_EQ(ttl_ms("relative"), 100'000);
  EXPECT_EQ(ttl_ms("short"), 5'000);
  EXPECT_EQ(ttl_ms("absolute"), 100'000);
  EXPECT_EQ(ttl_ms("near"), 500);
  EXPECT_EQ(ttl_ms("none"), 100'000);
  settings_.default_ttl = 20;
  call("SET none v");
  EXPECT_EQ(ttl_ms("none"), 20'000);
}

TEST_F(Deadlines, JitterShortensTtlsByUpToItsShare) {
  settings_.ttl_jitter_percent = 10;
  std::set<std::int64_t> seen;
  for (int i = 0; i < 200; ++i) {
    call("SET k v EX 100");
    seen.insert(ttl_ms("k"));
  }
  EXPECT_GE(*seen.begin(), 90'000);
  EXPECT_LE(*seen.rbegin(), 100'000);
  EXPECT_LT(*seen.begin(), 91'000);
  EXPECT_GT(*seen.rbegin(), 99'000);
  EXPECT_GT(seen.size(), 150u);
}

TEST_F(Deadlines, JitterLeavesInstantsAloneAndAtLeastAMillisecond) {
  settings_.ttl_jitter_percent = 100;
  for (int i = 0; i < 50; ++i) {
    call("SET k v PXAT 1700000005000");
    EXPECT_EQ(ttl_ms("k"), 5'000);
    call("SET k v PX 1");
    EXPECT_EQ(ttl_ms("k"), 1);
  }
}

TEST_F(Deadlines, JitterAppliesAfterTheLimit) {
  settings_.ttl_jitter_percent = 50;
  settings_.max_ttl = 10;
  bool differs = false;
  for (int i = 0; i < 50; ++i) {
    call("SET k v EX 1000000");
    EXPECT_GE(ttl_ms("k"), 5'000);
    EXPECT_LE(ttl_ms("k"), 10'000);
    differs |= ttl_ms("k") < 10'000;
  }
  EXPECT_TRUE(differs);
}

TEST_F(Deadlines, HugeSettingsAreNoLimit) {
  settings_.max_ttl = INT64_MAX;
  settings_.default_ttl = INT64_MAX;
  call("SET k v");
  EXPECT_EQ(ttl_ms("k"), -1);
  call("SET k v EX 5");
  EXPECT_EQ(ttl_ms("k"), 5'000);
}

}  // namespace
}  // namespace larder::families
