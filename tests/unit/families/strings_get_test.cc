#include "fixture.h"

namespace larder::families {
namespace {

using StringsGet = FamiliesTest;

TEST_F(StringsGet, AnswersTextOfEveryEncoding) {
  expect({{"SET n -5", "OK"}, {"SET s text", "OK"}, {"APPEND s !", "5"}});
  expect({{"GET n", "\"-5\""}, {"GET s", "\"text!\""}, {"GET none", "nil"}});
  const std::string binary("\0\r\n\xff", 4);
  run({"SET", "b", binary});
  EXPECT_EQ(run({"GET", "b"}), '"' + binary + '"');
}

TEST_F(StringsGet, CountsHitsAndMisses) {
  call("SET k v");
  call("GET k");
  call("GET none");
  call("GET none");
  EXPECT_EQ(keyspace_.counters().hits, 1u);
  EXPECT_EQ(keyspace_.counters().misses, 2u);
}

TEST_F(StringsGet, AnswersNullInTheClientsProtocol) {
  protocol_ = resp::Protocol::resp3;
  call("GET none");
  EXPECT_EQ(out_.view(), "_\r\n");
}

TEST_F(StringsGet, GetdelAnswersOnce) {
  expect({{"SET k v", "OK"}, {"GETDEL k", "\"v\""}, {"GETDEL k", "nil"}, {"GET k", "nil"}});
  EXPECT_EQ(take_changes(), 2u);
}

TEST_F(StringsGet, GetexChangesTheTtl) {
  expect({{"SET k v", "OK"}, {"GETEX k EX 10", "\"v\""}});
  EXPECT_EQ(ttl_ms("k"), 10'000);
  expect({{"GETEX k", "\"v\""}});
  EXPECT_EQ(ttl_ms("k"), 10'000);
  expect({{"GETEX k PX 5", "\"v\""}});
  EXPECT_EQ(ttl_ms("k"), 5);
  expect({{"GETEX k PERSIST", "\"v\""}});
  EXPECT_EQ(ttl_ms("k"), -1);
  expect({{"GETEX k EXAT 1700000001", "\"v\""}});
  EXPECT_EQ(ttl_ms("k"), 1'000);
  expect({{"GETEX k PXAT 5", "\"v\""}, {"GET k", "nil"}});
}

TEST_F(StringsGet, GetexTellsOnlyWhatChanged) {
  call("SET k v");
  take_changes();
  call("GETEX k");
  call("GETEX k PERSIST");
  EXPECT_EQ(take_changes(), 0u);
  call("GETEX k EX 5");
  call("GETEX k PERSIST");
  EXPECT_EQ(take_changes(), 2u);
}

TEST_F(StringsGet, GetexLooksAtTheKeyBeforeTheTime) {
  expect({{"GETEX none EX 0", "nil"},
          {"GETEX none FOO", "-ERR syntax error"},
          {"SET k v", "OK"},
          {"GETEX k EX 0", "-ERR invalid expire time in 'getex' command"},
          {"GETEX k EX abc", "-ERR value is not an integer or out of range"},
          {"GETEX k EX 5 PERSIST", "-ERR syntax error"},
          {"GETEX k KEEPTTL", "-ERR syntax error"},
          {"GETEX k PERSIST PERSIST", "\"v\""}});
}

TEST_F(StringsGet, StrlenCountsBytes) {
  expect({{"SET k hello", "OK"},
          {"STRLEN k", "5"},
          {"SET n -555", "OK"},
          {"STRLEN n", "4"},
          {"STRLEN none", "0"}});
}

TEST_F(StringsGet, AnExpiredKeyIsGone) {
  expect({{"SET k v PX 10", "OK"}});
  advance_ms(9);
  expect({{"GET k", "\"v\""}});
  advance_ms(1);
  expect({{"GET k", "nil"}, {"STRLEN k", "0"}, {"SETNX k w", "1"}});
}

}  // namespace
}  // namespace larder::families
