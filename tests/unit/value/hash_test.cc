#include "value/hash.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace larder::value {
namespace {

// A cell that keeps track of what it is told about deadlines.
class WatchingCell final : public Cell {
 public:
  ~WatchingCell() override { delete object_; }
  void next_deadline_moved(base::UnixMs from, base::UnixMs to) override {
    EXPECT_EQ(from, next);
    next = to;
  }
  base::UnixMs next = kNoDeadline;

 private:
  char* resize(std::size_t size) override {
    storage_.resize(size);
    return storage_.data();
  }
  void keep(Object* object) override {
    if (object != object_) delete object_;
    storage_.clear();
  }
  char* replace_object(std::size_t size) override {
    delete object_;
    return resize(size);
  }
  std::string storage_;
};

std::string text_of(const Item& item) {
  base::IntegerText digits;
  return std::string(item.text(digits));
}

class HashTest : public ::testing::Test {
 protected:
  bool is_packed() const { return cell_.object() == nullptr; }
  std::string get(std::string_view name) {
    const auto found = hash_.view().find(name);
    return found ? text_of(found->value) : "-";
  }
  std::map<std::string, std::pair<std::string, base::UnixMs>> all() {
    std::map<std::string, std::pair<std::string, base::UnixMs>> fields;
    hash_.view().for_each([&](const HashField& field) {
      fields[text_of(field.name)] = {text_of(field.value), field.deadline};
    });
    return fields;
  }

