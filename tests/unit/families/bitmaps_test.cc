#include "fixture.h"

namespace larder::families {
namespace {

using Bitmaps = FamiliesTest;

constexpr auto kBadOffset = "-ERR bit offset is not an integer or out of range";
constexpr auto kSyntax = "-ERR syntax error";
constexpr auto kNotInteger = "-ERR value is not an integer or out of range";

TEST_F(Bitmaps, SetbitGrowsAndAnswersTheOldBit) {
  expect({{"SETBIT k 1 1", "0"},
          {"GET k", "\"@\""},
          {"SETBIT k 1 0", "1"},
          {"SETBIT k 17 1", "0"},
          {"STRLEN k", "3"},
          {"GETBIT k 17", "1"},
          {"GETBIT k 16", "0"},
          {"GETBIT k 1000", "0"},
          {"GETBIT none 5", "0"}});
}

TEST_F(Bitmaps, SetbitOfAnIntegerLeavesRawText) {
  expect({{"SET n 1", "OK"}, {"GETBIT n 2", "1"}, {"SETBIT n 6 1", "0"}, {"GET n", "\"3\""}});
  EXPECT_EQ(encoding("n"), "raw");
}

TEST_F(Bitmaps, SetbitTellsOnlyChanges) {
  call("SETBIT k 0 0");
  EXPECT_EQ(take_changes(), 1u);  // created
  call("SETBIT k 0 0");
  EXPECT_EQ(take_changes(), 0u);
  call("SETBIT k 0 1");
  call("SETBIT k 0 1");
  EXPECT_EQ(take_changes(), 1u);
  call("SETBIT k 90 0");  // longer
  EXPECT_EQ(take_changes(), 1u);
}

TEST_F(Bitmaps, SetbitKeepsTheTtl) {
  expect({{"SET k v EX 5", "OK"}, {"SETBIT k 100 1", "0"}});
  EXPECT_EQ(ttl_ms("k"), 5'000);
}

TEST_F(Bitmaps, PositionsHaveALimit) {
  expect({{"SETBIT k 4294967296 1", kBadOffset},
          {"SETBIT k -1 1", kBadOffset},
          {"SETBIT k abc 2", kBadOffset},
          {"SETBIT k #1 1", kBadOffset},
          {"GETBIT k 4294967296", kBadOffset},
          {"GETBIT k 4294967295", "0"},
          {"SETBIT k 0 2", "-ERR bit is not an integer or out of range"},
          {"SETBIT k 0 ''", "-ERR bit is not an integer or out of range"}});
  settings_.proto_max_bulk_len = 4;
  expect({{"SETBIT k 31 1", "0"}, {"SETBIT k 32 1", kBadOffset}});
}

TEST_F(Bitmaps, BitcountOfRanges) {
  expect({{"SET k foobar", "OK"},
          {"BITCOUNT k", "26"},
          {"BITCOUNT k 0 0", "4"},
          {"BITCOUNT k 1 1", "6"},
          {"BITCOUNT k 1", "22"},
          {"BITCOUNT k -2 1", "0"},
          {"BITCOUNT k -6 -7", "0"},
          {"BITCOUNT k -1000 1000", "26"},
          {"BITCOUNT k 0 -1 BIT", "26"},
          {"BITCOUNT k 5 30 BIT", "17"},
          {"BITCOUNT k 5 30 BYTE", "4"},
          {"BITCOUNT k 5 5 bit", "1"},
          {"BITCOUNT none 0 -1", "0"},
          {"SET e ''", "OK"},
          {"BITCOUNT e", "0"}});
}

TEST_F(Bitmaps, BitcountJudgesArgumentsBeforeTheKey) {
  expect({{"BITCOUNT none 0 1 hello", kSyntax},
          {"BITCOUNT none 0 1 BIT more", kSyntax},
          {"BITCOUNT none a b", kNotInteger},
          {"BITCOUNT none 0 b", kNotInteger}});
}

TEST_F(Bitmaps, BitposOfRanges) {
  run({"SET", "k", std::string("\x00\xff\xf0", 3)});
  expect({{"BITPOS k 1", "8"},
          {"BITPOS k 0 1", "20"},
          {"BITPOS k 1 2", "16"},
          {"BITPOS k 0 1 1", "-1"},
          {"BITPOS k 1 0 0", "-1"},
          {"BITPOS k 1 7 15 BIT", "8"},
          {"BITPOS k 1 7 7 BIT", "-1"},
          {"BITPOS k 0 9 -1 BIT", "20"},
          {"BITPOS k 1 5 3", "-1"},
          {"BITPOS none 0", "0"},
          {"BITPOS none 1", "-1"}});
  run({"SET", "ones", "\xff\xff\xff"});
  expect({{"BITPOS ones 0", "24"},
          {"BITPOS ones 0 0", "24"},
          {"BITPOS ones 0 0 -1", "-1"},
          {"BITPOS ones 0 3", "-1"},
          {"SET e ''", "OK"},
          {"BITPOS e 0", "-1"}});
}

TEST_F(Bitmaps, BitposErrors) {
  expect({{"BITPOS k 2", "-ERR The bit argument must be 1 or 0."},
          {"BITPOS k a", kNotInteger},
          {"BITPOS k 0 1 hello hello2", kSyntax},
          {"BITPOS k 0 0 1 hello", kSyntax},
          {"BITPOS k 0 a b", kNotInteger}});
}

TEST_F(Bitmaps, BitopStoresTheResultRaw) {
  expect({{"SET a 1", "OK"},
          {"SET b 2", "OK"},
          {"BITOP XOR d a b a", "1"},
          {"GET d", "\"2\""},
          {"BITOP OR a a b", "1"},
          {"GET a", "\"3\""}});
  EXPECT_EQ(encoding("d"), "raw");
}

TEST_F(Bitmaps, BitopPadsWithZeros) {
  run({"SET", "a", "\x01\x02\xff\xff"});
  run({"SET", "b", "\x01\x02\xff"});
  call("BITOP AND and a b none");
  EXPECT_EQ(call("GET and"), '"' + std::string(4, '\0') + '"');
  call("BITOP XOR xor a b");
  EXPECT_EQ(call("GET xor"), '"' + std::string("\0\0\0\xff", 4) + '"');
  call("BITOP NOT not b");
  EXPECT_EQ(call("GET not"), "\"\xfe\xfd" + std::string(1, '\0') + '"');
}

TEST_F(Bitmaps, BitopOfSetsOfBits) {
  run({"SET", "x", "\xf0"});
  run({"SET", "y", "\x3c"});
  run({"SET", "z", "\x0f"});
  const std::pair<const char*, char> expected[] = {
      {"DIFF", '\xc0'}, {"DIFF1", '\x0f'}, {"ANDOR", '\x30'}, {"ONE", '\xc3'}};
  for (const auto& [name, byte] : expected) {
    run({"BITOP", name, "d", "x", "y", "z"});
    EXPECT_EQ(call("GET d"), '"' + std::string(1, byte) + '"') << name;
  }
  // A missing X is a row of zeros, not left out.
  call("BITOP DIFF d none y");
  EXPECT_EQ(call("GET d"), '"' + std::string(1, '\0') + '"');
}

TEST_F(Bitmaps, BitopOfNothingRemovesTheTarget) {
  expect({{"SET d v", "OK"}, {"BITOP OR d none1 none2", "0"}, {"GET d", "nil"}});
}

TEST_F(Bitmaps, BitopErrors) {
  expect({{"BITOP NOPE d a", kSyntax},
          {"BITOP NOT d a b", "-ERR BITOP NOT must be called with a single source key."},
          {"BITOP diff d a", "-ERR BITOP DIFF must be called with at least two source keys."},
          {"BITOP DIFF1 d a", "-ERR BITOP DIFF1 must be called with at least two source keys."},
          {"BITOP ANDOR d a", "-ERR BITOP ANDOR must be called with at least two source keys."}});
}

TEST_F(Bitmaps, BitopLooksAtExpiredSources) {
  expect({{"SET a x PX 5", "OK"}, {"SET b y", "OK"}});
  advance_ms(5);
  expect({{"BITOP OR d b a", "1"}, {"GET d", "\"y\""}});
}

}  // namespace
}  // namespace larder::families
