// Deadlines of elements, from a hash's fields to the sweep.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "keyspace/keyspace.h"
#include "value/hash.h"
#include "value/set.h"
#include "value/sorted_set.h"

namespace larder::keyspace {
namespace {

class ElementExpiry : public ::testing::Test {
 protected:
  static constexpr base::UnixMs kStart = 1'700'000'000'000;

  ElementExpiry() {
    keyspace_.set_now(kStart);
    keyspace_.on_elements_expired([this](const Keyspace::ExpiredElements& expired) {
      for (const auto& name : expired.names) expired_.push_back(name);
      if (expired.empties_key) emptied_.emplace_back(expired.key);
    });
  }

  void set(std::string_view name, std::string_view field, Deadline deadline, int database = 0,
           std::string_view text = "value") {
    auto& where = keyspace_.database(database);
    const auto key = keyspace_.key(name);
    auto entry = where.find(key);
    if (!entry) entry = where.create(key, Type::hash, kNever);
    EntryCell cell(where, entry);
    const value::HashOptions options{.hasher = keyspace_.hasher(), .now = keyspace_.now()};
    value::Hash(cell, options).set(field, text, deadline);
  }
  // A member of a set or sorted set.
  void add(Type type, std::string_view name, std::string_view member, Deadline deadline) {
    auto& where = keyspace_.database(0);
    const auto key = keyspace_.key(name);
    auto entry = where.find(key);
    if (!entry) entry = where.create(key, type, kNever);
    EntryCell cell(where, entry);
    if (type == Type::set) {
      const value::SetOptions options{.hasher = keyspace_.hasher(), .now = keyspace_.now()};
      value::Set set(cell, options);
      set.add(value::SetMember(member));
      set.set_deadline(value::SetMember(member), deadline);
    } else {
      value::SortedSet set(cell, {128, 64});
      set.add(member, 1);
      set.set_deadline(member, deadline);
    }
  }
  std::size_t fields(std::string_view name, int database = 0) {
    const auto entry = keyspace_.database(database).find(keyspace_.key(name), Touch::no);
    return entry ? value::HashView(entry.packed(), entry.object(), 0).size() : 0;
  }
  void advance_to(base::UnixMs now) { keyspace_.set_now(now); }
  void sweep() {
    for (int i = 0; i < 100 && keyspace_.work(1'000'000) != Backlog::none; ++i) {
    }
  }
  std::size_t indexed(int database = 0) {
    return keyspace_.database(database).with_element_deadlines();
  }

