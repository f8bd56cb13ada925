// Parts of the keyspace: which keys belong to one, and that their sizes add up whatever happens.
#include "keyspace/parts.h"

#include <gtest/gtest.h>

#include <memory>

#include "fixture.h"
#include "value/list.h"

namespace larder::keyspace {
namespace {

PartRules rules(std::string name, std::string prefix, std::optional<int> database = {}) {
  PartRules made;
  made.name = std::move(name);
  made.prefix = std::move(prefix);
  made.database = database;
  return made;
}

class PartsTest : public KeyspaceTest {
 protected:
  const Part& part(std::size_t index) { return keyspace.parts()->all()[index]; }

  void count_all() {
    while (!keyspace.are_parts_counted()) keyspace.work(1000);
  }
  void expect_equal_to_a_recount() {
    const auto recounted = keyspace.recount_parts();
    for (const auto& each : keyspace.parts()->all()) {
      EXPECT_EQ(each.size, recounted[each.index]) << each.rules.name;
    }
  }
};

TEST_F(PartsTest, LongestPrefixTakesTheKey) {
  keyspace.set_parts({rules("a", "a"), rules("ab", "ab"), rules("b", "b"), rules("abc", "abc")});
  const auto name_of = [&](std::string_view key) {
    const auto* found = db.part_of(key);
    return found == nullptr ? std::string("-") : found->rules.name;
  };
  EXPECT_EQ(name_of("abcd"), "abc");
  EXPECT_EQ(name_of("abd"), "ab");
  EXPECT_EQ(name_of("a"), "a");
  EXPECT_EQ(name_of("bcd"), "b");
  EXPECT_EQ(name_of("c"), "-");
  EXPECT_EQ(name_of(""), "-");
}

TEST_F(PartsTest, DatabaseGoesBeforeAllDatabases) {
  keyspace.set_parts({rules("everywhere", "x"), rules("one", "x", 1), rules("rest", "", 1)});
  EXPECT_EQ(keyspace.database(0).part_of("x1")->rules.name, "everywhere");
  EXPECT_EQ(keyspace.database(1).part_of("x1")->rules.name, "one");
  EXPECT_EQ(keyspace.database(1).part_of("y")->rules.name, "rest");
  EXPECT_EQ(keyspace.database(0).part_of("y"), nullptr);
}

TEST_F(PartsTest, SizesFollowEveryChange) {
  keyspace.set_parts({rules("p", "p:"), rules("q", "q:")});
  const std::string large(5000, 'v');
  const std::string long_name = "p:" + std::string(600, 'k');
  base::Random random(5);
  for (int i = 0; i < 20'000; ++i) {
    const auto name = numbered(random.below(2) == 0 ? "p:" : "q:", random.below(50));
    const auto deadline = random.below(3) == 0 ? kStart + 1 + random.below(1000) : kNever;
    switch (random.below(9)) {
      case 0:
        set(name, "12", deadline);
        break;
      case 1:
        set(name, std::string(random.below(1500), 'x'), deadline);
        break;
      case 2:
        db.erase(key(name));
        break;
      case 3:
        if (auto entry = db.find(key(name)); entry && entry.type() == Type::string) {
          db.resize_string(entry, random.below(3000));
        }
        break;
      case 4:
        if (auto entry = db.find(key(name))) db.set_deadline(entry, deadline);
        break;
      case 5:
        if (const auto entry = db.find(key(name))) {
          db.move_to(entry, keyspace.database(static_cast<int>(random.below(2))), key("q:moved"));
        }
        break;
      case 6:
        if (const auto entry = db.find(key(name))) db.copy_to(entry, db, key(long_name));
        break;
      case 7: {
        db.erase(key(name));
        auto entry = db.create(key(name), Type::list, deadline);
        EntryCell cell(db, entry);
        value::List list(cell, value::ListLimits(-2));
        for (std::uint64_t n = random.below(200); n != 0; --n) {
          list.push(value::End::back, "some element");
        }
        db.count_change(name);
        break;
      }
      default:
        set(name, large, deadline);
    }
    if (i % 5000 == 4999) pass(2000);
  }
  EXPECT_GT(part(0).size.keys, 10);
  EXPECT_GT(part(0).counters.expired, 0U);
  expect_equal_to_a_recount();
  keyspace.clear(false);
  EXPECT_EQ(part(0).size, PartSize{});
  EXPECT_EQ(part(1).size, PartSize{});
}

TEST_F(PartsTest, WhatWasThereIsCountedWhileItChanges) {
  for (int i = 0; i < 20'000; ++i) set(numbered("p:", static_cast<std::uint64_t>(i)), "value");
  keyspace.set_parts({rules("p", "p:")});
  EXPECT_EQ(part(0).size.keys, 0);
  for (std::uint64_t i = 0; !keyspace.are_parts_counted(); ++i) {
    keyspace.work(1);
    db.erase(key(numbered("p:", 2 * i)));
    set(numbered("p:new", i), std::string(100, 'x'));
  }
  EXPECT_GT(part(0).size.keys, 10'000);
  EXPECT_EQ(static_cast<std::size_t>(part(0).size.keys), db.size());
  expect_equal_to_a_recount();
}

TEST_F(PartsTest, SwappedDatabasesKeepTheirSizes) {
  keyspace.set_parts({rules("zero", "", 0), rules("p", "p:", 1)});
  set("a", "1");
  set("p:b", "2");
  EXPECT_EQ(part(0).size.keys, 2);
  keyspace.swap(0, 1);
  count_all();
  EXPECT_EQ(part(0).size.keys, 0);
  EXPECT_EQ(part(1).size.keys, 1);
  expect_equal_to_a_recount();
}

TEST_F(PartsTest, LookUpsAndChangesAreCounted) {
  keyspace.set_parts({rules("p", "p:")});
  db.count_look_up("p:1", true);
  db.count_look_up("p:2", false);
  db.count_look_up("x", false);
  db.count_change("p:1");
  EXPECT_EQ(part(0).counters.hits, 1U);
  EXPECT_EQ(part(0).counters.misses, 1U);
  EXPECT_EQ(part(0).counters.written, 1U);
}

}  // namespace
}  // namespace larder::keyspace
