#include "fixture.h"

namespace larder::families {
namespace {

using Bloom = FamiliesTest;

TEST_F(Bloom, AddsAndAsks) {
  expect({{"BF.EXISTS k a", "0"},
          {"BF.MEXISTS k a b", "[0, 0]"},
          {"BF.CARD k", "0"},
          {"BF.ADD k a", "1"},
          {"BF.ADD k a", "0"},
          {"BF.MADD k a b c", "[0, 1, 1]"},
          {"BF.EXISTS k b", "1"},
          {"BF.MEXISTS k a none", "[1, 0]"},
          {"BF.CARD k", "3"},
          {"TYPE k", "MBbloom--"}});
  EXPECT_EQ(encoding("k"), "raw");
}

TEST_F(Bloom, AnswersBooleansInResp3) {
  protocol_ = resp::Protocol::resp3;
  expect({{"BF.ADD k a", "#t"}, {"BF.MADD k a b", "[#f, #t]"}, {"BF.EXISTS k c", "#f"}});
  EXPECT_EQ(call("BF.INFO k CAPACITY"), "{Capacity: 100}");
}

TEST_F(Bloom, ReservesOnce) {
  expect({{"BF.RESERVE k 0.001 100", "OK"},
          {"BF.RESERVE k 0.001 100", "-ERR item exists"},
          {"BF.INFO k CAPACITY", "[100]"},
          {"BF.INFO k FILTERS", "[1]"},
          {"BF.INFO k ITEMS", "[0]"},
          {"BF.INFO k EXPANSION", "[2]"},
          {"BF.INFO k OTHER", "-Invalid information value"},
          {"BF.INFO none", "-ERR not found"}});
  expect({{"BF.RESERVE l 0.1 10 NONSCALING", "OK"}, {"BF.INFO l EXPANSION", "[nil]"}});
  expect({{"BF.RESERVE m 0.1 10 EXPANSION 0", "OK"}, {"BF.INFO m EXPANSION", "[nil]"}});
  expect({{"BF.RESERVE n 0.1 10 EXPANSION 4", "OK"}, {"BF.INFO n EXPANSION", "[4]"}});
}

TEST_F(Bloom, RefusesImpossibleFilters) {
  constexpr auto kRate = "-ERR error rate must be in the range (0.000000, 1.000000)";
  constexpr auto kCapacity = "-ERR capacity must be in the range [1, 1073741824]";
  constexpr auto kExpansion = "-ERR expansion must be in the range [0, 32768]";
  expect({{"BF.RESERVE k x 100", "-ERR bad error rate"},
          {"BF.RESERVE k 0 100", kRate},
          {"BF.RESERVE k 1 100", kRate},
          {"BF.RESERVE k 0.1 x", "-ERR bad capacity"},
          {"BF.RESERVE k 0.1 0", kCapacity},
          {"BF.RESERVE k 0.1 1073741825", kCapacity},
          {"BF.RESERVE k 0.1 1 EXPANSION", "-ERR no expansion"},
          {"BF.RESERVE k 0.1 1 EXPANSION x", "-ERR bad expansion"},
          {"BF.RESERVE k 0.1 1 EXPANSION -1", kExpansion},
          {"BF.RESERVE k 0.1 1 EXPANSION 32769", kExpansion},
          {"BF.RESERVE k 0.1 1 NONSCALING EXPANSION 2", "-Nonscaling filters cannot expand"},
          {"BF.RESERVE k 0.1 1 OTHER", "-ERR syntax error"},
          {"BF.RESERVE k 0.0000001 1073741824", "-ERR Insufficient memory to create filter"},
          {"EXISTS k", "0"}});
  settings_.maxmemory = 1'000;
  expect({{"BF.RESERVE k 0.01 10000", "-ERR Insufficient memory to create filter"}});
}

TEST_F(Bloom, Inserts) {
  expect({{"BF.INSERT k NOCREATE ITEMS a", "-ERR not found"},
          {"BF.INSERT k CAPACITY 3 NONSCALING ITEMS a b c", "[1, 1, 1]"},
          {"BF.INSERT k ITEMS a b c d e", "[0, 0, 0, -ERR non scaling filter is full]"},
          {"BF.ADD k d", "-ERR non scaling filter is full"},
          {"BF.INSERT l ERROR 0.1 EXPANSION 3 CAPACITY 7 ITEMS a", "[1]"},
          {"BF.INFO l CAPACITY", "[7]"},
          {"BF.INSERT l NOCREATE ITEMS b", "[1]"}});
  constexpr auto kArity = "-ERR wrong number of arguments for 'bf.insert' command";
  expect({{"BF.INSERT k NOCREATE ITEMS", kArity},
          {"BF.INSERT k NOCREATE CAPACITY", kArity},
          {"BF.INSERT k CAPACITY 100", kArity},
          {"BF.INSERT k CAPACITY 0.3 ITEMS a", "-Bad capacity"},
          {"BF.INSERT k ERROR 2 ITEMS a", "-Bad error rate"},
          {"BF.INSERT k EXPANSION -1 ITEMS a", "-Bad expansion"},
          {"BF.INSERT k SOMETHING ITEMS a", "-Unknown argument received"}});
}

TEST_F(Bloom, TellsOfChangesOnly) {
  call("BF.ADD k a");
  EXPECT_EQ(take_changes(), 2u);  // made, and added to
  call("BF.ADD k a");
  EXPECT_EQ(take_changes(), 0u);
}

TEST_F(Bloom, OtherTypesAreRefused) {
  constexpr auto kWrong = "-WRONGTYPE Operation against a key holding the wrong kind of value";
  call("SET s v");
  expect({{"BF.ADD s a", kWrong},
          {"BF.MADD s a", kWrong},
          {"BF.EXISTS s a", kWrong},
          {"BF.CARD s", kWrong},
          {"BF.INFO s", kWrong},
          {"BF.RESERVE s 0.1 10", kWrong}});
  call("BF.ADD k a");
  expect({{"GET k", kWrong}, {"APPEND k x", kWrong}});
}

TEST_F(Bloom, IsCopiedAndExpires) {
  call("BF.ADD k a");
  expect({{"COPY k l", "1"}, {"BF.ADD l b", "1"}, {"BF.EXISTS k b", "0"}, {"BF.EXISTS l a", "1"}});
  call("PEXPIRE l 10");
  advance_ms(10);
  expect({{"BF.EXISTS l a", "0"}, {"RENAME k m", "OK"}, {"BF.EXISTS m a", "1"}});
}

}  // namespace
}  // namespace larder::families