  Keyspace keyspace_{{.databases = 2, .hash_seed = 1, .random_seed = 1}};
  std::vector<std::string> expired_;
  std::vector<std::string> emptied_;
};

TEST_F(ElementExpiry, TheSweepRemovesWhatIsDue) {
  set("k", "a", kStart + 10);
  set("k", "b", kStart + 20);
  set("k", "c", kNever);
  EXPECT_EQ(indexed(), 1U);
  sweep();
  EXPECT_TRUE(expired_.empty());
  advance_to(kStart + 10);
  sweep();
  EXPECT_EQ(expired_, std::vector<std::string>{"a"});
  EXPECT_EQ(keyspace_.counters().expired_elements, 1U);
  EXPECT_EQ(indexed(), 1U);
  advance_to(kStart + 1'000);
  sweep();
  EXPECT_EQ(expired_, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(indexed(), 0U);
  EXPECT_EQ(fields("k"), 1U);
  EXPECT_TRUE(emptied_.empty());
}

TEST_F(ElementExpiry, AKeyGoesWithItsLastElement) {
  set("k", "a", kStart + 10);
  set("k", "b", kStart + 10);
  advance_to(kStart + 10);
  sweep();
  EXPECT_EQ(emptied_, std::vector<std::string>{"k"});
  EXPECT_EQ(keyspace_.database(0).size(), 0U);
  EXPECT_EQ(indexed(), 0U);
}

TEST_F(ElementExpiry, ALookUpRemovesWhatIsDue) {
  set("k", "a", kStart + 10);
  set("k", "b", kNever);
  set("gone", "a", kStart + 10);
  advance_to(kStart + 10);
  EXPECT_EQ(fields("k"), 1U);
  EXPECT_FALSE(keyspace_.database(0).contains(keyspace_.key("gone")));
  EXPECT_EQ(expired_.size(), 2U);
  EXPECT_EQ(indexed(), 0U);
}

TEST_F(ElementExpiry, NothingIsRemovedWhereThatIsForbidden) {
  set("k", "a", kStart + 10);
  keyspace_.set_remove_expired_on_access(false);
  advance_to(kStart + 10);
  sweep();
  EXPECT_EQ(fields("k"), 1U);
  keyspace_.set_remove_expired_on_access(true);
  keyspace_.set_active_expire(false);
  sweep();
  EXPECT_TRUE(expired_.empty());
  keyspace_.set_active_expire(true);
  sweep();
  EXPECT_EQ(expired_.size(), 1U);
}

TEST_F(ElementExpiry, FollowsAKeyThroughCopyMoveAndRemoval) {
  auto& first = keyspace_.database(0);
  auto& second = keyspace_.database(1);
  for (const bool large : {false, true}) {
    set("k", "a", kStart + 10, 0, large ? std::string(2'000, 'v') : "v");
    first.copy_to(first.find(keyspace_.key("k")), second, keyspace_.key("copy"));
    EXPECT_EQ(indexed(0), 1U);
    EXPECT_EQ(indexed(1), 1U);
    first.move_to(first.find(keyspace_.key("k")), second, keyspace_.key("moved"));
    EXPECT_EQ(indexed(0), 0U);
    EXPECT_EQ(indexed(1), 2U);
    second.move_to(second.find(keyspace_.key("moved")), second, keyspace_.key("copy"));
    EXPECT_EQ(indexed(1), 1U);
    second.set_string(keyspace_.key("copy"), "text", kNever);
    EXPECT_EQ(indexed(1), 0U);
    set("k", "a", kStart + 10);
    EXPECT_EQ(indexed(0), 1U);
    first.erase(keyspace_.key("k"));
    EXPECT_EQ(indexed(0), 0U);
    set("k", "a", kStart + 10);
    first.clear(false);
    EXPECT_EQ(indexed(0), 0U);
  }
  advance_to(kStart + 10);
  sweep();
  EXPECT_TRUE(expired_.empty());
}

TEST_F(ElementExpiry, MembersOfSetsAndSortedSetsVanishBySweepAndLookUp) {
  for (const auto type : {Type::set, Type::sorted_set}) {
    const auto size = [&](std::string_view name) -> std::size_t {
      const auto entry = keyspace_.database(0).find(keyspace_.key(name), Touch::no);
      return entry ? entry.object()->element_count() : 0;
    };
    const auto start = keyspace_.now();
    add(type, "swept", "a", start + 10);
    add(type, "swept", "b", start + 20);
    add(type, "swept", "c", kNever);
    add(type, "looked up", "a", start + 10);
    add(type, "looked up", "b", kNever);
    add(type, "gone", "a", start + 10);
    EXPECT_EQ(indexed(), 3U);
    advance_to(start + 10);
    EXPECT_EQ(size("looked up"), 1U);
    EXPECT_EQ(size("gone"), 0U);
    EXPECT_EQ(expired_.size(), 2U);
    sweep();
    EXPECT_EQ(expired_.size(), 3U);
    EXPECT_EQ(emptied_, std::vector<std::string>{"gone"});
    EXPECT_EQ(indexed(), 1U);
    advance_to(start + 20);
    sweep();
    EXPECT_EQ(indexed(), 0U);
    EXPECT_EQ(size("swept"), 1U);
    keyspace_.clear(false);
    expired_.clear();
    emptied_.clear();
  }
}

TEST_F(ElementExpiry, ASortedSetTakesItsDeadlinesAlong) {
  auto& first = keyspace_.database(0);
  auto& second = keyspace_.database(1);
  add(Type::sorted_set, "k", "a", kStart + 10);
  first.copy_to(first.find(keyspace_.key("k")), second, keyspace_.key("copy"));
  EXPECT_EQ(indexed(1), 1U);
  first.move_to(first.find(keyspace_.key("k")), second, keyspace_.key("moved"));
  EXPECT_EQ(indexed(0), 0U);
  EXPECT_EQ(indexed(1), 2U);
  advance_to(kStart + 10);
  sweep();
  EXPECT_EQ(expired_.size(), 2U);
  EXPECT_EQ(second.size(), 0U);
}

TEST_F(ElementExpiry, ManyKeysAndFieldsExpireOnTime) {
  constexpr int kKeys = 300;
  constexpr int kFields = 120;  // some hashes are packed, most are not
  std::size_t total = 0;
  for (int i = 0; i < kKeys; ++i) {
    for (int f = 0; f < 1 + i % kFields; ++f) {
      set(fmt::format("key:{}", i), fmt::format("field:{}", f), kStart + 1 + (i * 7 + f) % 1'000);
      ++total;
    }
  }
  EXPECT_EQ(indexed(), static_cast<std::size_t>(kKeys));
  std::size_t left = total;
  for (int ms = 0; ms <= 1'000; ms += 50) {
    advance_to(kStart + ms);
    sweep();
    std::size_t due = 0;
    for (int i = 0; i < kKeys; ++i) {
      for (int f = 0; f < 1 + i % kFields; ++f) due += 1 + (i * 7 + f) % 1'000 <= ms;
    }
    left = total - due;
    EXPECT_EQ(expired_.size(), due);
  }
  EXPECT_EQ(left, 0U);
  EXPECT_EQ(keyspace_.database(0).size(), 0U);
  EXPECT_EQ(emptied_.size(), static_cast<std::size_t>(kKeys));
}

}  // namespace
}  // namespace larder::keyspace
