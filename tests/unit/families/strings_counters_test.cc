#include "fixture.h"

namespace larder::families {
namespace {

using StringsCounters = FamiliesTest;

constexpr auto kNotInteger = "-ERR value is not an integer or out of range";
constexpr auto kOverflow = "-ERR increment or decrement would overflow";

TEST_F(StringsCounters, CountFromZero) {
  expect({{"INCR a", "1"},
          {"INCR a", "2"},
          {"DECR a", "1"},
          {"DECR b", "-1"},
          {"INCRBY c 17179869184", "17179869184"},
          {"DECRBY d 3", "-3"},
          {"GET d", "\"-3\""}});
  EXPECT_EQ(encoding("a"), "int");
}

TEST_F(StringsCounters, KeepTheTtl) {
  expect({{"SET k 1 EX 5", "OK"}, {"INCR k", "2"}, {"INCRBYFLOAT k 0.5", "\"2.5\""}});
  EXPECT_EQ(ttl_ms("k"), 5'000);
}

TEST_F(StringsCounters, TurnTextIntoAnInteger) {
  expect({{"SET k 1", "OK"}, {"APPEND k 2", "2"}, {"INCR k", "13"}});
  EXPECT_EQ(encoding("k"), "int");
}

TEST_F(StringsCounters, RefuseWhatIsNoInteger) {
  run({"SET", "spaces", " 11"});
  expect({{"INCR spaces", kNotInteger},
          {"SET zeros 007", "OK"},
          {"INCR zeros", kNotInteger},
          {"SET float 1.5", "OK"},
          {"DECR float", kNotInteger},
          {"INCRBY k 1.5", kNotInteger},
          {"DECRBY k abc", kNotInteger},
          {"SET big 9223372036854775808", "OK"},
          {"INCR big", kNotInteger}});
}

TEST_F(StringsCounters, RefuseToOverflow) {
  expect({{"SET max 9223372036854775807", "OK"},
          {"INCR max", kOverflow},
          {"INCRBY max -1", "9223372036854775806"},
          {"SET min -9223372036854775808", "OK"},
          {"DECR min", kOverflow},
          {"DECRBY min 1", kOverflow},
          {"DECRBY none -9223372036854775808", "-ERR decrement would overflow"},
          {"INCRBY none -9223372036854775808", "-9223372036854775808"},
          {"GET min", "\"-9223372036854775808\""}});
}

TEST_F(StringsCounters, FloatsPrintSeventeenDigitsWithoutAnExponent) {
  expect({{"INCRBYFLOAT k 1", "\"1\""},
          {"INCRBYFLOAT k 0.25", "\"1.25\""},
          {"INCRBYFLOAT k -1.35", "\"-0.1\""},
          {"GET k", "\"-0.1\""},
          {"SET big 17179869184", "OK"},
          {"INCRBYFLOAT big 1.5", "\"17179869185.5\""},
          {"SET e 3.0e3", "OK"},
          {"INCRBYFLOAT e 200", "\"3200\""},
          {"INCRBYFLOAT tiny 5e-324", "\"0\""},
          {"INCRBYFLOAT zero -0", "\"0\""}});
}

TEST_F(StringsCounters, FloatsStayText) {
  expect({{"INCRBYFLOAT new 2", "\"2\""}, {"SET k 1", "OK"}, {"INCRBYFLOAT k 2", "\"3\""}});
  EXPECT_EQ(encoding("new"), "embstr");
  EXPECT_EQ(encoding("k"), "embstr");
  expect({{"INCR k", "4"}});
  EXPECT_EQ(encoding("k"), "int");
}

TEST_F(StringsCounters, FloatsRefuseInfinityAndWhatIsNone) {
  constexpr auto kNotFloat = "-ERR value is not a valid float";
  constexpr auto kInfinite = "-ERR increment would produce NaN or Infinity";
  run({"SET", "nul", std::string("1\0002", 3)});
  expect({{"INCRBYFLOAT k inf", kInfinite},
          {"INCRBYFLOAT k -inf", kInfinite},
          {"INCRBYFLOAT k nan", kNotFloat},
          {"INCRBYFLOAT k abc", kNotFloat},
          {"INCRBYFLOAT k 1e5000", kNotFloat},
          {"INCRBYFLOAT nul 1", kNotFloat},
          {"SET text abc", "OK"},
          {"INCRBYFLOAT text 1", kNotFloat},
          {"SET max 1e4932", "OK"},
          {"INCRBYFLOAT max 1e4932", kInfinite},
          {"GET k", "nil"}});
}

TEST_F(StringsCounters, TellOneChangeEach) {
  call("INCR k");
  call("INCRBYFLOAT k 1");
  EXPECT_EQ(take_changes(), 2u);
  call("INCRBY k abc");
  EXPECT_EQ(take_changes(), 0u);
}

}  // namespace
}  // namespace larder::families
