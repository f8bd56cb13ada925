#include "fixture.h"

namespace larder::families {
namespace {

using Throttle = FamiliesTest;

TEST_F(Throttle, AnswersAsRedisCellDoes) {
  // The example of redis-cell's manual: a burst of 15 beyond the first, 30 in 60 seconds.
  expect({{"CL.THROTTLE user 15 30 60", "[0, 16, 15, -1, 2]"},
          {"CL.THROTTLE user 15 30 60 1", "[0, 16, 14, -1, 4]"},
          {"CL.THROTTLE user 15 30 60 14", "[0, 16, 0, -1, 32]"},
          {"CL.THROTTLE user 15 30 60", "[1, 16, 0, 2, 32]"}});
  advance_ms(1'999);
  expect({{"CL.THROTTLE user 15 30 60", "[1, 16, 0, 1, 31]"}});
  advance_ms(1);
  expect({{"CL.THROTTLE user 15 30 60", "[0, 16, 0, -1, 32]"}});
}

TEST_F(Throttle, MoreThanTheBurstIsNeverAllowed) {
  expect({{"CL.THROTTLE k 2 1 1 4", "[1, 3, 3, -1, 0]"},
          {"CL.THROTTLE k 2 1 1 3", "[0, 3, 0, -1, 3]"},
          {"CL.THROTTLE k 2 1 1 3", "[1, 3, 0, 3, 3]"}});
}

TEST_F(Throttle, AQuantityOfNothingOnlyLooks) {
  expect({{"CL.THROTTLE k 4 1 1 0", "[0, 5, 5, -1, 0]"}, {"EXISTS k", "0"}});
  expect(
      {{"CL.THROTTLE k 4 1 1", "[0, 5, 4, -1, 1]"}, {"CL.THROTTLE k 4 1 1 0", "[0, 5, 4, -1, 1]"}});
}

TEST_F(Throttle, TheKeyGoesWhenNothingIsBooked) {
  call("CL.THROTTLE k 4 10 1");
  EXPECT_EQ(ttl_ms("k"), 100);
  EXPECT_EQ(call("GET k"), "\"" + std::to_string((kStart + 100) * 1'000'000) + "\"");
  advance_ms(100);
  expect({{"EXISTS k", "0"}, {"CL.THROTTLE k 4 10 1", "[0, 5, 4, -1, 1]"}});
}

TEST_F(Throttle, TellsOfChangesOnly) {
  call("CL.THROTTLE k 0 1 10");
  EXPECT_EQ(take_changes(), 1u);
  expect({{"CL.THROTTLE k 0 1 10", "[1, 1, 0, 10, 10]"}});
  EXPECT_EQ(take_changes(), 0u);
}

TEST_F(Throttle, RefusesWhatMakesNoSense) {
  constexpr auto kRange = "-Cell error: Rate, burst or quantity out of range";
  constexpr auto kZero = "-Cell error: Zero rates are not supported";
  expect({{"CL.THROTTLE k 1 1", "wrong arity"},
          {"CL.THROTTLE k 1 1 1 1 1", "-ERR wrong number of arguments for 'cl.throttle' command"},
          {"CL.THROTTLE k x 1 1", "-Cell error: Couldn't parse as integer: x"},
          {"CL.THROTTLE k 1 -1 1", "-Cell error: Out of range: -1"},
          {"CL.THROTTLE k 1 0 1", kZero},
          {"CL.THROTTLE k 1 1 0", kZero},
          {"CL.THROTTLE k 1 2000000000 1", kZero},
          {"CL.THROTTLE k 1 1 9223372036854775807", kRange},
          {"CL.THROTTLE k 9223372036854775807 1 1", kRange},
          {"CL.THROTTLE k 9223372036854775806 1 1", kRange},
          {"CL.THROTTLE k 1 1 1 9223372036854775807", kRange},
          {"EXISTS k", "0"}});
  call("SET k text");
  expect({{"CL.THROTTLE k 1 1 1", "-ERR value is not an integer or out of range"}});
  call("SET k 9223372036854775807");
  expect({{"CL.THROTTLE k 1 1 1", "-ERR value is not an integer or out of range"}});
  call("SET k -9223372036854775808");
  expect({{"CL.THROTTLE k 1 1 1", "-ERR value is not an integer or out of range"}});
}

}  // namespace
}  // namespace larder::families
