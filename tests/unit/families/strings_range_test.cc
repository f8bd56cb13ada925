#include "fixture.h"

namespace larder::families {
namespace {

using StringsRange = FamiliesTest;

TEST_F(StringsRange, GetrangeClipsBothEnds) {
  expect({{"SET k Hello_World", "OK"},
          {"GETRANGE k 0 3", "\"Hell\""},
          {"GETRANGE k 0 -1", "\"Hello_World\""},
          {"GETRANGE k -4 -1", "\"orld\""},
          {"GETRANGE k 5 3", "\"\""},
          {"GETRANGE k 5 5000", "\"_World\""},
          {"GETRANGE k -5000 10000", "\"Hello_World\""},
          {"GETRANGE k 0 -100", "\"H\""},
          {"GETRANGE k 1 -100", "\"\""},
          {"GETRANGE k -100 -99", "\"H\""},
          {"GETRANGE k -100 -101", "\"\""},
          {"GETRANGE k 0 4294967297", "\"Hello_World\""},
          {"SUBSTR k -5 -1", "\"World\""},
          {"GETRANGE none 0 -1", "\"\""},
          {"GETRANGE k a 1", "-ERR value is not an integer or out of range"},
          {"GETRANGE none 0 b", "-ERR value is not an integer or out of range"}});
}

TEST_F(StringsRange, GetrangeOfIntegersAndExtremes) {
  expect({{"SET n 1234", "OK"},
          {"GETRANGE n -3 -1", "\"234\""},
          {"GETRANGE n -9223372036854775808 9223372036854775807", "\"1234\""},
          {"SET e ''", "OK"},
          {"GETRANGE e 0 -1", "\"\""}});
}

TEST_F(StringsRange, SetrangeWritesOverAndPads) {
  expect({{"SET k foo", "OK"},
          {"SETRANGE k 1 b", "3"},
          {"GET k", "\"fbo\""},
          {"SETRANGE k 0 ''", "3"},
          {"SETRANGE k 4 bar", "7"}});
  EXPECT_EQ(call("GET k"), std::string("\"fbo\0bar\"", 9));
  EXPECT_EQ(encoding("k"), "raw");
}

TEST_F(StringsRange, SetrangeOfAMissingKey) {
  expect({{"SETRANGE k 5 ''", "0"}, {"GET k", "nil"}, {"SETRANGE k 1 foo", "4"}});
  EXPECT_EQ(call("GET k"), std::string("\"\0foo\"", 6));
  expect({{"SETRANGE n 0 12", "2"}});
  EXPECT_EQ(encoding("n"), "raw");
}

TEST_F(StringsRange, SetrangeOfAnIntegerLeavesRawText) {
  expect({{"SET n 1234", "OK"}, {"SETRANGE n 0 ''", "4"}});
  EXPECT_EQ(encoding("n"), "int");
  expect({{"SETRANGE n 1 3", "4"}, {"GET n", "\"1334\""}});
  EXPECT_EQ(encoding("n"), "raw");
}

TEST_F(StringsRange, RefusesWhatWouldBeTooLong) {
  constexpr auto kTooLong = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)";
  expect({{"SETRANGE k -1 v", "-ERR offset is out of range"},
          {"SETRANGE k x v", "-ERR value is not an integer or out of range"},
          {"SETRANGE k 536870908 world", kTooLong},
          {"SETRANGE k 9223372036854775807 A", kTooLong}});
  settings_.proto_max_bulk_len = 1024;
  run({"SET", "k", std::string(1000, 'x')});
  EXPECT_EQ(run({"APPEND", "k", std::string(24, 'y')}), "1024");
  EXPECT_EQ(run({"APPEND", "k", "z"}), kTooLong);
  EXPECT_EQ(run({"SETRANGE", "k", "1023", "z"}), "1024");
  EXPECT_EQ(run({"SETRANGE", "k", "1024", "z"}), kTooLong);
}

TEST_F(StringsRange, AppendKeepsTheTtlAndLeavesRawText) {
  expect({{"SET k 1 EX 5", "OK"}, {"APPEND k 2", "2"}, {"GET k", "\"12\""}});
  EXPECT_EQ(encoding("k"), "raw");
  EXPECT_EQ(ttl_ms("k"), 5'000);
}

TEST_F(StringsRange, AppendToAMissingKeyIsASet) {
  expect({{"APPEND n 12", "2"}, {"APPEND s ab", "2"}, {"APPEND e ''", "0"}, {"GET e", "\"\""}});
  EXPECT_EQ(encoding("n"), "int");
  EXPECT_EQ(encoding("s"), "embstr");
}

TEST_F(StringsRange, AppendGrowsPieceByPiece) {
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    const auto piece = std::to_string(i) + ',';
    expected += piece;
    ASSERT_EQ(run({"APPEND", "k", piece}), std::to_string(expected.size()));
  }
  EXPECT_EQ(call("GET k"), '"' + expected + '"');
}

}  // namespace
}  // namespace larder::families
