#include <algorithm>
#include <set>

#include "fixture.h"

namespace larder::families {
namespace {

// The transcripts under tests/conformance/set show what each command answers; here is what they
// cannot: larger sets, changes told, chance.
class SetsTest : public FamiliesTest {
 protected:
  // Adds `count` members that begin with `prefix`; without one these are integers.
  void fill(const std::string& key, const std::string& prefix, int count, int from = 0) {
    std::vector<std::string> words = {"SADD", key};
    for (int i = from; i < from + count; ++i) words.push_back(prefix + std::to_string(i));
    EXPECT_EQ(run(words), std::to_string(count));
  }

  // The elements of a reply such as ["a", "b"].
  static std::set<std::string> elements(const std::string& reply) {
    std::set<std::string> found;
    std::size_t count = 0;
    for (auto at = reply.find('"'); at != std::string::npos; ++count) {
      const auto end = reply.find('"', at + 1);
      found.insert(reply.substr(at + 1, end - at - 1));
      at = reply.find('"', end + 1);
    }
    EXPECT_EQ(found.size(), count) << "an element comes twice";
    return found;
  }

  std::set<std::string> members(const std::string& key) {
    return elements(call("SMEMBERS " + key));
  }
};

TEST_F(SetsTest, TellsChangesOnce) {
  call("SADD s a b");
  EXPECT_EQ(take_changes(), 1u);
  call("SADD s a b");
  EXPECT_EQ(take_changes(), 0u);
  call("SREM s x");
  EXPECT_EQ(take_changes(), 0u);
  call("SMOVE s t a");
  EXPECT_EQ(take_changes(), 2u);
  call("SREM s b");  // the key goes with it
  EXPECT_EQ(take_changes(), 1u);
  call("SUNIONSTORE u t none");
  EXPECT_EQ(take_changes(), 1u);
  call("SINTERSTORE u t none");
  EXPECT_EQ(take_changes(), 1u);
  call("SINTERSTORE u t none");
  EXPECT_EQ(take_changes(), 0u);
  call("SPOP t");
  EXPECT_EQ(take_changes(), 1u);
}

TEST_F(SetsTest, ASetGoesWithItsLastMember) {
  for (const int count : {1, 100, 1000}) {
    fill("s", "m", count);
    for (int i = 0; i < count; ++i) EXPECT_EQ(call("SREM s m" + std::to_string(i)), "1");
    EXPECT_FALSE(entry("s"));
  }
}

TEST_F(SetsTest, StoredResultsAreNamedByTheirMembers) {
  fill("i", "", 600);
  fill("j", "", 600, 400);
  EXPECT_EQ(encoding("i"), "hashtable");
  expect({{"SINTERSTORE d i j", "200"}});
  EXPECT_EQ(encoding("d"), "intset");
  expect({{"SDIFFSTORE d i j", "400"}});
  EXPECT_EQ(encoding("d"), "intset");
  expect({{"SUNIONSTORE d i j", "1000"}});
  EXPECT_EQ(encoding("d"), "hashtable");
  fill("t", "m", 100);
  expect({{"SUNIONSTORE d t t", "100"}});
  EXPECT_EQ(encoding("d"), "listpack");
}

TEST_F(SetsTest, AWholeScanShowsEveryMemberOnce) {
  for (const auto& [prefix, count] : {std::pair{"m", 5000}, {"", 5000}, {"", 500}, {"m", 20}}) {
    call("DEL s");
    fill("s", prefix, count);
    std::set<std::string> found;
    std::string cursor = "0";
    int calls = 0;
    do {
      const auto reply = call("SSCAN s " + cursor + " COUNT 50");
      cursor = reply.substr(2, reply.find('"', 2) - 2);
      for (const auto& member : elements(reply.substr(reply.find(", ")))) {
        EXPECT_TRUE(found.insert(member).second) << member;
      }
      ++calls;
    } while (cursor != "0");
    EXPECT_EQ(found, members("s"));
    EXPECT_EQ(found.size(), static_cast<std::size_t>(count));
    if (count == 5000) {
      EXPECT_GT(calls, 20);
    }
  }
}

TEST_F(SetsTest, DrawsDifferentMembers) {
  for (const auto& [prefix, count] : {std::pair{"m", 2000}, {"", 500}, {"m", 30}, {"", 30}}) {
    call("DEL s");
    fill("s", prefix, count);
    const auto all = members("s");
    for (const int wanted : {1, 2, 10, count / 2, count - 1, count, count + 10}) {
      const auto drawn = elements(call("SRANDMEMBER s " + std::to_string(wanted)));
      EXPECT_EQ(drawn.size(), static_cast<std::size_t>(std::min(wanted, count)));
      EXPECT_TRUE(std::includes(all.begin(), all.end(), drawn.begin(), drawn.end()));
    }
  }
}

TEST_F(SetsTest, PopsDifferentMembers) {
  for (const auto& [prefix, count] : {std::pair{"m", 2000}, {"", 500}, {"m", 30}, {"", 30}}) {
    for (const int wanted : {1, 2, count / 2, count - 1, count, count + 10}) {
      call("DEL s");
      fill("s", prefix, count);
      const auto all = members("s");
      auto popped = elements(call("SPOP s " + std::to_string(wanted)));
      EXPECT_EQ(popped.size(), static_cast<std::size_t>(std::min(wanted, count)));
      const auto rest = members("s");
      EXPECT_EQ(popped.size() + rest.size(), all.size());
      popped.insert(rest.begin(), rest.end());
      EXPECT_EQ(popped, all);
      EXPECT_EQ(static_cast<bool>(entry("s")), wanted < count);
    }
  }
}

TEST_F(SetsTest, PoppingMostOfALargeSetPacksTheRest) {
  fill("s", "m", 2000);
  call("EXPIRE s 100");
  call("SPOP s 1990");
  EXPECT_EQ(encoding("s"), "listpack");
  EXPECT_EQ(ttl_ms("s"), 100'000);
}

TEST_F(SetsTest, RefusesMoreDrawsThanAReplyHolds) {
  call("SADD s a");
  expect({{"SRANDMEMBER s -9223372036854775807", "-ERR value is out of range"},
          {"SRANDMEMBER s -67108865", "-ERR value is out of range"}});
}

TEST_F(SetsTest, ExpiredSourcesAreEmpty) {
  call("SADD a x y");
  call("SADD b y z");
  call("PEXPIRE b 10");
  advance_ms(20);
  expect({{"SINTER a b", "[]"}, {"SINTERCARD 2 b a", "0"}});
  call("SADD b y z");
  call("PEXPIRE b 10");
  advance_ms(20);
  EXPECT_EQ(elements(call("SUNION a b")), (std::set<std::string>{"x", "y"}));
}

TEST_F(SetsTest, MovesBetweenFormsOfSets) {
  fill("large", "m", 1000);
  fill("small", "", 3);
  expect({{"SMOVE large small m7", "1"},
          {"SMOVE small large 2", "1"},
          {"SISMEMBER large 2", "1"},
          {"SISMEMBER small m7", "1"},
          {"SCARD large", "1000"},
          {"SCARD small", "3"}});
}

}  // namespace
}  // namespace larder::families
