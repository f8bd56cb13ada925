// Dictionaries come while values are written, and stay for as long as values refer to them.
#include <gtest/gtest.h>

#include "fixture.h"

namespace larder::keyspace {
namespace {

class DictionariesTest : public KeyspaceTest {
 protected:
  DictionariesTest() { keyspace.set_compression(true, 100); }

  // Documents of one kind differ in their numbers, kinds in all else.
  std::string document(std::string_view kind) {
    std::string text = "{";
    for (int i = 0; i < 8; ++i) {
      text += "\"the_" + std::string(kind) + "_of_" + std::string(kind) + std::to_string(i) +
              "\":{\"" + std::string(kind) + "\":" + std::to_string(random.below(1'000'000'000)) +
              "},";
    }
    return text + "}";
  }
  void write(std::string_view prefix, std::string_view kind, int first, int count,
             Database* to = nullptr) {
    for (int i = first; i < first + count; ++i) {
      const auto name = numbered(prefix, static_cast<std::uint64_t>(i));
      (to != nullptr ? *to : db).set_string(key(name), document(kind), kNever);
    }
    pass(100);
  }
  auto figures() { return keyspace.compression(); }

  base::Random random{21};
};

TEST_F(DictionariesTest, ValuesTeachThoseThatFollow) {
  write("a:", "apple", 0, 300);
  EXPECT_GE(figures().dictionaries, 1U);
  keyspace.clear(false);
  EXPECT_EQ(figures().with_dictionary, 0U);
  write("a:", "apple", 0, 300);
  EXPECT_EQ(figures().with_dictionary, 300U);
  EXPECT_LT(figures().stored_bytes, figures().raw_bytes / 2);
  EXPECT_LT(db.find(key("a:7")).memory_bytes(), db.find(key("a:7")).length() / 2);
}

TEST_F(DictionariesTest, TextsComeBackWhateverDictionaryTheyReferTo) {
  std::vector<std::pair<std::string, std::string>> written;
  for (int round = 0; round < 30; ++round) {
    for (int i = 0; i < 20; ++i) {
      const auto name =
          numbered(i % 2 == 0 ? "a:" : "b:", static_cast<std::uint64_t>(round * 100 + i));
      written.emplace_back(name, document(i % 2 == 0 ? "apple" : "banana"));
      set(name, written.back().second);
    }
    pass(100);
  }
  EXPECT_GE(figures().dictionaries, 2U);
  for (const auto& [name, text] : written) ASSERT_EQ(get(name), text);
}

TEST_F(DictionariesTest, EachKindHasItsOwn) {
  write("a:", "apple", 0, 300);
  write("b:", "banana", 0, 300);
  const auto dictionaries = figures().dictionaries;
  EXPECT_GE(dictionaries, 2U);
  keyspace.clear(false);
  write("b:", "banana", 0, 100);
  EXPECT_LT(figures().stored_bytes, figures().raw_bytes / 2);
}

TEST_F(DictionariesTest, OneThatIsNotWrittenWithGoesWithItsLastValue) {
  write("a:", "apple", 0, 300);
  write("a:", "apple", 0, 300);
  const auto of_values = figures().with_dictionary;
  ASSERT_GT(of_values, 0U);
  keyspace.set_compression(false, 100);
  EXPECT_GE(figures().dictionaries, 1U);
  const auto text = get("a:299");
  db.copy_to(db.find(key("a:299")), keyspace.database(1), key("copy"));
  for (int i = 0; i < 300; ++i) db.erase(key(numbered("a:", static_cast<std::uint64_t>(i))));
  EXPECT_EQ(figures().with_dictionary, 1U);
  EXPECT_EQ(figures().dictionaries, 1U);
  EXPECT_EQ(get("copy", &keyspace.database(1)), text);
  keyspace.swap(1, 2);
  EXPECT_EQ(get("copy", &keyspace.database(2)), text);
  keyspace.database(2).clear(true);
  EXPECT_EQ(figures().dictionaries, 0U);
}

TEST_F(DictionariesTest, MovesAndChangesCountTheirValues) {
  write("a:", "apple", 0, 300);
  write("a:", "apple", 0, 300);
  auto& other = keyspace.database(1);
  const std::string long_name(250, 'n');
  const std::string outside_name(5000, 'n');
  const auto text = get("a:1");
  db.move_to(db.find(key("a:1")), other, key(long_name));
  other.move_to(other.find(key(long_name)), db, key(outside_name));
  EXPECT_EQ(get(outside_name), text);
  EXPECT_EQ(figures().with_dictionary, 300U);
  db.move_to(db.find(key(outside_name)), db, key("a:2"));
  EXPECT_EQ(figures().with_dictionary, 299U);
  EXPECT_EQ(get("a:2"), text);
  auto entry = db.find(key("a:2"));
  db.set_deadline(entry, kStart + 1'000'000'000);
  EXPECT_EQ(get("a:2"), text);
  db.resize_string(entry, 30);
  EXPECT_EQ(get("a:2"), text->substr(0, 30));
  db.update_string(entry, *text);
  EXPECT_EQ(get("a:2"), text);
  set("a:3", "7");
  EXPECT_EQ(figures().with_dictionary, 298U);
  keyspace.clear(false);
  EXPECT_EQ(figures().values, 0U);
  EXPECT_EQ(figures().raw_bytes, 0U);
  EXPECT_EQ(figures().stored_bytes, 0U);
}

TEST_F(DictionariesTest, AnotherOneIsLearnedWhenTheSavingFallsBehind) {
  for (int i = 0; i < 120; ++i) write("a:", "apple", 0, 300);
  const auto before = figures().dictionaries_learned;
  ASSERT_GE(before, 1U);
  for (int i = 0; i < 60; ++i) write("a:", "apple", 0, 300);
  EXPECT_EQ(figures().dictionaries_learned, before);  // what saves as usual stays
  for (int i = 0; i < 60; ++i) write("a:", "grape", 0, 300);
  EXPECT_GT(figures().dictionaries_learned, before);
  EXPECT_LE(figures().dictionaries, 4U);
  keyspace.clear(false);
  write("a:", "grape", 0, 100);
  EXPECT_LT(figures().stored_bytes, figures().raw_bytes / 2);
}

TEST_F(DictionariesTest, WhatWasThereIsWrittenAnewWhileOthersCome) {
  keyspace.set_compression(false, 100);
  write("a:", "apple", 0, 500);
  EXPECT_EQ(figures().values, 0U);
  const auto text = get("a:77");
  keyspace.set_compression(true, 100);
  for (int i = 500; i < 4000; ++i) {
    set(numbered("a:", static_cast<std::uint64_t>(i)), document("apple"));
    keyspace.work(20);  // the table grows while the pass goes through it
  }
  pass(100);
  EXPECT_EQ(figures().with_dictionary, 4000U);
  EXPECT_EQ(get("a:77"), text);
}

TEST_F(DictionariesTest, ManyKindsStayWithinTheirBounds) {
  for (int prefix = 0; prefix < 300; ++prefix) {
    write(numbered("p", static_cast<std::uint64_t>(prefix)) + ":", "plum", 0, 120);
  }
  EXPECT_LE(figures().dictionaries, 200U);
  EXPECT_LT(keyspace.memory().compression, 6U << 20);
  const auto text = document("plum");
  set("p299:x", text);
  EXPECT_EQ(get("p299:x"), text);
}

TEST_F(DictionariesTest, OddPrefixesAndLengths) {
  base::Random lengths(5);
  for (int i = 0; i < 3000; ++i) {
    std::string name = i % 3 == 0 ? ":" : i % 3 == 1 ? "" : std::string(40, 'k') + ":";
    name += std::to_string(i);
    std::string text = document("date");
    while (text.size() < 40'000 && lengths.below(3) != 0) text += text;
    text.resize(lengths.below(text.size() + 1));
    set(name, text);
    ASSERT_EQ(get(name), text);
    keyspace.release_inflated();
    if (i % 100 == 0) pass(100);
  }
  keyspace.clear(false);
  EXPECT_EQ(figures().values, 0U);
  EXPECT_EQ(keyspace.memory().large_strings, 0U);
}

}  // namespace
}  // namespace larder::keyspace
