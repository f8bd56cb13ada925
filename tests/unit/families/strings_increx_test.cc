#include "fixture.h"

namespace larder::families {
namespace {

using StringsIncrex = FamiliesTest;

constexpr auto kSyntax = "-ERR syntax error";

TEST_F(StringsIncrex, AddsOneWithoutOptions) {
  expect({{"INCREX k", "[1, 1]"},
          {"INCREX k", "[2, 1]"},
          {"INCREX k BYINT -5", "[-3, -5]"},
          {"INCREX k BYFLOAT 0.25", "[\"-2.75\", \"0.25\"]"},
          {"INCREX k", "-ERR value is not an integer or out of range"}});
}

TEST_F(StringsIncrex, AnswersFloatsAsDoublesInResp3) {
  protocol_ = resp::Protocol::resp3;
  call("INCREX k BYFLOAT 2.5");
  EXPECT_EQ(out_.view(), "*2\r\n,2.5\r\n,2.5\r\n");
  call("INCREX n");
  EXPECT_EQ(out_.view(), "*2\r\n:1\r\n:1\r\n");
}

TEST_F(StringsIncrex, DoesNothingOutOfBounds) {
  expect({{"SET k 10 EX 500", "OK"},
          {"INCREX k BYINT 5 UBOUND 12 EX 9", "[10, 0]"},
          {"INCREX k BYINT -5 LBOUND 8 PERSIST", "[10, 0]"},
          {"INCREX k BYINT 2 LBOUND 0 UBOUND 12", "[12, 2]"},
          {"INCREX k BYINT -12 LBOUND 0", "[0, -12]"},
          {"INCREX none BYINT 15 UBOUND 10", "[0, 0]"},
          {"GET none", "nil"},
          {"SET f 10.0", "OK"},
          {"INCREX f BYFLOAT 10.0 UBOUND 15.5", "[\"10\", \"0\"]"}});
  EXPECT_EQ(ttl_ms("k"), 500'000);
}

TEST_F(StringsIncrex, ComesBackIntoBounds) {
  expect({{"SET k 50", "OK"},
          {"INCREX k BYINT 5 UBOUND 30", "[50, 0]"},
          {"INCREX k BYINT -25 UBOUND 30", "[25, -25]"}});
}

TEST_F(StringsIncrex, SaturatesAtBounds) {
  expect({{"SET k 98", "OK"},
          {"INCREX k BYINT 5 UBOUND 100 SATURATE", "[100, 2]"},
          {"INCREX k BYINT 5 UBOUND 30 SATURATE", "[30, -70]"},
          {"INCREX k BYINT -500 SATURATE LBOUND 0 EX 7", "[0, -30]"},
          {"SET f 10", "OK"},
          {"INCREX f BYFLOAT 100 UBOUND 42.5 SATURATE", "[\"42.5\", \"32.5\"]"},
          {"INCREX new LBOUND 5 SATURATE", "[5, 5]"},
          {"INCREX zero UBOUND 0 SATURATE", "[0, 0]"},
          {"GET zero", "\"0\""}});
  EXPECT_EQ(ttl_ms("k"), 7'000);
}

TEST_F(StringsIncrex, SaturatesAtTheTypesLimits) {
  expect({{"SET k 9223372036854775800", "OK"},
          {"INCREX k BYINT 100", "[9223372036854775800, 0]"},
          {"INCREX k BYINT 100 SATURATE", "[9223372036854775807, 7]"},
          {"INCREX k BYINT 1 SATURATE UBOUND -9223372036854775808",
           "-ERR applied increment would overflow"},
          {"SET k 10", "OK"},
          {"INCREX k BYINT 9223372036854775807 UBOUND 100 SATURATE", "[100, 90]"},
          {"SET k -9223372036854775800", "OK"},
          {"INCREX k BYINT -9223372036854775800 SATURATE", "[-9223372036854775808, -8]"},
          {"SET f 10", "OK"},
          {"INCREX f BYFLOAT 1 LBOUND inf UBOUND inf SATURATE",
           "-ERR applied increment would be Infinity"}});
}

TEST_F(StringsIncrex, ChangesTheTtl) {
  expect({{"INCREX k EX 100", "[1, 1]"}});
  EXPECT_EQ(ttl_ms("k"), 100'000);
  expect({{"INCREX k", "[2, 1]"}});
  EXPECT_EQ(ttl_ms("k"), 100'000);
  expect({{"INCREX k PX 5 ENX", "[3, 1]"}});
  EXPECT_EQ(ttl_ms("k"), 100'000);
  expect({{"INCREX k PERSIST", "[4, 1]"}});
  EXPECT_EQ(ttl_ms("k"), -1);
  expect({{"INCREX k PX 5 ENX", "[5, 1]"}});
  EXPECT_EQ(ttl_ms("k"), 5);
}

TEST_F(StringsIncrex, ATimeThatHasPassedRemovesTheKey) {
  expect({{"SET k 10 EX 500", "OK"},
          {"INCREX k EXAT 1 ENX", "[11, 1]"},
          {"GET k", "\"11\""},
          {"INCREX k EXAT 1", "[12, 1]"},
          {"GET k", "nil"},
          {"INCREX none PXAT 1", "[1, 1]"},
          {"GET none", "nil"}});
}

TEST_F(StringsIncrex, ConditionsOnExistence) {
  expect({{"INCREX k XX", "[0, 0]"},
          {"GET k", "nil"},
          {"INCREX k NX BYINT 3", "[3, 3]"},
          {"INCREX k NX", "[3, 0]"},
          {"INCREX k XX", "[4, 1]"},
          {"INCREX k NX XX", kSyntax}});
}

TEST_F(StringsIncrex, SyntaxErrors) {
  for (const auto* line :
       {"INCREX k FOO", "INCREX k BYINT", "INCREX k BYINT 1 BYFLOAT 1", "INCREX k BYINT 1 BYINT 1",
        "INCREX k LBOUND 0 LBOUND 1", "INCREX k UBOUND", "INCREX k SATURATE SATURATE",
        "INCREX k EX 10 EX 20", "INCREX k EX 10 PX 20", "INCREX k EX 10 PERSIST",
        "INCREX k PERSIST PERSIST", "INCREX k PERSIST ENX", "INCREX k ENX PERSIST",
        "INCREX k ENX ENX EX 10", "INCREX k KEEPTTL"}) {
    EXPECT_EQ(call(line), kSyntax) << line;
  }
  expect({{"INCREX k ENX", "-ERR ENX flag requires an expiration"}});
}

TEST_F(StringsIncrex, JudgesNumbersBeforeTheKey) {
  run({"SET", "text", "hello"});
  expect({{"INCREX k BYINT 1.5", "-ERR Increment is not an integer or out of range"},
          {"INCREX k BYFLOAT abc", "-ERR Increment is not a valid float"},
          {"INCREX k BYFLOAT nan", "-ERR Increment is not a valid float"},
          {"INCREX k BYFLOAT +inf", "-ERR BYFLOAT increment cannot be Infinity"},
          {"INCREX k LBOUND 1.5", "-ERR LBOUND is not an integer or out of range"},
          {"INCREX k UBOUND inf", "-ERR UBOUND is not an integer or out of range"},
          {"INCREX k BYFLOAT 1 LBOUND abc", "-ERR LBOUND is not a valid float"},
          {"INCREX k LBOUND 10 UBOUND 5", "-ERR LBOUND can't be greater than UBOUND"},
          {"INCREX k BYFLOAT 1 UBOUND -inf", "-ERR LBOUND can't be greater than UBOUND"},
          {"INCREX k EX 0", "-ERR invalid expire time in 'increx' command"},
          {"INCREX text BYFLOAT 1", "-ERR value is not a valid float"},
          {"SET inf inf", "OK"},
          {"INCREX inf BYFLOAT 1", "-ERR value cannot be Infinity"}});
}

}  // namespace
}  // namespace larder::families
