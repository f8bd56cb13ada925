#include "fixture.h"

namespace larder::families {
namespace {

using StringsSet = FamiliesTest;

constexpr auto kSyntax = "-ERR syntax error";
constexpr auto kInvalidSet = "-ERR invalid expire time in 'set' command";

TEST_F(StringsSet, StoresAndClassifies) {
  expect({{"SET a 12", "OK"}, {"SET b hello", "OK"}, {"SET c ''", "OK"}, {"SET d 007", "OK"}});
  EXPECT_EQ(run({"SET", "e", std::string(45, 'x')}), "OK");
  EXPECT_EQ(encoding("a"), "int");
  EXPECT_EQ(encoding("b"), "embstr");
  EXPECT_EQ(encoding("c"), "embstr");
  EXPECT_EQ(encoding("d"), "embstr");
  EXPECT_EQ(encoding("e"), "raw");
  expect({{"GET a", "\"12\""}, {"GET c", "\"\""}, {"GET d", "\"007\""}, {"GET none", "nil"}});
}

TEST_F(StringsSet, DiscardsTheTtlUnlessToldToKeepIt) {
  expect({{"SET k v EX 10", "OK"}});
  EXPECT_EQ(ttl_ms("k"), 10'000);
  expect({{"SET k w KEEPTTL", "OK"}, {"GET k", "\"w\""}});
  EXPECT_EQ(ttl_ms("k"), 10'000);
  expect({{"SET k x", "OK"}});
  EXPECT_EQ(ttl_ms("k"), -1);
  expect({{"SET new v KEEPTTL", "OK"}});
  EXPECT_EQ(ttl_ms("new"), -1);
}

TEST_F(StringsSet, TakesTtlsInAllFourForms) {
  expect({{"SET a v EX 5", "OK"},
          {"SET b v px 1500", "OK"},
          {"SET c v EXAT 1700000060", "OK"},
          {"SET d v PXAT 1700000000001", "OK"}});
  EXPECT_EQ(ttl_ms("a"), 5'000);
  EXPECT_EQ(ttl_ms("b"), 1'500);
  EXPECT_EQ(ttl_ms("c"), 60'000);
  EXPECT_EQ(ttl_ms("d"), 1);
  advance_ms(1);
  expect({{"GET d", "nil"}});
}

TEST_F(StringsSet, RefusesImpossibleTimes) {
  expect({{"SET k v EX 0", kInvalidSet},
          {"SET k v PX -1", kInvalidSet},
          {"SET k v EXAT 0", kInvalidSet},
          {"SET k v EX 9223372036854776", kInvalidSet},
          {"SET k v PX 9223372036854775807", kInvalidSet},
          {"SET k v EX abc", "-ERR value is not an integer or out of range"},
          {"SET k v PXAT 9223372036854775807", "OK"}});
  EXPECT_GT(ttl_ms("k"), 0);  // the far future, not never
}

TEST_F(StringsSet, ATimeThatHasPassedRemovesTheKey) {
  expect({{"SET k v", "OK"}});
  take_changes();
  expect({{"SET k w EXAT 5", "OK"}, {"GET k", "nil"}});
  EXPECT_EQ(take_changes(), 1u);
  expect({{"SET k w PXAT 5", "OK"}, {"GET k", "nil"}});
  EXPECT_EQ(take_changes(), 0u);
}

TEST_F(StringsSet, ConditionsOnExistence) {
  expect({{"SET k 1 XX", "nil"},
          {"SET k 1 NX", "OK"},
          {"SET k 2 nx", "nil"},
          {"GET k", "\"1\""},
          {"SET k 2 xx", "OK"},
          {"GET k", "\"2\""},
          {"SET k 3 XX XX", "OK"},
          {"SET k 4 NX XX", kSyntax}});
}

TEST_F(StringsSet, GetAnswersTheOldValue) {
  expect({{"SET k a GET", "nil"},
          {"SET k b GET", "\"a\""},
          {"SET k c GET NX", "\"b\""},
          {"GET k", "\"b\""},
          {"SET n c NX GET", "nil"},
          {"GET n", "\"c\""},
          {"SET m c XX GET", "nil"},
          {"GET m", "nil"}});
}

TEST_F(StringsSet, ComparesValues) {
  expect({{"SET k a", "OK"},
          {"SET k b IFEQ x", "nil"},
          {"SET k b IFEQ a", "OK"},
          {"SET k c IFNE b", "nil"},
          {"SET k c IfNe a", "OK"},
          {"SET k d IFEQ x GET", "\"c\""},
          {"SET k d IFEQ c GET EX 9", "\"c\""},
          {"GET k", "\"d\""},
          {"SET none v IFEQ a", "nil"},
          {"SET none v IFNE a", "OK"},
          {"SET n 12", "OK"},
          {"SET n 13 IFEQ 12", "OK"}});
  EXPECT_EQ(ttl_ms("k"), 9'000);
}

TEST_F(StringsSet, ComparesDigests) {
  expect({{"SET k hello", "OK"},
          {"SET k a IFDEQ 0000000000000000", "nil"},
          {"SET k a IFDEQ 9555E8555C62DCFD", "OK"},
          {"SET k hello IFDNE 9555e8555c62dcfd", "OK"},
          {"SET k b IFDNE 9555e8555c62dcfd GET", "\"hello\""},
          {"SET k b IFDEQ 555e8555c62dcfd", "-ERR must be exactly 16 hexadecimal characters"},
          {"SET k b GET IFDNE ''", "-ERR must be exactly 16 hexadecimal characters"},
          {"GET k", "\"hello\""},
          {"SET none v IFDEQ 1", "nil"},
          {"SET none v IFDNE 1", "OK"}});
}

TEST_F(StringsSet, ConditionsExcludeEachOther) {
  expect({{"SET k v NX IFEQ a", kSyntax},
          {"SET k v IFEQ a XX", kSyntax},
          {"SET k v IFEQ a IFNE b", kSyntax},
          {"SET k v IFEQ a IFEQ a", kSyntax},
          {"SET k v IFDEQ a IFEQ b", kSyntax},
          {"SET k v IFEQ", kSyntax}});
}

TEST_F(StringsSet, SyntaxErrors) {
  expect({{"SET k v FOO", kSyntax},
          {"SET k v EX", kSyntax},
          {"SET k v EX 5 PX 5", kSyntax},
          {"SET k v KEEPTTL EX 5", kSyntax},
          {"SET k v PERSIST", kSyntax},
          {"SET k", "wrong arity"},
          {"SET k v EX 5 EX 6", "OK"}});
  EXPECT_EQ(ttl_ms("k"), 6'000);
}

TEST_F(StringsSet, SyntaxIsJudgedBeforeTimes) {
  expect({{"SET k v EX 0 FOO", kSyntax}, {"SET k v EX abc PX 5", kSyntax}});
}

TEST_F(StringsSet, OlderCommands) {
  expect({{"SETNX k a", "1"},
          {"SETNX k b", "0"},
          {"GETSET k c", "\"a\""},
          {"GETSET none c", "nil"},
          {"SETEX k 10 d", "OK"},
          {"PSETEX p 10 e", "OK"},
          {"SETEX k 0 d", "-ERR invalid expire time in 'setex' command"},
          {"PSETEX k -5 d", "-ERR invalid expire time in 'psetex' command"},
          {"SETEX k abc d", "-ERR value is not an integer or out of range"},
          {"SETEX k 9223372036854775807 d", "-ERR invalid expire time in 'setex' command"}});
  EXPECT_EQ(ttl_ms("k"), 10'000);
  EXPECT_EQ(ttl_ms("p"), 10);
  expect({{"GETSET k f", "\"d\""}});
  EXPECT_EQ(ttl_ms("k"), -1);
}

TEST_F(StringsSet, TellsOneChangeForTheValueAndOneForTheTtl) {
  call("SET k v");
  EXPECT_EQ(take_changes(), 1u);
  call("SET k v EX 5");
  EXPECT_EQ(take_changes(), 2u);
  call("SET k v NX");
  EXPECT_EQ(take_changes(), 0u);
}

}  // namespace
}  // namespace larder::families
