// The promise of SCAN: what is there all the time is visited exactly once, whatever happens to the
// table meanwhile.
#include <set>
#include <string>

#include "fixture.h"

namespace larder::keyspace {
namespace {

// A whole walk; `between` is called after each step.
template <class Between>
std::multiset<std::string> walk(Database& db, std::size_t count, Between&& between) {
  std::multiset<std::string> seen;
  std::uint64_t cursor = 0;
  do {
    cursor = db.scan(cursor, count, [&](EntryRef entry) { seen.emplace(entry.key()); });
    EXPECT_LT(cursor, std::uint64_t{1} << 48);
    between();
  } while (cursor != 0);
  return seen;
}

TEST_F(KeyspaceTest, AScanVisitsEveryKeyOnce) {
  for (const std::uint64_t keys : {1, 5, 6, 7, 50, 1000, 20'000}) {
    keyspace.clear(false);
    for (std::uint64_t i = 0; i < keys; ++i) set(numbered("k", i), "v");
    for (const std::size_t count : {1, 3, 10, 1000}) {
      const auto seen = walk(db, count, [] {});
      EXPECT_EQ(seen.size(), keys);
      EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), keys);
    }
  }
}

TEST_F(KeyspaceTest, AScanIsCompleteWhileTheTableGrows) {
  for (std::uint64_t i = 0; i < 3000; ++i) set(numbered("old", i), "v");
  std::uint64_t added = 0;
  const auto seen = walk(db, 10, [&] {
    for (int i = 0; i < 200 && added < 40'000; ++i) set(numbered("new", added++), "v");
  });
  EXPECT_GT(added, 20'000U);
  for (std::uint64_t i = 0; i < 3000; ++i) EXPECT_EQ(seen.count(numbered("old", i)), 1U);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), seen.size());
}

TEST_F(KeyspaceTest, AScanIsCompleteWhileTheTableShrinks) {
  for (std::uint64_t i = 0; i < 50'000; ++i) set(numbered("k", i), "v");
  std::uint64_t erased = 500;
  const auto seen = walk(db, 10, [&] {
    for (int i = 0; i < 100 && erased < 50'000; ++i) db.erase(key(numbered("k", erased++)));
  });
  for (std::uint64_t i = 0; i < 500; ++i) EXPECT_EQ(seen.count(numbered("k", i)), 1U);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), seen.size());
}

TEST_F(KeyspaceTest, AScanTellsOfExpiredKeysWhoAsks) {
  keyspace.set_now(1'000);
  set("lives", "value");
  set("dies", "value", 2'000);
  keyspace.set_now(2'000);
  std::vector<std::string> live;
  std::vector<std::string> expired;
  EXPECT_EQ(db.scan(0, 100, [&](EntryRef entry) { live.emplace_back(entry.key()); }), 0U);
  EXPECT_EQ(db.scan_even_expired(0, 100,
                                 [&](EntryRef entry) {
                                   if (entry.is_expired(2'000)) expired.emplace_back(entry.key());
                                 }),
            0U);
  EXPECT_EQ(live, std::vector<std::string>{"lives"});
  EXPECT_EQ(expired, std::vector<std::string>{"dies"});
  EXPECT_EQ(db.size(), 2U);
}

TEST_F(KeyspaceTest, AnyCursorIsValid) {
  for (std::uint64_t i = 0; i < 5000; ++i) set(numbered("k", i), "v");
  base::Random random(9);
  for (int i = 0; i < 2000; ++i) {
    db.scan(random.next(), 1 + random.below(50), [](EntryRef) {});
  }
  for (const auto cursor : {~std::uint64_t{0}, std::uint64_t{1}, (std::uint64_t{1} << 48) - 1,
                            std::uint64_t{1} << 63}) {
    db.scan(cursor, ~std::size_t{0}, [](EntryRef) {});
  }
}

TEST_F(KeyspaceTest, AnyCursorContinuesToTheEnd) {
  for (std::uint64_t i = 0; i < 500; ++i) set(numbered("k", i), "v");
  base::Random random(10);
  for (int i = 0; i < 100; ++i) {
    auto cursor = random.next() >> 16;
    std::set<std::string> seen;
    int steps = 0;
    do {
      cursor = db.scan(cursor, 3,
                       [&](EntryRef entry) { EXPECT_TRUE(seen.emplace(entry.key()).second); });
      ASSERT_LT(++steps, 2000);
    } while (cursor != 0);
  }
}

}  // namespace
}  // namespace larder::keyspace
