// What commands rely on: one key at a time.
#include <map>

#include "fixture.h"

namespace larder::keyspace {
namespace {

TEST_F(KeyspaceTest, AnEmptyDatabaseAnswersEverything) {
  EXPECT_FALSE(db.find(key("a")));
  EXPECT_FALSE(db.erase(key("a")));
  EXPECT_EQ(db.size(), 0U);
  EXPECT_EQ(db.clear(false), 0U);
  EXPECT_EQ(db.clear(true), 0U);
  EXPECT_EQ(db.scan(0, 10, [](EntryRef) { FAIL(); }), 0U);
  base::Random random(1);
  EXPECT_FALSE(db.random(random));
  db.prefetch_bucket(1);
  db.prefetch_entry(1);
  EXPECT_EQ(keyspace.work(100), Backlog::none);
}

TEST_F(KeyspaceTest, StringsOfAnyLengthAndContentComeBack) {
  for (const std::size_t key_length : {0, 1, 16, 127, 128, 511, 512, 513, 5000}) {
    for (const std::size_t length : {0, 1, 44, 45, 127, 128, 400, 990, 1000, 1024, 1025, 70000}) {
      const std::string name(key_length, '\0');
      const std::string value(length, '\xff');
      for (const auto deadline : {kNever, kStart + 1000, kNever - 1}) {
        const auto entry = db.set_string(key(name), value, deadline);
        EXPECT_EQ(entry.key(), name);
        EXPECT_EQ(entry.deadline(), deadline);
        EXPECT_EQ(entry.length(), length);
        EXPECT_EQ(entry.string_encoding(),
                  length <= 44 ? StringEncoding::embedded : StringEncoding::raw);
        EXPECT_EQ(get(name), value);
      }
    }
  }
  EXPECT_EQ(db.size(), 9U);
  EXPECT_EQ(db.with_deadline(), 9U);
}

TEST_F(KeyspaceTest, CanonicalIntegersAreKeptAsIntegers) {
  for (const auto* text : {"0", "-1", "127", "128", "-128", "-129", "32767", "65536",
                           "549755813888", "9223372036854775807", "-9223372036854775808"}) {
    const auto entry = db.set_string(key("n"), text, kNever);
    EXPECT_EQ(entry.string_encoding(), StringEncoding::integer) << text;
    EXPECT_EQ(std::to_string(*entry.integer()), text);
    EXPECT_EQ(get("n"), text);
    EXPECT_EQ(entry.length(), std::string_view(text).size());
  }
  for (const auto* text : {"", "+1", "01", "-0", " 1", "9223372036854775808", "1.0"}) {
    const auto entry = db.set_string(key("n"), text, kNever);
    EXPECT_EQ(entry.string_encoding(), StringEncoding::embedded) << text;
    EXPECT_FALSE(entry.integer());
    EXPECT_EQ(get("n"), text);
  }
}

TEST_F(KeyspaceTest, UpdatesKeepTheDeadline) {
  auto entry = db.set_integer(key("n"), 1, kStart + 5000);
  db.update_integer(entry, 1'000'000'000'000'000);
  EXPECT_EQ(get("n"), "1000000000000000");
  db.update_string(entry, "10");
  EXPECT_EQ(entry.string_encoding(), StringEncoding::embedded);
  EXPECT_EQ(get("n"), "10");
  db.update_string(entry, std::string(3000, 'x'));
  EXPECT_EQ(get("n"), std::string(3000, 'x'));
  db.update_integer(entry, -5);
  EXPECT_EQ(get("n"), "-5");
  EXPECT_EQ(entry.deadline(), kStart + 5000);
  EXPECT_EQ(keyspace.memory().large_strings, 0U);
}

TEST_F(KeyspaceTest, ResizingKeepsBytesAndClearsNewOnes) {
  set("s", "12345");
  auto entry = db.find(key("s"));
  std::string expected = "12345";
  for (const std::size_t length :
       {5, 6, 40, 127, 128, 129, 600, 1200, 1300, 100'000, 90'000, 700, 100, 3, 0, 8}) {
    char* bytes = db.resize_string(entry, length);
    expected.resize(length, '\0');
    EXPECT_EQ(std::string_view(bytes, length), expected);
    EXPECT_EQ(entry.string_encoding(), StringEncoding::raw);
    EXPECT_EQ(get("s"), expected);
    for (std::size_t i = 0; i < length; ++i) bytes[i] = expected[i] = static_cast<char>(i * 7);
  }
  EXPECT_EQ(keyspace.memory().large_strings, 0U);
}

TEST_F(KeyspaceTest, DeadlinesComeAndGo) {
  for (const std::size_t length : {3, 40, 990, 996, 1001, 1010, 5000}) {
    const std::string value(length, 'v');
    set("k", value);
    auto entry = db.find(key("k"));
    for (const auto deadline : {kStart + 1, kStart + 2, kNever - 1, Deadline{kStart + 3}, kNever}) {
      db.set_deadline(entry, deadline);
      EXPECT_EQ(entry.deadline(), deadline);
      EXPECT_EQ(db.find(key("k")).deadline(), deadline);
      EXPECT_EQ(get("k"), value);
      EXPECT_EQ(db.with_deadline(), deadline == kNever ? 0U : 1U);
    }
  }
}

TEST_F(KeyspaceTest, MovesAndCopiesBetweenDatabases) {
  auto& other = keyspace.database(1);
  for (const auto& value : {std::string("5"), std::string("text"), std::string(5000, 'x')}) {
    for (const auto& name : {std::string("k"), std::string(600, 'k')}) {
      db.set_string(key(name), value, kStart + 50);
      other.set_string(key("target"), std::string(2000, 'o'), kNever);
      db.copy_to(db.find(key(name)), other, key("target"));
      EXPECT_EQ(get(name), value);
      EXPECT_EQ(get("target", &other), value);
      EXPECT_EQ(other.find(key("target")).deadline(), kStart + 50);
      db.move_to(db.find(key(name)), db, key("renamed"));
      EXPECT_FALSE(get(name));
      EXPECT_EQ(get("renamed"), value);
      db.move_to(db.find(key("renamed")), other, key(name));
      EXPECT_EQ(get(name, &other), value);
      EXPECT_EQ(db.size(), 0U);
      db.set_string(key("same"), value, kNever);
      db.move_to(db.find(key("same")), db, key("same"));
      db.copy_to(db.find(key("same")), db, key("same"));
      EXPECT_EQ(get("same"), value);
      keyspace.clear(false);
      EXPECT_EQ(keyspace.memory().large_strings, 0U);
    }
  }
}

TEST_F(KeyspaceTest, AMoveKeepsMetadataOfUse) {
  set("k", "v");
  keyspace.set_now(kStart + 100'000);
  db.move_to(db.find(key("k"), Touch::no), db, key("l"));
  EXPECT_EQ(db.find(key("l"), Touch::no).idle_seconds(), 100U);
}

TEST_F(KeyspaceTest, SwapsDatabases) {
  auto& other = keyspace.database(2);
  set("a", "1");
  other.set_string(key("b"), "2", kNever);
  keyspace.swap(0, 2);
  EXPECT_EQ(get("b"), "2");
  EXPECT_EQ(get("a", &other), "1");
  EXPECT_FALSE(get("a"));
  EXPECT_EQ(db.index(), 0);
}

TEST_F(KeyspaceTest, IdleTimeCountsFromTheLastUse) {
  set("k", "v");
  EXPECT_EQ(db.find(key("k"), Touch::no).idle_seconds(), 0U);
  keyspace.set_now(kStart + 5'000);
  EXPECT_EQ(db.find(key("k"), Touch::no).idle_seconds(), 5U);
  EXPECT_EQ(db.find(key("k")).idle_seconds(), 0U);
  pass(50 * 3'600'000LL / 100);  // half an hour
  keyspace.set_now(keyspace.now() + 4 * 3'600'000);
  EXPECT_GT(db.find(key("k"), Touch::no).idle_seconds(), 4U * 3600);
}

TEST_F(KeyspaceTest, IdleTimeSaturates) {
  set("k", "v");
  for (int hour = 0; hour < 100; ++hour) {
    keyspace.set_now(keyspace.now() + 3'600'001);
    keyspace.work(1000);
  }
  EXPECT_GE(db.find(key("k"), Touch::no).idle_seconds(), 110'000U);
}

TEST_F(KeyspaceTest, FrequencyGrowsWithUse) {
  set("k", "v");
  const auto before = db.find(key("k"), Touch::no).frequency();
  for (int i = 0; i < 10'000; ++i) db.find(key("k"));
  EXPECT_GT(db.find(key("k"), Touch::no).frequency(), before + 20);
}

TEST_F(KeyspaceTest, RandomKeysAreAboutUniform) {
  constexpr int kKeys = 100;
  for (int i = 0; i < kKeys; ++i) set(numbered("k", static_cast<std::uint64_t>(i)), "v");
  base::Random random(3);
  std::map<std::string, int> seen;
  for (int i = 0; i < kKeys * 200; ++i) ++seen[std::string(db.random(random).key())];
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kKeys));
  for (const auto& [name, times] : seen) EXPECT_NEAR(times, 200, 100) << name;
}

TEST_F(KeyspaceTest, ClearingFreesTheMemory) {
  for (const bool asynchronous : {false, true}) {
    for (std::uint64_t i = 0; i < 20'000; ++i)
      set(numbered("k", i), i % 100 == 0 ? std::string(3000, 'x') : "v");
    EXPECT_EQ(keyspace.clear(asynchronous), 20'000U);
    EXPECT_EQ(db.size(), 0U);
    EXPECT_FALSE(get("k1"));
    const auto memory = keyspace.memory();
    EXPECT_EQ(memory.entries + memory.tables + memory.large_strings, 0U);
  }
  while (keyspace.lazyfree_pending_objects() != 0) {
  }
  EXPECT_EQ(keyspace.lazyfreed_objects(), 20'000U);
  for (int i = 0; i < 100; ++i) keyspace.work(1000);
  EXPECT_LE(keyspace.memory().regions, 2U << 20);
}

TEST_F(KeyspaceTest, CompactionGivesBackWhatScatteredKeysHeld) {
  constexpr std::uint64_t kKeys = 50'000;
  for (std::uint64_t i = 0; i < kKeys; ++i) set(numbered("k", i), std::string(40, 'v'));
  const auto held = keyspace.memory().regions;
  for (std::uint64_t i = 0; i < kKeys; ++i) {
    if (i % 16 != 0) db.erase(key(numbered("k", i)));
  }
  for (int i = 0; i < 2000; ++i) {
    keyspace.work(1000);
    if (i % 4 == 0) db.erase(key(numbered("k", static_cast<std::uint64_t>(i) * 4)));
    if (i % 4 == 1) set(numbered("new", static_cast<std::uint64_t>(i)), std::string(40, 'n'));
  }
  EXPECT_LT(keyspace.memory().regions, held / 2);
  for (std::uint64_t i = 8'000; i < kKeys; i += 16) {
    EXPECT_EQ(get(numbered("k", i)), std::string(40, 'v'));
  }
}

TEST_F(KeyspaceTest, AnEntryKnowsItsMemory) {
  const auto small =
      db.set_string(key("0123456789abcdef"), std::string(32, 'v'), kNever).memory_bytes();
  EXPECT_GE(small, 56U);
  EXPECT_GE(
      db.set_string(key("0123456789abcdef"), std::string(100'000, 'v'), kNever).memory_bytes(),
      100'000U);
}

TEST_F(KeyspaceTest, AReservedTableHoldsAllKeysAndMayBeGivenBack) {
  for (const std::size_t reserved : {0U, 1U, 5U, 600U, 20'000U, 100'000U}) {
    keyspace.clear(false);
    db.reserve(reserved);
    for (std::uint64_t i = 0; i < 20'000; ++i) set(numbered("k", i), numbered("v", i));
    db.shrink();
    ASSERT_EQ(db.size(), 20'000U);
    for (std::uint64_t i = 0; i < 20'000; ++i) ASSERT_EQ(get(numbered("k", i)), numbered("v", i));
    EXPECT_LT(keyspace.memory().tables, 20'000U * 20) << reserved;
    std::size_t seen = 0;
    db.for_each([&](EntryRef) { ++seen; });
    EXPECT_EQ(seen, 20'000U);
    for (std::uint64_t i = 0; i < 20'000; ++i) ASSERT_TRUE(db.erase(key(numbered("k", i))));
    EXPECT_LT(keyspace.memory().tables, 4096U);
  }
}

TEST_F(KeyspaceTest, NothingIsReservedWhereThereAreKeys) {
  set("a", "1");
  const auto before = keyspace.memory().tables;
  db.reserve(1'000'000);
  EXPECT_EQ(keyspace.memory().tables, before);
  EXPECT_EQ(get("a"), "1");
}

TEST_F(KeyspaceTest, FewKeysInATableForManyAreKept) {
  db.reserve(1'000'000);
  for (std::uint64_t i = 0; i < 100'000; ++i) set(numbered("k", i), "v");
  db.shrink();
  EXPECT_LT(keyspace.memory().tables, 100'000U * 16);
  EXPECT_EQ(db.size(), 100'000U);
  for (std::uint64_t i = 0; i < 100'000; ++i) ASSERT_EQ(get(numbered("k", i)), "v");
  for (std::uint64_t i = 0; i < 100'000; ++i) ASSERT_TRUE(db.erase(key(numbered("k", i))));
  EXPECT_LT(keyspace.memory().tables, 4096U);
}

TEST_F(KeyspaceTest, AnEmptyTableThatWasReservedGoes) {
  db.reserve(1'000'000);
  EXPECT_GT(keyspace.memory().tables, 5'000'000U);
  db.shrink();
  EXPECT_LT(keyspace.memory().tables, 4096U);
}

}  // namespace
}  // namespace larder::keyspace