  HashOptions options_{.hasher = base::KeyHasher(7), .now = 1'000'000};
  WatchingCell cell_;
  Hash hash_{cell_, options_};
  base::Random random_{3};
};

TEST_F(HashTest, FieldsAreSetReadAndErased) {
  EXPECT_TRUE(hash_.is_empty());
  EXPECT_EQ(hash_.view().size(), 0U);
  EXPECT_TRUE(hash_.set("name", "Ann"));
  EXPECT_TRUE(hash_.set("age", "12"));
  EXPECT_FALSE(hash_.set("name", "a longer name"));
  EXPECT_EQ(get("name"), "a longer name");
  EXPECT_EQ(get("age"), "12");
  EXPECT_EQ(get("other"), "-");
  EXPECT_EQ(hash_.view().size(), 2U);
  EXPECT_TRUE(hash_.erase("name"));
  EXPECT_FALSE(hash_.erase("name"));
  EXPECT_EQ(hash_.view().size(), 1U);
  EXPECT_TRUE(hash_.erase("age"));
  EXPECT_TRUE(hash_.is_empty());
}

TEST_F(HashTest, ManyAreSetAtOnce) {
  std::vector<std::string> texts;
  for (int i = 0; i < 40; ++i) texts.push_back(fmt::format("{}", i % 30));
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  EXPECT_EQ(hash_.set_all(views), 15U);
  EXPECT_EQ(get("0"), "1");
  EXPECT_EQ(hash_.set_all(views), 0U);
  std::vector<std::string> more;
  for (int i = 0; i < 2'000; ++i) more.push_back(fmt::format("more:{}", i));
  const std::vector<std::string_view> more_views(more.begin(), more.end());
  EXPECT_EQ(hash_.set_all(more_views), 1'000U);
  EXPECT_FALSE(is_packed());
  EXPECT_EQ(get("more:1998"), "more:1999");
  EXPECT_EQ(get("28"), "29");
}

TEST_F(HashTest, WhatRedisWouldHaveConvertedStaysMarked) {
  hash_.set("a", std::string(64, 'v'));
  EXPECT_FALSE(hash_.view().is_converted());
  hash_.set("b", std::string(65, 'v'));
  EXPECT_TRUE(hash_.view().is_converted());
  EXPECT_TRUE(is_packed());
  hash_.erase("b");
  EXPECT_TRUE(hash_.view().is_converted());
}

TEST_F(HashTest, TheNumberOfFieldsMarksItToo) {
  options_.packed_fields_max = 4;
  for (int i = 0; i < 4; ++i) hash_.set(fmt::format("{}", i), "");
  EXPECT_FALSE(hash_.view().is_converted());
  hash_.set("0", "x");
  EXPECT_FALSE(hash_.view().is_converted());
  hash_.set("4", "");
  EXPECT_TRUE(hash_.view().is_converted());
}

TEST_F(HashTest, ALargeOneThatRedisWouldPackIsNotMarked) {
  for (int i = 0; i < 512; ++i) hash_.set(fmt::format("field:{}", i), "value");
  EXPECT_FALSE(is_packed());
  EXPECT_FALSE(hash_.view().is_converted());
  hash_.set("one more", "");
  EXPECT_TRUE(hash_.view().is_converted());
}

TEST_F(HashTest, FieldsPastTheirDeadlineAreNotThere) {
  for (const bool packed : {true, false}) {
    if (!packed) hash_.set("large", std::string(1'000, 'v'));
    EXPECT_EQ(is_packed(), packed);
    hash_.set("a", "1");
    hash_.set("b", "2", options_.now + 10);
    hash_.set("c", "3", options_.now + 20);
    const auto size = hash_.view().size();
    options_.now += 10;
    EXPECT_EQ(hash_.view().size(), size - 1);
    EXPECT_EQ(get("b"), "-");
    EXPECT_EQ(get("c"), "3");
    for (int i = 0; i < 50; ++i) EXPECT_NE(text_of(hash_.view().random(random_).name), "b");
    EXPECT_FALSE(hash_.erase("b")) << "as if it were not there";
    hash_.set("b", "2", options_.now);
    EXPECT_TRUE(hash_.set("b", "new"));
    EXPECT_EQ(get("b"), "new");
    options_.now += 1'000;
    std::vector<std::string> removed;
    EXPECT_EQ(hash_.expire(100, [&](std::string_view name) { removed.emplace_back(name); }), 1U);
    EXPECT_EQ(removed, std::vector<std::string>{"c"});
    EXPECT_EQ(cell_.next, kNoDeadline);
  }
}

TEST_F(HashTest, DeadlinesAreChangedInPlace) {
  hash_.set("a", "1");
  hash_.set("b", "2");
  EXPECT_FALSE(hash_.view().has_had_deadlines());
  hash_.set_deadline("a", kNoDeadline);
  EXPECT_FALSE(hash_.view().has_had_deadlines());
  hash_.set_deadline("a", options_.now + 5);
  EXPECT_TRUE(hash_.view().has_had_deadlines());
  EXPECT_EQ(cell_.next, options_.now + 5);
  EXPECT_EQ(hash_.view().find("a")->deadline, options_.now + 5);
  EXPECT_EQ(hash_.view().find("b")->deadline, kNoDeadline);
  hash_.set_deadline("b", options_.now + 3);
  EXPECT_EQ(cell_.next, options_.now + 3);
  hash_.set("b", "2");
  EXPECT_EQ(cell_.next, options_.now + 5);
  hash_.set_deadline("a", kNoDeadline);
  EXPECT_EQ(cell_.next, kNoDeadline);
  EXPECT_TRUE(hash_.view().has_had_deadlines());
}

TEST_F(HashTest, RandomFieldsAreUniform) {
  for (int i = 0; i < 10; ++i) hash_.set(fmt::format("{}", i), "v");
  std::map<std::string, int> drawn;
  for (int i = 0; i < 10'000; ++i) ++drawn[text_of(hash_.view().random(random_).name)];
  EXPECT_EQ(drawn.size(), 10U);
  for (const auto& [name, times] : drawn) EXPECT_NEAR(times, 1'000, 200) << name;
}

TEST_F(HashTest, ScanVisitsAll) {
  for (const int count : {20, 3'000}) {
    for (int i = 0; i < count; ++i) hash_.set(fmt::format("{}", i), "v");
    std::set<std::string> seen;
    std::uint64_t cursor = 0;
    do {
      cursor = hash_.view().scan(cursor, 10, [&](const HashField& field) {
        EXPECT_TRUE(seen.insert(text_of(field.name)).second);
      });
    } while (cursor != 0);
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(count));
  }
}

TEST_F(HashTest, AgreesWithAModel) {
  struct Expected {
    std::string value;
    base::UnixMs deadline;
  };
  for (int round = 0; round < 30; ++round) {
    WatchingCell cell;
    Hash hash(cell, options_);
    std::map<std::string, Expected> model;
    const auto names = 5 + random_.below(200);
    for (int step = 0; step < 2'000; ++step) {
      const auto name = fmt::format("{}{}", step % 3 == 0 ? "f" : "", random_.below(names));
      const auto deadline = random_.below(4) != 0
                                ? kNoDeadline
                                : options_.now + static_cast<base::UnixMs>(random_.below(3'000));
      const auto found = model.find(name);
      const bool exists = found != model.end() && found->second.deadline > options_.now;
      switch (random_.below(6)) {
        case 0:
        case 1: {
          const auto value = random_.below(2) == 0 ? fmt::format("{}", random_.next() >> 20)
                                                   : std::string(random_.below(30), 'v');
          EXPECT_EQ(hash.set(name, value, deadline), !exists);
          model[name] = {value, deadline};
          break;
        }
        case 2:
          EXPECT_EQ(hash.erase(name), exists);
          model.erase(name);
          break;
        case 3:
          if (exists) {
            hash.set_deadline(name, deadline);
            found->second.deadline = deadline;
          }
          break;
        case 4:
          options_.now += 1;
          break;
        default:
          if (random_.below(20) != 0) break;
          hash.expire(1'000'000, [&](std::string_view gone) {
            EXPECT_LE(model.at(std::string(gone)).deadline, options_.now);
          });
          std::erase_if(model,
                        [&](const auto& each) { return each.second.deadline <= options_.now; });
      }
      auto next = kNoDeadline;
      for (const auto& each : model) next = std::min(next, each.second.deadline);
      if (cell.object() == nullptr) {
        EXPECT_EQ(cell.next, next);
      } else {
        EXPECT_LE(cell.next, next);
      }
    }
    std::map<std::string, std::string> seen;
    hash.view().for_each(
        [&](const HashField& field) { seen[text_of(field.name)] = text_of(field.value); });
    std::erase_if(model, [&](const auto& each) { return each.second.deadline <= options_.now; });
    EXPECT_EQ(seen.size(), model.size());
    EXPECT_EQ(hash.view().size(), model.size());
    for (const auto& [name, expected] : model) EXPECT_EQ(seen[name], expected.value);
  }
}

}  // namespace
}  // namespace larder::value
