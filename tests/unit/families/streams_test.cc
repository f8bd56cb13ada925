#include "fixture.h"

namespace larder::families {
namespace {

using Streams = FamiliesTest;

constexpr auto kSyntax = "-ERR syntax error";
constexpr auto kInvalidId = "-ERR Invalid stream ID specified as stream command argument";
constexpr auto kTooSmall =
    "-ERR The ID specified in XADD is equal or smaller than the target stream top item";

TEST_F(Streams, GeneratesIdsFromTheClock) {
  expect({{"XADD s * a 1", "\"1700000000000-0\""}, {"XADD s * a 2", "\"1700000000000-1\""}});
  advance_ms(5);
  expect({{"XADD s * a 3", "\"1700000000005-0\""},
          {"XADD s 1700000000005-* a 4", "\"1700000000005-1\""},
          {"XADD s 1700000000009-* a 5", "\"1700000000009-0\""},
          {"XADD s * a 6", "\"1700000000009-1\""},
          {"XADD s 5-* a 7", kTooSmall},
          {"XADD s 1700000000009-1 a 7", kTooSmall},
          {"XLEN s", "6"}});
  EXPECT_EQ(encoding("s"), "stream");
}

TEST_F(Streams, RefusesIdsThatCannotBe) {
  expect({{"XADD s 0-0 a b", "-ERR The ID specified in XADD must be greater than 0-0"},
          {"XADD s 0-* a b", "\"0-1\""},
          {"XADD s x a b", kInvalidId},
          {"XADD s - a b", kInvalidId},
          {"XADD s 18446744073709551615-18446744073709551615 a b",
           "\"18446744073709551615-18446744073709551615\""},
          {"XADD s * a b",
           "-ERR The stream has exhausted the last possible ID, unable to add more items"},
          {"XADD none 0-0 a b", "-ERR The ID specified in XADD must be greater than 0-0"},
          {"EXISTS none", "0"}});
}

TEST_F(Streams, KeepsFieldsInTheirOrder) {
  expect({{"XADD s 1-1 b 1 a 2 b 3", "\"1-1\""},
          {"XADD s 1-2 b 4 a 5 b -6", "\"1-2\""},
          {"XADD s 1-3 '' '' 007 x", "\"1-3\""},
          {"XADD s 1-4 a", "wrong arity"},
          {"XADD s 1-4 a b c", "-ERR wrong number of arguments for 'xadd' command"},
          {"XRANGE s - +",
           "[[\"1-1\", [\"b\", \"1\", \"a\", \"2\", \"b\", \"3\"]], "
           "[\"1-2\", [\"b\", \"4\", \"a\", \"5\", \"b\", \"-6\"]], "
           "[\"1-3\", [\"\", \"\", \"007\", \"x\"]]]"}});
}

TEST_F(Streams, RangesIncludeOrExcludeTheirEnds) {
  expect({{"XADD s 1-1 a b", "\"1-1\""},
          {"XADD s 1-2 a b", "\"1-2\""},
          {"XADD s 2-0 a b", "\"2-0\""},
          {"XRANGE s (1-1 (2-0", "[[\"1-2\", [\"a\", \"b\"]]]"},
          {"XRANGE s 1 1 COUNT 1", "[[\"1-1\", [\"a\", \"b\"]]]"},
          {"XREVRANGE s 1 1 COUNT 1", "[[\"1-2\", [\"a\", \"b\"]]]"},
          {"XRANGE s 3 +", "[]"},
          {"XRANGE s 2 1", "[]"},
          {"XRANGE s - + COUNT 0", "nil"},
          {"XRANGE s - + COUNT x", "-ERR value is not an integer or out of range"},
          {"XRANGE s - + LIMIT 1", kSyntax},
          {"XRANGE s ( +", kInvalidId},
          {"XRANGE s (- +", kInvalidId},
          {"XRANGE s (18446744073709551615-18446744073709551615 +",
           "-ERR invalid start ID for the interval"},
          {"XRANGE s - (0-0", "-ERR invalid end ID for the interval"}});
}

TEST_F(Streams, TrimsWhenAddingAndOnItsOwn) {
  for (int i = 1; i <= 300; ++i) call("XADD s " + std::to_string(i) + " a b");
  expect({{"XADD s MAXLEN ~ 150 301 a b", "\"301-0\""},
          {"XLEN s", "201"},
          {"XTRIM s MAXLEN 150", "51"},
          {"XTRIM s MINID ~ 1000", "150"},
          {"XLEN s", "0"},
          {"EXISTS s", "1"},
          {"XTRIM s MAXLEN ~ 0 LIMIT 5", "0"},
          {"XTRIM none MAXLEN 0", "0"},
          {"XTRIM s LIMIT 5",
           "-ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"},
          {"XTRIM s LIMIT 0", "-ERR syntax error, XTRIM must be called with a trimming strategy"},
          {"XTRIM s MAXLEN 1 LIMIT 0",
           "-ERR syntax error, LIMIT cannot be used without the special ~ option"},
          {"XTRIM s MAXLEN 1 MINID 1",
           "-ERR syntax error, MAXLEN and MINID options at the same time are not compatible"},
          {"XTRIM s MAXLEN 1 NOMKSTREAM", kSyntax},
          {"XADD none NOMKSTREAM * a b", "nil"},
          {"EXISTS none", "0"}});
}

TEST_F(Streams, TellsOneChangeForTheEntryAndOneForTheTrimming) {
  call("XADD s 1 a b");
  EXPECT_EQ(take_changes(), 1u);
  call("XADD s MAXLEN 1 2 a b");
  EXPECT_EQ(take_changes(), 2u);
  call("XADD s MAXLEN 5 3 a b");
  EXPECT_EQ(take_changes(), 1u);
  call("XADD s 3 a b");
  call("XDEL s 9");
  call("XTRIM s MAXLEN 100");
  EXPECT_EQ(take_changes(), 0u);
}

TEST_F(Streams, DeletesEntriesAsGroupsAllow) {
  for (int i = 1; i <= 5; ++i) call("XADD s " + std::to_string(i) + " a b");
  call("XGROUP CREATE s g 0");
  call("XREADGROUP GROUP g c COUNT 3 STREAMS s >");
  call("XACK s g 1");
  expect({{"XDELEX s ACKED IDS 4 1 2 4 9", "[1, 2, 2, 2]"},
          {"XDELEX s DELREF IDS 1 2", "[1]"},
          {"XPENDING s g - + 9", "[[\"3-0\", \"c\", 0, 1]]"},
          {"XDELEX s IDS 1 3", "[1]"},
          {"XDELEX s DELREF IDS 1 3", "[-1]"},
          {"XPENDING s g", "[0, nil, nil, nil]"},
          {"XDELEX none IDS 2 1 2", "[-1, -1]"},
          {"XDELEX s KEEPREF IDS 0 1", "-ERR Number of IDs must be a positive integer"},
          {"XDELEX s KEEPREF IDS 2 1",
           "-ERR The `numids` parameter must match the number of arguments"},
          {"XDELEX s IDS 1 1 FOO", kSyntax}});
}

TEST_F(Streams, TrimmingSparesWhatGroupsHaveNotAcknowledged) {
  for (int i = 1; i <= 5; ++i) call("XADD s " + std::to_string(i) + " a b");
  expect({{"XGROUP CREATE s g 0", "OK"},
          {"XADD s MAXLEN 1 ACKED 6 a b", "\"6-0\""},
          {"XLEN s", "6"},
          {"XREADGROUP GROUP g c COUNT 1 STREAMS s >", "[[\"s\", [[\"1-0\", [\"a\", \"b\"]]]]]"},
          {"XACK s g 1", "1"},
          {"XADD s MAXLEN 1 ACKED 7 a b", "\"7-0\""},
          {"XLEN s", "6"},
          {"XADD s MAXLEN 1 DELREF KEEPREF 8 a b", kSyntax},
          {"XTRIM s MAXLEN 1 DELREF", "5"}});
}

TEST_F(Streams, RequestsAreAddedOnce) {
  expect(
      {{"XADD s IDMP p r1 * a 1", "\"1700000000000-0\""},
       {"XADD s IDMP p r1 * a 2", "\"1700000000000-0\""},
       {"XADD s IDMP q r1 * a 3", "\"1700000000000-1\""},
       {"XADD s IDMPAUTO p * a 1 b 2", "\"1700000000000-2\""},
       {"XADD s IDMPAUTO p * b 2 a 1", "\"1700000000000-2\""},
       {"XADD s IDMPAUTO p * b 1 a 2", "\"1700000000000-3\""},
       {"XLEN s", "4"},
       {"XADD s IDMP p r1 5-5 a 1", "-ERR IDMP/IDMPAUTO can be used only with auto-generated IDs"},
       {"XADD s IDMP p r1 IDMPAUTO p * a 1", "-ERR IDMP/IDMPAUTO specified multiple times"},
       {"XADD s IDMP '' r1 * a 1", "-ERR IDMP requires a non-empty producer ID"},
       {"XADD s IDMP p '' * a 1", "-ERR IDMP requires a non-empty idempotent ID"},
       {"XADD s IDMP p * f v", kInvalidId}});
  advance_ms(100'000);
  expect({{"XADD s IDMP p r1 * a 1", "\"1700000100000-0\""},
          {"XCFGSET s IDMP-DURATION 100", "OK"},
          {"XADD s IDMP p r1 * a 1", "\"1700000100000-0\""},
          {"XCFGSET s IDMP-DURATION 5 IDMP-MAXSIZE 1", "OK"},
          {"XADD s IDMP p r1 * a 1", "\"1700000100000-1\""},
          {"XADD s IDMP p r2 * a 1", "\"1700000100000-2\""},
          {"XADD s IDMP p r1 * a 1", "\"1700000100000-3\""},
          {"XCFGSET s", kSyntax},
          {"XCFGSET s IDMP-DURATION 0", "-ERR IDMP-DURATION must be between 1 and 86400 seconds"},
          {"XCFGSET s IDMP-MAXSIZE 10001", "-ERR IDMP-MAXSIZE must be between 1 and 10000 entries"},
          {"XCFGSET none IDMP-MAXSIZE 1", "-ERR no such key"}});
}

TEST_F(Streams, SetsIdAndCounters) {
  expect({{"XADD s 5 a b", "\"5-0\""},
          {"XSETID s 4",
           "-ERR The ID specified in XSETID is smaller than the target stream top "
           "item"},
          {"XSETID s 9 ENTRIESADDED 0",
           "-ERR The entries_added specified in XSETID is smaller than the target stream length"},
          {"XSETID s 9 ENTRIESADDED -1", "-ERR entries_added must be positive"},
          {"XSETID s 9 MAXDELETEDID 10",
           "-ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id"},
          {"XSETID s 9 ENTRIESADDED 7 MAXDELETEDID 8", "OK"},
          {"XSETID s 7",
           "-ERR The ID specified in XSETID is smaller than current "
           "max_deleted_entry_id"},
          {"XADD s 9 a b", kTooSmall},
          {"XINFO STREAM s",
           "[\"length\", 1, \"radix-tree-keys\", 1, \"radix-tree-nodes\", 2, "
           "\"last-generated-id\", \"9-0\", \"max-deleted-entry-id\", \"8-0\", "
           "\"entries-added\", 7, \"recorded-first-entry-id\", \"5-0\", \"groups\", 0, "
           "\"first-entry\", [\"5-0\", [\"a\", \"b\"]], \"last-entry\", [\"5-0\", [\"a\", "
           "\"b\"]]]"},
          {"XSETID none 1", "-ERR no such key"}});
}

}  // namespace
}  // namespace larder::families
