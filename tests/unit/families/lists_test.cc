#include "fixture.h"

namespace larder::families {
namespace {

using Lists = FamiliesTest;

constexpr auto kSyntax = "-ERR syntax error";
constexpr auto kWrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value";
constexpr auto kNotInteger = "-ERR value is not an integer or out of range";

TEST_F(Lists, PushesAtBothEnds) {
  expect({{"LPUSH l a b c", "3"},
          {"RPUSH l d", "4"},
          {"LRANGE l 0 -1", R"(["c", "b", "a", "d"])"},
          {"LPUSHX none a", "0"},
          {"RPUSHX none a", "0"},
          {"EXISTS none", "0"},
          {"LPUSHX l x y", "6"},
          {"RPUSHX l z", "7"},
          {"LRANGE l 0 1", R"(["y", "x"])"},
          {"LRANGE l -1 -1", R"(["z"])"},
          {"SET s v", "OK"},
          {"LPUSH s a", kWrongType},
          {"RPUSHX s a", kWrongType}});
}

TEST_F(Lists, RangesAreClamped) {
  expect({{"RPUSH l 0 1 2 3 4", "5"},
          {"LRANGE l -100 100", R"(["0", "1", "2", "3", "4"])"},
          {"LRANGE l 3 1", "[]"},
          {"LRANGE l 5 10", "[]"},
          {"LRANGE l -2 -1", R"(["3", "4"])"},
          {"LRANGE l 0 9223372036854775807", R"(["0", "1", "2", "3", "4"])"},
          {"LRANGE l -9223372036854775808 0", R"(["0"])"},
          {"LRANGE l 0 -9223372036854775808", "[]"},
          {"LRANGE none 0 -1", "[]"},
          {"LRANGE none 0 x", kNotInteger}});
}

TEST_F(Lists, PopsOneOrSeveral) {
  expect({{"RPUSH l a b c d", "4"},
          {"LPOP l", "\"a\""},
          {"RPOP l", "\"d\""},
          {"LPOP l 0", "[]"},
          {"RPOP l 5", R"(["c", "b"])"},
          {"EXISTS l", "0"},
          {"LPOP l", "nil"},
          {"LPOP l 1", "nil"},
          {"LPOP l -1", "-ERR value is out of range, must be positive"},
          {"RPOP l x", "-ERR value is out of range, must be positive"},
          {"LPOP l 1 2", "-ERR wrong number of arguments for 'lpop' command"}});
}

TEST_F(Lists, ReadsAndWritesByIndex) {
  expect({{"RPUSH l a b c", "3"},
          {"LINDEX l 0", "\"a\""},
          {"LINDEX l -1", "\"c\""},
          {"LINDEX l 3", "nil"},
          {"LINDEX l -4", "nil"},
          {"LINDEX none x", "nil"},
          {"LINDEX l x", kNotInteger},
          {"LSET l 1 x", "OK"},
          {"LSET l -1 y", "OK"},
          {"LRANGE l 0 -1", R"(["a", "x", "y"])"},
          {"LSET l 3 z", "-ERR index out of range"},
          {"LSET l -9223372036854775808 z", "-ERR index out of range"},
          {"LSET none 0 z", "-ERR no such key"},
          {"LLEN l", "3"},
          {"LLEN none", "0"}});
}

TEST_F(Lists, InsertsBesideAPivot) {
  expect({{"RPUSH l a c", "2"},
          {"LINSERT l BEFORE c b", "3"},
          {"LINSERT l after c d", "4"},
          {"LINSERT l AFTER none d", "-1"},
          {"LINSERT l beside c d", kSyntax},
          {"LINSERT none BEFORE a b", "0"},
          {"LRANGE l 0 -1", R"(["a", "b", "c", "d"])"}});
}

TEST_F(Lists, TrimsAndRemoves) {
  expect({{"RPUSH l a b a c a d", "6"},
          {"LREM l 1 a", "1"},
          {"LREM l -1 a", "1"},
          {"LRANGE l 0 -1", R"(["b", "a", "c", "d"])"},
          {"LREM l 0 none", "0"},
          {"LTRIM l 1 -2", "OK"},
          {"LRANGE l 0 -1", R"(["a", "c"])"},
          {"LTRIM l 5 9", "OK"},
          {"EXISTS l", "0"},
          {"LTRIM l 0 1", "OK"},
          {"RPUSH l a a", "2"},
          {"LREM l 0 a", "2"},
          {"EXISTS l", "0"},
          {"LREM l x a", kNotInteger}});
}

TEST_F(Lists, FindsPositions) {
  expect({{"RPUSH l a b c 1 2 3 c c", "8"},
          {"LPOS l c", "2"},
          {"LPOS l c RANK 2", "6"},
          {"LPOS l c RANK -1", "7"},
          {"LPOS l c COUNT 0", "[2, 6, 7]"},
          {"LPOS l c COUNT 1 RANK -2", "[6]"},
          {"LPOS l c COUNT 0 MAXLEN 7", "[2, 6]"},
          {"LPOS l c COUNT 0 MAXLEN 1", "[]"},
          {"LPOS l c COUNT 0 MAXLEN 1 RANK -1", "[7]"},
          {"LPOS l x", "nil"},
          {"LPOS l x COUNT 2", "[]"},
          {"LPOS l 2", "4"},
          {"LPOS none x COUNT 1", "[]"},
          {"LPOS none x", "nil"},
          {"LPOS l c COUNT -1", "-ERR COUNT can't be negative"},
          {"LPOS l c RANK", kSyntax}});
}

TEST_F(Lists, MovesBetweenLists) {
  expect({{"RPUSH a 1 2 3", "3"},
          {"LMOVE a b LEFT RIGHT", "\"1\""},
          {"LMOVE a b RIGHT LEFT", "\"3\""},
          {"LRANGE b 0 -1", R"(["3", "1"])"},
          {"RPOPLPUSH a b", "\"2\""},
          {"EXISTS a", "0"},
          {"RPOPLPUSH a b", "nil"},
          {"LMOVE b b LEFT RIGHT", "\"2\""},
          {"LRANGE b 0 -1", R"(["3", "1", "2"])"},
          {"SET s v", "OK"},
          {"LMOVE b s LEFT LEFT", kWrongType},
          {"LMOVE none s LEFT LEFT", "nil"},
          {"LMOVE b b UP LEFT", kSyntax},
          {"RPUSH one x", "1"},
          {"LMOVE one one LEFT LEFT", "\"x\""},
          {"LRANGE one 0 -1", R"(["x"])"}});
}

TEST_F(Lists, MovesSeveralAtOnce) {
  expect({{"RPUSH a 1 2 3 4 5", "5"},
          {"LMOVEM a b LEFT LEFT COUNT 2 OBO", R"(["2", "1"])"},
          {"LMOVEM a b RIGHT RIGHT COUNT 2 BULK", R"(["4", "5"])"},
          {"LRANGE b 0 -1", R"(["2", "1", "4", "5"])"},
          {"LMOVEM a b LEFT RIGHT EXACTLY 2 BULK", "nil"},
          {"LMOVEM a b LEFT RIGHT", R"(["3"])"},
          {"EXISTS a", "0"},
          {"LMOVEM a b LEFT RIGHT COUNT 5 OBO", "nil"},
          {"LMOVEM b b LEFT LEFT COUNT 2 OBO", R"(["1", "2"])"},
          {"LMOVEM b b LEFT RIGHT COUNT 100 BULK", R"(["1", "2", "4", "5", "3"])"},
          {"LMOVEM b b LEFT RIGHT COUNT 0 BULK", "-ERR count should be greater than 0"},
          {"LMOVEM b b LEFT RIGHT COUNT 1", kSyntax},
          {"LMOVEM b b LEFT RIGHT SOME 1 OBO", kSyntax},
          {"LMOVEM b b LEFT RIGHT COUNT 1 NONE", kSyntax}});
}

TEST_F(Lists, PopsFromTheFirstListThatIsThere) {
  expect({{"RPUSH l a b c", "3"},
          {"LMPOP 2 none l LEFT", R"(["l", ["a"]])"},
          {"LMPOP 1 l RIGHT COUNT 9", R"(["l", ["c", "b"]])"},
          {"LMPOP 1 l LEFT", "nil"},
          {"LMPOP 0 l LEFT", "-ERR numkeys should be greater than 0"},
          {"LMPOP 1 l LEFT COUNT 0", "-ERR count should be greater than 0"},
          {"LMPOP 2 l LEFT", kSyntax},
          {"LMPOP 1 l LEFT COUNT 1 COUNT 2", kSyntax},
          {"SET s v", "OK"},
          {"LMPOP 2 s l LEFT", kWrongType}});
}

TEST_F(Lists, KeepTheirDeadline) {
  expect({{"RPUSH l a b", "2"}, {"PEXPIRE l 5000", "1"}, {"RPUSH l c", "3"}, {"LPOP l", "\"a\""}});
  EXPECT_EQ(ttl_ms("l"), 5000);
  for (int i = 0; i < 200; ++i) call("RPUSH l some-longer-text");
  EXPECT_EQ(ttl_ms("l"), 5000);
  call("LTRIM l 0 1");
  EXPECT_EQ(ttl_ms("l"), 5000);
}

TEST_F(Lists, EncodingFollowsTheSetting) {
  settings_.list_max_listpack_size = 3;
  expect({{"RPUSH l a b c", "3"}});
  EXPECT_EQ(encoding("l"), "listpack");
  expect({{"RPUSH l d", "4"}});
  EXPECT_EQ(encoding("l"), "quicklist");
  expect({{"LPOP l", "\"a\""}, {"LPOP l", "\"b\""}});
  EXPECT_EQ(encoding("l"), "quicklist");
  expect({{"LPOP l", "\"c\""}});
  EXPECT_EQ(encoding("l"), "listpack");
}

TEST_F(Lists, TellsEachChangeOnce) {
  expect({{"RPUSH l a b c", "3"}, {"LSET l 0 x", "OK"}, {"LMOVE l m LEFT LEFT", "\"x\""}});
  EXPECT_EQ(take_changes(), 3u);
  expect({{"LPOP m", "\"x\""}, {"LREM l 0 none", "0"}, {"LINSERT l BEFORE none x", "-1"}});
  EXPECT_EQ(take_changes(), 1u);  // that the key is gone follows
}

}  // namespace
}  // namespace larder::families
