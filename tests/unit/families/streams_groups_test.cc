#include "fixture.h"

namespace larder::families {
namespace {

class StreamGroups : public FamiliesTest {
 protected:
  StreamGroups() {
    for (int i = 1; i <= 4; ++i) call("XADD s " + std::to_string(i) + " a b");
    call("XGROUP CREATE s g 0");
    take_changes();
  }
};

constexpr auto kSyntax = "-ERR syntax error";

TEST_F(StreamGroups, ReadsNewEntriesAndHistory) {
  expect({{"XREADGROUP GROUP g c COUNT 1 STREAMS s >", "[[\"s\", [[\"1-0\", [\"a\", \"b\"]]]]]"},
          {"XREADGROUP GROUP g d COUNT 1 STREAMS s >", "[[\"s\", [[\"2-0\", [\"a\", \"b\"]]]]]"},
          {"XREADGROUP GROUP g c STREAMS s 0", "[[\"s\", [[\"1-0\", [\"a\", \"b\"]]]]]"},
          {"XREADGROUP GROUP g c STREAMS s 1", "[[\"s\", []]]"},
          {"XDEL s 2", "1"},
          {"XREADGROUP GROUP g d STREAMS s 0", "[[\"s\", [[\"2-0\", nil]]]]"},
          {"XREADGROUP GROUP g c NOACK STREAMS s >",
           "[[\"s\", [[\"3-0\", [\"a\", \"b\"]], [\"4-0\", [\"a\", \"b\"]]]]]"},
          {"XREADGROUP GROUP g c STREAMS s >", "nil"},
          {"XPENDING s g", "[2, \"1-0\", \"2-0\", [[\"c\", \"1\"], [\"d\", \"1\"]]]"}});
}

TEST_F(StreamGroups, AnswersMapsInResp3) {
  protocol_ = resp::Protocol::resp3;
  expect({{"XREADGROUP GROUP g c COUNT 1 STREAMS s >", "{\"s\": [[\"1-0\", [\"a\", \"b\"]]]}"},
          {"XREAD COUNT 1 STREAMS none s 0 3", "{\"s\": [[\"4-0\", [\"a\", \"b\"]]]}"},
          {"XREAD STREAMS s $", "nil"},
          {"XINFO GROUPS s",
           "[{\"name\": \"g\", \"consumers\": 1, \"pending\": 1, \"last-delivered-id\": \"1-0\", "
           "\"entries-read\": 1, \"lag\": 3}]"}});
}

TEST_F(StreamGroups, ReadsTheLastEntry) {
  expect({{"XREAD STREAMS s +", "[[\"s\", [[\"4-0\", [\"a\", \"b\"]]]]]"},
          {"XREAD STREAMS none +", "nil"}});
}

TEST_F(StreamGroups, ClaimsWhatIsIdle) {
  call("XREADGROUP GROUP g c COUNT 2 STREAMS s >");
  advance_ms(1000);
  expect({{"XCLAIM s g d 1001 1", "[]"},
          {"XCLAIM s g d 1000 1", "[[\"1-0\", [\"a\", \"b\"]]]"},
          {"XCLAIM s g d 0 3", "[]"},
          {"XCLAIM s g d 0 3 FORCE JUSTID", "[\"3-0\"]"},
          {"XCLAIM s g e 0 2 IDLE 300 RETRYCOUNT 9", "[[\"2-0\", [\"a\", \"b\"]]]"},
          {"XPENDING s g - + 9",
           "[[\"1-0\", \"d\", 0, 2], [\"2-0\", \"e\", 300, 9], [\"3-0\", \"d\", 0, 1]]"},
          {"XPENDING s g IDLE 100 - + 9", "[[\"2-0\", \"e\", 300, 9]]"},
          {"XPENDING s g - + 9 d", "[[\"1-0\", \"d\", 0, 2], [\"3-0\", \"d\", 0, 1]]"},
          {"XCLAIM s g d 0 1 LASTID 3 JUSTID", "[\"1-0\"]"},
          {"XCLAIM s g d 0 1 FOO", "-ERR Unrecognized XCLAIM option 'FOO'"},
          {"XCLAIM s g d 0 1 TIME", "-ERR Unrecognized XCLAIM option 'TIME'"},
          {"XCLAIM s g d x 1", "-ERR Invalid min-idle-time argument for XCLAIM"},
          {"XCLAIM s x d 0 1", "-NOGROUP No such key 's' or consumer group 'x'"},
          {"XINFO GROUPS s",
           "[[\"name\", \"g\", \"consumers\", 3, \"pending\", 3, \"last-delivered-id\", \"3-0\", "
           "\"entries-read\", 2, \"lag\", 2]]"}});
}

TEST_F(StreamGroups, ClaimingForgetsWhatTheStreamNoLongerHas) {
  call("XREADGROUP GROUP g c STREAMS s >");
  call("XDEL s 1 3");
  expect({{"XCLAIM s g d 0 1", "[]"},
          {"XAUTOCLAIM s g d 0 - COUNT 2", "[\"4-0\", [[\"2-0\", [\"a\", \"b\"]]], [\"3-0\"]]"},
          {"XAUTOCLAIM s g d 0 4 JUSTID", "[\"0-0\", [\"4-0\"], []]"},
          {"XAUTOCLAIM s g d 0 - COUNT 0", "-ERR COUNT must be > 0"},
          {"XPENDING s g", "[2, \"2-0\", \"4-0\", [[\"d\", \"2\"]]]"}});
}

TEST_F(StreamGroups, GivesEntriesBack) {
  call("XREADGROUP GROUP g c COUNT 3 STREAMS s >");
  expect({{"XNACK s g SILENT IDS 1 1", "1"},
          {"XNACK s g FAIL IDS 2 2 9", "1"},
          {"XNACK s g FATAL IDS 1 3", "1"},
          {"XNACK s g FAIL IDS 1 4 RETRYCOUNT 5 FORCE", "1"},
          {"XPENDING s g - + 9",
           "[[\"1-0\", \"\", -1, 0], [\"2-0\", \"\", -1, 1], "
           "[\"3-0\", \"\", -1, 9223372036854775807], [\"4-0\", \"\", -1, 5]]"},
          {"XNACK s x FAIL IDS 1 1", "-NOGROUP No such key 's' or consumer group 'x'"},
          {"XNACK s g FOO IDS 1 1", kSyntax},
          {"XREADGROUP GROUP g d COUNT 2 CLAIM 5000 STREAMS s >",
           "[[\"s\", [[\"1-0\", [\"a\", \"b\"], -1, 0], [\"2-0\", [\"a\", \"b\"], -1, 1]]]]"},
          {"XCLAIM s g d 5000 3 JUSTID", "[\"3-0\"]"},
          {"XREADGROUP GROUP g d STREAMS s 2", "[[\"s\", [[\"3-0\", [\"a\", \"b\"]]]]]"},
          {"XACK s g 1 2 3 4", "4"}});
}

TEST_F(StreamGroups, ReadingCanClaimFirst) {
  call("XREADGROUP GROUP g c COUNT 2 STREAMS s >");
  call("XDEL s 1");
  advance_ms(100);
  expect({{"XREADGROUP GROUP g d CLAIM 101 COUNT 1 STREAMS s >",
           "[[\"s\", [[\"3-0\", [\"a\", \"b\"], 0, 0]]]]"},
          {"XREADGROUP GROUP g d CLAIM 100 STREAMS s >",
           "[[\"s\", [[\"2-0\", [\"a\", \"b\"], 100, 1], [\"4-0\", [\"a\", \"b\"], 0, 0]]]]"},
          {"XPENDING s g - + 9",
           "[[\"2-0\", \"d\", 0, 2], [\"3-0\", \"d\", 0, 1], [\"4-0\", \"d\", 0, 1]]"},
          {"XREADGROUP GROUP g d CLAIM x STREAMS s >",
           "-ERR min-idle-time is not an integer or out of range"},
          {"XREADGROUP GROUP g d CLAIM -1 STREAMS s >",
           "-ERR min-idle-time must be a positive integer"}});
}

TEST_F(StreamGroups, AcknowledgesAndDeletes) {
  call("XGROUP CREATE s h 0");
  call("XREADGROUP GROUP g c STREAMS s >");
  expect({{"XACKDEL s g ACKED IDS 2 1 9", "[2, -1]"},
          {"XACKDEL s g IDS 1 2", "[1]"},
          {"XLEN s", "3"},
          {"XACKDEL s none IDS 1 3", "[-1]"},
          {"XPENDING s g", "[2, \"3-0\", \"4-0\", [[\"c\", \"2\"]]]"}});
}

TEST_F(StreamGroups, GroupsAndConsumersComeAndGo) {
  expect({{"XGROUP CREATE s g $", "-BUSYGROUP Consumer Group name already exists"},
          {"XGROUP CREATE none g $ MKSTREAM", "OK"},
          {"XINFO GROUPS none",
           "[[\"name\", \"g\", \"consumers\", 0, \"pending\", 0, \"last-delivered-id\", \"0-0\", "
           "\"entries-read\", nil, \"lag\", 0]]"},
          {"XGROUP CREATECONSUMER s g c", "1"},
          {"XGROUP CREATECONSUMER s g c", "0"},
          {"XGROUP CREATECONSUMER s x c", "-NOGROUP No such consumer group 'x' for key name 's'"}});
  call("XREADGROUP GROUP g c STREAMS s >");
  expect(
      {{"XGROUP DELCONSUMER s g c", "4"},
       {"XGROUP DELCONSUMER s g c", "0"},
       {"XPENDING s g", "[0, nil, nil, nil]"},
       {"XGROUP SETID s g 2 ENTRIESREAD 2", "OK"},
       {"XGROUP SETID s g 2 ENTRIESREAD -2", "-ERR value for ENTRIESREAD must be positive or -1"},
       {"XGROUP CREATE s h 0 FOO",
        "-ERR unknown subcommand or wrong number of arguments for 'CREATE'. Try XGROUP HELP."},
       {"XGROUP DESTROY s g", "1"},
       {"XGROUP DESTROY s g", "0"}});
}

TEST_F(StreamGroups, ConsumersAreSeenAndActive) {
  call("XGROUP CREATECONSUMER s g idle");
  advance_ms(50);
  call("XREADGROUP GROUP g busy COUNT 1 STREAMS s >");
  advance_ms(50);
  call("XREADGROUP GROUP g busy STREAMS s 1");
  expect({{"XINFO CONSUMERS s g",
           "[[\"name\", \"busy\", \"pending\", 1, \"idle\", 0, \"inactive\", 50], "
           "[\"name\", \"idle\", \"pending\", 0, \"idle\", 100, \"inactive\", -1]]"}});
}

}  // namespace
}  // namespace larder::families
