#include <random>

#include "fixture.h"

namespace larder::families {
namespace {

using Bitfield = FamiliesTest;

constexpr auto kBadType =
    "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 "
    "is.";

TEST_F(Bitfield, SetsAndGets) {
  expect({{"BITFIELD k SET i8 0 -100", "[0]"},
          {"BITFIELD k SET i8 0 101 GET i8 0 GET u4 0", "[-100, 101, 6]"},
          {"BITFIELD k SET u8 #1 66 SET u8 #2 67", "[0, 0]"},
          {"GET k", "\"eBC\""},
          {"BITFIELD k GET i64 0 GET u63 1000", "[7296468013572685824, 0]"},
          {"BITFIELD k", "[]"},
          {"BITFIELD none GET u8 0", "[0]"},
          {"GET none", "nil"}});
}

TEST_F(Bitfield, OverflowWrapsSaturatesOrFails) {
  expect({{"BITFIELD k SET u8 0 100 INCRBY u8 0 257", "[0, 101]"},
          {"BITFIELD k OVERFLOW SAT INCRBY u8 0 257", "[255]"},
          {"BITFIELD k OVERFLOW sat INCRBY u8 0 -300", "[0]"},
          {"BITFIELD k OVERFLOW FAIL INCRBY u8 0 -1 GET u8 0", "[nil, 0]"},
          {"BITFIELD k OVERFLOW FAIL SET u8 0 256 OVERFLOW WRAP SET u8 0 257", "[nil, 0]"},
          {"BITFIELD k GET u8 0", "[1]"},
          {"BITFIELD k OVERFLOW SAT SET i8 0 200 GET i8 0", "[1, 127]"},
          {"BITFIELD k SET i8 0 200 GET i8 0", "[127, -56]"},
          {"BITFIELD k OVERFLOW SAT SET u8 0 -1 GET u8 0", "[200, 255]"},
          {"BITFIELD m SET i64 0 9223372036854775807 INCRBY i64 0 1", "[0, -9223372036854775808]"},
          {"BITFIELD m OVERFLOW SAT INCRBY i64 0 -1", "[-9223372036854775808]"}});
}

TEST_F(Bitfield, TellsOnlyChanges) {
  call("BITFIELD k SET i5 0 0");
  EXPECT_EQ(take_changes(), 1u);  // created
  call("BITFIELD k SET i5 0 0");
  EXPECT_EQ(take_changes(), 0u);
  call("BITFIELD k SET i5 0 1 SET i5 10 1");
  EXPECT_EQ(take_changes(), 1u);
  call("BITFIELD k INCRBY i5 0 0");
  EXPECT_EQ(take_changes(), 1u);
  call("BITFIELD k GET i5 0");
  EXPECT_EQ(take_changes(), 0u);
}

TEST_F(Bitfield, Errors) {
  constexpr auto kBadOffset = "-ERR bit offset is not an integer or out of range";
  constexpr auto kSyntax = "-ERR syntax error";
  expect({{"BITFIELD k GET u64 0", kBadType},
          {"BITFIELD k GET i65 0", kBadType},
          {"BITFIELD k GET u0 0", kBadType},
          {"BITFIELD k GET I8 0", kBadType},
          {"BITFIELD k GET '' 0", kBadType},
          {"BITFIELD k GET i 0", kBadType},
          {"BITFIELD k GET i8 -1", kBadOffset},
          {"BITFIELD k GET i8 #-1", kBadOffset},
          {"BITFIELD k GET u8 #536870912", kBadOffset},
          {"BITFIELD k GET u8 #9223372036854775807", kBadOffset},
          {"BITFIELD k GET u8", kSyntax},
          {"BITFIELD k FOO u8 0", kSyntax},
          {"BITFIELD k OVERFLOW", kSyntax},
          {"BITFIELD k OVERFLOW foo", "-ERR Invalid OVERFLOW type specified"},
          {"BITFIELD k SET u8 0 abc", "-ERR value is not an integer or out of range"},
          {"GET k", "nil"}});
}

TEST_F(Bitfield, ReadOnlyVariant) {
  expect({{"SET k a", "OK"},
          {"BITFIELD_RO k GET u8 0 GET i8 0", "[97, 97]"},
          {"BITFIELD_RO k", "[]"},
          {"BITFIELD_RO none", "[]"},
          {"BITFIELD_RO k SET u8 0 1", "-ERR BITFIELD_RO only supports the GET subcommand"},
          {"BITFIELD_RO k SET u8 0 abc", "-ERR value is not an integer or out of range"}});
}

// Fields of every width at every position: what is set is read back, and its neighbours stay as
// they were.
TEST_F(Bitfield, KeepsNeighbours) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 500; ++round) {
    const auto width = 1 + random() % 63;
    const auto offset = random() % 100;
    const auto value = random() & ((std::uint64_t{1} << width) - 1);
    run({"SET", "k", std::string(25, round % 2 == 0 ? '\xff' : '\0')});
    const auto type = "u" + std::to_string(width);
    run({"BITFIELD", "k", "SET", type, std::to_string(offset), std::to_string(value)});
    EXPECT_EQ(run({"BITFIELD", "k", "GET", type, std::to_string(offset)}),
              "[" + std::to_string(value) + "]");
    const auto ones = static_cast<std::uint64_t>(__builtin_popcountll(value));
    const auto outside = round % 2 == 0 ? 200 - width : 0;
    EXPECT_EQ(call("BITCOUNT k"), std::to_string(ones + outside)) << width << " at " << offset;
  }
}

}  // namespace
}  // namespace larder::families
