#include "fixture.h"

namespace larder::families {
namespace {

using HyperLogLogs = FamiliesTest;

constexpr auto kNone = "-WRONGTYPE Key is not a valid HyperLogLog string value.";
constexpr auto kCorrupt = "-INVALIDOBJ Corrupted HLL object detected";

TEST_F(HyperLogLogs, AddsAndCounts) {
  expect({{"PFCOUNT k", "0"},
          {"PFADD k", "1"},
          {"PFADD k", "0"},
          {"PFCOUNT k", "0"},
          {"PFADD k a b c", "1"},
          {"PFADD k a b c", "0"},
          {"PFCOUNT k", "3"},
          {"PFADD k ''", "1"},
          {"PFCOUNT k none", "4"}});
  EXPECT_EQ(encoding("k"), "raw");
}

TEST_F(HyperLogLogs, TellsOfChangesOnly) {
  call("PFADD k a");
  EXPECT_EQ(take_changes(), 1u);
  call("PFADD k a");
  EXPECT_EQ(take_changes(), 0u);
  call("PFCOUNT k");  // keeps the estimate
  EXPECT_EQ(take_changes(), 1u);
  call("PFCOUNT k");
  EXPECT_EQ(take_changes(), 0u);
}

TEST_F(HyperLogLogs, KeepsTheTtl) {
  call("PFADD k a");
  call("EXPIRE k 100");
  for (int i = 0; i < 3000; ++i) call("PFADD k " + std::to_string(i));
  expect({{"PFDEBUG ENCODING k", "dense"}, {"STRLEN k", "12304"}});
  EXPECT_EQ(ttl_ms("k"), 100'000);
}

TEST_F(HyperLogLogs, BecomesDenseBeyondTheSetting) {
  settings_.hll_sparse_max_bytes = 30;
  expect({{"PFADD k a b c", "1"}, {"PFDEBUG ENCODING k", "sparse"}});
  expect({{"PFADD k d e f g h i j", "1"}, {"PFDEBUG ENCODING k", "dense"}, {"PFCOUNT k", "10"}});
}

TEST_F(HyperLogLogs, Merges) {
  call("PFADD a 1 2 3");
  call("PFADD b 3 4 5");
  expect({{"PFMERGE c a b none", "OK"}, {"PFCOUNT c", "5"}, {"PFDEBUG ENCODING c", "sparse"}});
  expect({{"PFDEBUG TODENSE b", "1"}, {"PFDEBUG TODENSE b", "0"}, {"PFCOUNT a b", "5"}});
  expect({{"PFMERGE a b", "OK"}, {"PFDEBUG ENCODING a", "dense"}, {"PFCOUNT a", "5"}});
  expect({{"PFMERGE new", "OK"}, {"PFCOUNT new", "0"}, {"STRLEN new", "18"}});
}

TEST_F(HyperLogLogs, RefusesWhatIsNone) {
  call("SET s text");
  call("SET i 12345678901234567");
  expect(
      {{"PFADD s a", kNone}, {"PFCOUNT s", kNone}, {"PFMERGE x s", kNone}, {"PFADD i a", kNone}});
  expect({{"EXISTS x", "0"}, {"PFDEBUG ENCODING none", "-ERR The specified key does not exist"}});
}

TEST_F(HyperLogLogs, RefusesCorruptRuns) {
  call("PFADD k a b c");
  call("APPEND k hello");
  const auto before = call("GET k");
  expect({{"PFCOUNT k", kCorrupt},
          {"PFCOUNT k k", kCorrupt},
          {"PFMERGE x k", kCorrupt},
          {"PFDEBUG GETREG k", kCorrupt},
          {"PFDEBUG TODENSE k", kCorrupt},
          {"EXISTS x", "0"}});
  EXPECT_EQ(call("GET k"), before);
}

TEST_F(HyperLogLogs, ShowsItsRuns) {
  expect({{"PFADD k a b", "1"},
          {"PFDEBUG NOTHING k", "-ERR Unknown PFDEBUG subcommand 'NOTHING'"},
          {"PFSELFTEST", "OK"}});
  EXPECT_EQ(call("PFDEBUG DECODE k").substr(0, 3), "\"Z:");
}

}  // namespace
}  // namespace larder::families
