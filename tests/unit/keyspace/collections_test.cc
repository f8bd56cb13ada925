// Entries of collections: packed bytes in blocks and objects outside, through everything that moves
// or replaces them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "keyspace/keyspace.h"

namespace larder::keyspace {
namespace {

class TestObject final : public value::Object {
 public:
  TestObject(int number, std::size_t elements, int* alive)
      : number_(number), elements_(elements), alive_(alive) {
    __atomic_add_fetch(alive_, 1, __ATOMIC_SEQ_CST);
  }
  ~TestObject() override { __atomic_sub_fetch(alive_, 1, __ATOMIC_SEQ_CST); }
  std::unique_ptr<Object> clone() const override {
    return std::make_unique<TestObject>(number_, elements_, alive_);
  }
  std::size_t memory_bytes() const noexcept override { return 1000; }
  std::size_t element_count() const noexcept override { return elements_; }
  int number() const noexcept { return number_; }

 private:
  int number_;
  std::size_t elements_;
  int* alive_;
};

class Collections : public ::testing::Test {
 protected:
  Collections() { keyspace_.emplace(Keyspace::Options{.databases = 2, .hash_seed = 1}); }

  Key key(std::string_view name) { return keyspace_->key(name); }
  Database& database(int index = 0) { return keyspace_->database(index); }
  EntryRef find(std::string_view name, int index = 0) {
    return database(index).find(key(name), Touch::no);
  }
  void set_object(std::string_view name, int number, std::size_t elements = 1) {
    auto entry = find(name);
    if (!entry) entry = database().create(key(name), Type::hash, kNever);
    EntryCell cell(database(), entry);
    cell.become(std::make_unique<TestObject>(number, elements, &alive_));
    EXPECT_EQ(cell.object(), entry.object());
  }
  int number(std::string_view name, int index = 0) {
    return static_cast<const TestObject*>(find(name, index).object())->number();
  }

  int alive_ = 0;
  std::optional<Keyspace> keyspace_;
};

TEST_F(Collections, PackedBytesGrowAndShrinkInTheMiddle) {
  auto entry = database().create(key("k"), Type::list, 5'000'000'000'000);
  EntryCell cell(database(), entry);
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    const auto at = expected.empty() ? 0 : static_cast<std::size_t>(i * 7) % expected.size();
    const auto removed = std::min<std::size_t>(i % 5, expected.size() - at);
    const std::string inserted(static_cast<std::size_t>(i % 11), static_cast<char>('a' + i % 26));
    if (!value::Cell::has_room_for(expected.size() - removed + inserted.size())) {
      expected.clear();
      cell.splice(0, cell.packed().size(), 0);
      continue;
    }
    expected.replace(at, removed, inserted);
    inserted.copy(cell.splice(at, removed, inserted.size()), inserted.size());
    ASSERT_EQ(cell.packed(), expected);
    ASSERT_EQ(find("k").packed(), expected);
  }
  EXPECT_EQ(entry.deadline(), 5'000'000'000'000);
  EXPECT_EQ(entry.type(), Type::list);
}

TEST_F(Collections, TheLargestPackedOneFitsBesideTheLongestKey) {
  for (const std::size_t length : {1, 255, 256, 257, 1000}) {
    const std::string name(length, 'k');
    auto entry = database().create(key(name), Type::set, kNever);
    database().set_deadline(entry, 1);
    EntryCell cell(database(), entry);
    std::memset(cell.splice(0, 0, value::kPackedBytesMax), 'x', value::kPackedBytesMax);
    database().set_deadline(entry, kNever);
    EXPECT_EQ(find(name).packed(), std::string(value::kPackedBytesMax, 'x'));
  }
}

TEST_F(Collections, ObjectsMoveAndAreCopiedWithTheirKeys) {
  set_object("a", 1);
  database().copy_to(find("a"), database(1), key("b"));
  database().move_to(find("a"), database(), key("c"));
  EXPECT_EQ(number("b", 1), 1);
  EXPECT_EQ(number("c"), 1);
  EXPECT_FALSE(find("a"));
  EXPECT_EQ(alive_, 2);
  database(1).clear(false);
  EXPECT_EQ(alive_, 1);
}

TEST_F(Collections, WhatReplacesAnObjectFreesIt) {
  set_object("a", 1);
  set_object("a", 2);
  EXPECT_EQ(number("a"), 2);
  EXPECT_EQ(alive_, 1);
  database().set_string(key("a"), "text", kNever);
  EXPECT_EQ(alive_, 0);
  set_object("b", 3);
  value::FreeCell made;
  made.become(std::make_unique<TestObject>(4, 1, &alive_));
  database().put(key("b"), Type::set, std::move(made), kNever);
  EXPECT_EQ(number("b"), 4);
  EXPECT_EQ(find("b").type(), Type::set);
  database().erase(key("b"));
  EXPECT_EQ(alive_, 0);
}

TEST_F(Collections, AnObjectIsPackedAgain) {
  set_object("a", 1);
  auto entry = find("a");
  EntryCell cell(database(), entry);
  std::memcpy(cell.pack(5), "bytes", 5);
  EXPECT_EQ(cell.object(), nullptr);
  EXPECT_EQ(cell.packed(), "bytes");
  EXPECT_EQ(find("a").packed(), "bytes");
  EXPECT_EQ(alive_, 0);
  value::FreeCell apart;
  apart.become(std::make_unique<TestObject>(2, 1, &alive_));
  std::memcpy(apart.pack(3), "abc", 3);
  EXPECT_EQ(apart.packed(), "abc");
  EXPECT_EQ(alive_, 0);
}

TEST_F(Collections, LargeObjectsAreFreedBehindTheScenes) {
  set_object("a", 1, 1'000'000);
  database().erase(key("a"));
  EXPECT_FALSE(find("a"));
  keyspace_.reset();  // waits for the thread
  EXPECT_EQ(alive_, 0);
}

TEST_F(Collections, AKeyspaceFreesItsObjects) {
  set_object("a", 1);
  set_object("b", 2);
  keyspace_.reset();
  EXPECT_EQ(alive_, 0);
}

}  // namespace
}  // namespace larder::keyspace
