#include "fixture.h"

namespace larder::families {
namespace {

using StringsMany = FamiliesTest;

TEST_F(StringsMany, MsetAndMget) {
  expect({{"MSET a 1 b two", "OK"},
          {"MGET a none b a", "[\"1\", nil, \"two\", \"1\"]"},
          {"MSET x 1 x 2", "OK"},
          {"GET x", "\"2\""}});
  EXPECT_EQ(take_changes(), 4u);
}

TEST_F(StringsMany, MoreKeysThanAreFetchedAtOnce) {
  std::vector<std::string> set{"MSET"};
  std::vector<std::string> get{"MGET"};
  std::string expected = "[";
  for (int i = 0; i < 100; ++i) {
    set.push_back("key" + std::to_string(i));
    set.push_back("value" + std::to_string(i));
    get.push_back("key" + std::to_string(i));
    expected += (i == 0 ? "\"value" : ", \"value") + std::to_string(i) + '"';
  }
  EXPECT_EQ(run(set), "OK");
  EXPECT_EQ(run(get), expected + "]");
}

TEST_F(StringsMany, MsetWantsPairs) {
  expect({{"MSET a 1 b", "-ERR wrong number of arguments for 'mset' command"},
          {"MSETNX a 1 b", "-ERR wrong number of arguments for 'msetnx' command"},
          {"MSET a", "wrong arity"},
          {"GET a", "nil"}});
}

TEST_F(StringsMany, MsetDiscardsTtls) {
  expect({{"SET a 1 EX 5", "OK"}, {"MSET a 2 b 3", "OK"}});
  EXPECT_EQ(ttl_ms("a"), -1);
}

TEST_F(StringsMany, MsetnxIsAllOrNothing) {
  expect({{"SET b x", "OK"},
          {"MSETNX a 1 b 2", "0"},
          {"GET a", "nil"},
          {"MSETNX a 1 c 2 a 3", "1"},
          {"GET a", "\"3\""}});
}

TEST_F(StringsMany, MsetexGivesAllOneTtl) {
  expect({{"MSETEX 2 a 1 b 2 EX 5", "1"},
          {"MSETEX 1 c 3", "1"},
          {"MGET a b c", "[\"1\", \"2\", \"3\"]"}});
  EXPECT_EQ(ttl_ms("a"), 5'000);
  EXPECT_EQ(ttl_ms("b"), 5'000);
  EXPECT_EQ(ttl_ms("c"), -1);
  expect({{"MSETEX 2 a x d y KEEPTTL", "1"}});
  EXPECT_EQ(ttl_ms("a"), 5'000);
  EXPECT_EQ(ttl_ms("d"), -1);
  expect({{"MSETEX 2 a x d y PXAT 1", "1"}, {"MGET a d", "[nil, nil]"}});
}

TEST_F(StringsMany, MsetexConditionsAreOnAllKeys) {
  expect({{"SET a 1", "OK"},
          {"MSETEX 2 a x b y NX", "0"},
          {"MSETEX 2 a x b y XX EX 5", "0"},
          {"MGET a b", "[\"1\", nil]"},
          {"MSETEX 1 a x XX PX 7", "1"},
          {"MSETEX 2 c x d y EX 3 nx", "1"}});
  EXPECT_EQ(ttl_ms("a"), 7);
}

TEST_F(StringsMany, MsetexErrors) {
  constexpr auto kSyntax = "-ERR syntax error";
  expect({{"MSETEX a 1 EX 10", "-ERR invalid numkeys value"},
          {"MSETEX 0 a 1", "-ERR invalid numkeys value"},
          {"MSETEX 2147483648 a 1", "-ERR invalid numkeys value"},
          {"MSETEX 2147483647 a 1", "-ERR wrong number of key-value pairs"},
          {"MSETEX 2 a 1 b", "-ERR wrong number of key-value pairs"},
          {"MSETEX 1 a 1 FOO", kSyntax},
          {"MSETEX 1 a 1 NX XX", kSyntax},
          {"MSETEX 1 a 1 EX 10 PX 5", kSyntax},
          {"MSETEX 1 a 1 KEEPTTL EX 10", kSyntax},
          {"MSETEX 1 a 1 EX", kSyntax},
          {"MSETEX 1 a 1 EX 0", "-ERR invalid expire time in 'msetex' command"},
          {"GET a", "nil"}});
}

}  // namespace
}  // namespace larder::families
