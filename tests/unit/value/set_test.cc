#include "value/set.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace larder::value {
namespace {

using Model = std::set<std::string>;

std::string text_of(const Item& item) {
  base::IntegerText scratch;
  return std::string(item.text(scratch));
}

std::vector<std::string> members(const SetView& set) {
  std::vector<std::string> all;
  set.for_each([&](const Item& item) {
    all.push_back(text_of(item));
    return true;
  });
  return all;
}

Model as_model(const SetView& set) {
  const auto all = members(set);
  Model model(all.begin(), all.end());
  EXPECT_EQ(model.size(), all.size()) << "a member is there twice";
  return model;
}

struct SetTest : ::testing::Test {
  SetOptions options{.hasher = base::KeyHasher(1), .now = 1000};
  FreeCell cell;
  Set set{cell, options};

  bool add(std::string_view text) { return set.add(SetMember(text)); }
  bool remove(std::string_view text) { return set.remove(SetMember(text)); }
  bool contains(std::string_view text) { return set.view().contains(SetMember(text)); }
  SetEncoding encoding() { return set.view().encoding(); }
};

TEST_F(SetTest, IsEmptyAtFirst) {
  EXPECT_EQ(set.size(), 0u);
  EXPECT_FALSE(contains("a"));
  EXPECT_FALSE(contains("1"));
  EXPECT_FALSE(remove("1"));
  EXPECT_TRUE(members(set.view()).empty());
}

TEST_F(SetTest, KeepsIntegersInOrder) {
  for (const auto* text : {"7", "-1", "300", "9223372036854775807", "-9223372036854775808", "0"}) {
    EXPECT_TRUE(add(text)) << text;
    EXPECT_FALSE(add(text)) << text;
  }
  EXPECT_EQ(members(set.view()), (std::vector<std::string>{"-9223372036854775808", "-1", "0", "7",
                                                           "300", "9223372036854775807"}));
  EXPECT_EQ(encoding(), SetEncoding::integers);
  EXPECT_TRUE(remove("0"));
  EXPECT_FALSE(remove("0"));
  EXPECT_FALSE(remove("zero"));
  EXPECT_FALSE(contains("0"));
  EXPECT_TRUE(contains("-1"));
}

TEST_F(SetTest, TakesWhatOnlyLooksLikeAnIntegerAsText) {
  for (const auto* text : {"1", "01", "+1", "1 ", "-0", "9223372036854775808", "", "\x80", "\xc0",
                           "\xc3\xa9", "\xc8", "\xc9"}) {
    EXPECT_TRUE(add(text)) << text;
  }
  EXPECT_EQ(set.size(), 12u);
  EXPECT_EQ(encoding(), SetEncoding::packed);
  EXPECT_TRUE(remove("01"));
  EXPECT_TRUE(contains("1"));
}

TEST_F(SetTest, TenIntegersTakeTheirBytesAndTwo) {
  for (int i = 0; i < 10; ++i) add(std::to_string(100'000 + i));
  EXPECT_EQ(cell.packed().size(), 2u + 10 * 3);
}

TEST_F(SetTest, NamesTheEncodingByTheLimits) {
  for (int i = 0; i < 512; ++i) add(std::to_string(i * 1000));
  EXPECT_EQ(encoding(), SetEncoding::integers);
  EXPECT_NE(cell.object(), nullptr);
  add("-5");
  EXPECT_EQ(encoding(), SetEncoding::table);
  EXPECT_EQ(set.size(), 513u);
  remove("-5");
  EXPECT_EQ(encoding(), SetEncoding::table);
}

TEST_F(SetTest, IsCalledPackedUpToTheLimitWhateverTheForm) {
  for (int i = 0; i < 128; ++i) add("member:" + std::to_string(i));
  EXPECT_NE(cell.object(), nullptr);
  EXPECT_EQ(encoding(), SetEncoding::packed);
  add("one more");
  EXPECT_EQ(encoding(), SetEncoding::table);
}

TEST_F(SetTest, ALongMemberMakesItATableByName) {
  add(std::string(64, 'x'));
  EXPECT_EQ(encoding(), SetEncoding::packed);
  add(std::string(65, 'x'));
  EXPECT_EQ(encoding(), SetEncoding::table);
  EXPECT_EQ(cell.object(), nullptr);
}

TEST_F(SetTest, ATextEndsTheOrderOfIntegers) {
  for (int i = 0; i < 127; ++i) add(std::to_string(i));
  add("x");
  EXPECT_EQ(encoding(), SetEncoding::packed);
  EXPECT_EQ(set.size(), 128u);
  EXPECT_TRUE(contains("126"));
}

TEST_F(SetTest, ATextAmongManyIntegersMakesItATable) {
  for (int i = 0; i < 128; ++i) add(std::to_string(i));
  add("x");
  EXPECT_EQ(encoding(), SetEncoding::table);
  EXPECT_EQ(set.size(), 129u);
}

TEST_F(SetTest, ChoosesByTheNumberExpected) {
  const struct {
    const char* first;
    std::size_t count;
    SetEncoding encoding;
  } kCases[] = {{"1", 512, SetEncoding::integers},
                {"1", 513, SetEncoding::table},
                {"a", 128, SetEncoding::packed},
                {"a", 129, SetEncoding::table}};
  for (const auto& wanted : kCases) {
    FreeCell own_cell;
    Set own(own_cell, options);
    own.expect(SetMember(std::string_view(wanted.first)), wanted.count);
    own.add(SetMember(std::string_view(wanted.first)));
    EXPECT_EQ(own.view().encoding(), wanted.encoding) << wanted.first << " " << wanted.count;
    own.expect(SetMember(std::string_view("2")), 1000);
    EXPECT_EQ(own.view().encoding(), SetEncoding::table);
    EXPECT_EQ(own.size(), 1u);
  }
}

TEST_F(SetTest, DrawsEveryMember) {
  base::Random random(5);
  for (const int count : {3, 60, 600}) {
    for (int i = 0; i < count; ++i) add((count == 60 ? "m" : "") + std::to_string(i));
    std::map<std::string, int> drawn;
    for (int i = 0; i < count * 30; ++i) ++drawn[text_of(set.view().random(random))];
    EXPECT_EQ(drawn.size(), set.size());
  }
}

TEST_F(SetTest, MembersPastTheirDeadlineAreNotThere) {
  for (const auto* text : {"a", "b", "7"}) add(text);
  set.set_deadline(SetMember(std::string_view("a")), 2000);
  set.set_deadline(SetMember(std::string_view("7")), 3000);
  EXPECT_EQ(set.view().deadline(SetMember(std::string_view("a"))), 2000);
  EXPECT_EQ(set.view().deadline(SetMember(std::string_view("b"))), kNoDeadline);
  EXPECT_EQ(set.view().deadline(SetMember(std::string_view("x"))), std::nullopt);
  EXPECT_EQ(as_model(set.view()), (Model{"a", "b", "7"}));

  options.now = 2000;
  EXPECT_EQ(set.size(), 2u);
  EXPECT_FALSE(contains("a"));
  EXPECT_EQ(set.view().deadline(SetMember(std::string_view("a"))), std::nullopt);
  EXPECT_EQ(as_model(set.view()), (Model{"b", "7"}));
  EXPECT_FALSE(remove("a"));

  options.now = 3000;
  EXPECT_EQ(members(set.view()), std::vector<std::string>{"b"});
  EXPECT_TRUE(add("7"));  // anew, and without a deadline
  EXPECT_EQ(set.view().deadline(SetMember(std::string_view("7"))), kNoDeadline);
  EXPECT_EQ(set.size(), 2u);
}

TEST_F(SetTest, TakesADeadlineAwayAgain) {
  add("a");
  set.set_deadline(SetMember(std::string_view("a")), kNoDeadline);
  EXPECT_EQ(cell.object(), nullptr);
  set.set_deadline(SetMember(std::string_view("a")), 2000);
  EXPECT_FALSE(add("a"));  // which changes nothing
  EXPECT_EQ(set.view().deadline(SetMember(std::string_view("a"))), 2000);
  set.set_deadline(SetMember(std::string_view("a")), kNoDeadline);
  options.now = 5000;
  EXPECT_TRUE(contains("a"));
}

TEST_F(SetTest, DrawsOnlyWhatIsLeft) {
  base::Random random(6);
  for (int i = 0; i < 500; ++i) {
    const auto text = std::to_string(i);
    add(text);
    if (i % 100 != 0) set.set_deadline(SetMember(text), 2000);
  }
  options.now = 2000;
  const Model left = {"0", "100", "200", "300", "400"};
  Model drawn;
  for (int i = 0; i < 300; ++i) drawn.insert(text_of(set.view().random(random)));
  EXPECT_EQ(drawn, left);
  Model scanned;
  std::uint64_t cursor = 0;
  do {
    cursor = set.view().scan(cursor, 10, [&](const Item& item) { scanned.insert(text_of(item)); });
  } while (cursor != 0);
  EXPECT_EQ(scanned, left);
  Model taken;
  set.take_random(5, random, [&](const Item& item) { taken.insert(text_of(item)); });
  EXPECT_EQ(taken, left);
  EXPECT_EQ(set.size(), 0u);
}

// What a set must be after any operations, in every form and across all conversions.
class SetAgainstModel : public ::testing::TestWithParam<int> {};

std::string random_member(base::Random& random, int kind) {
  switch (random.below(static_cast<std::uint64_t>(kind) + 1)) {
    case 0:
      return std::to_string(static_cast<std::int64_t>(random.next()) >> random.below(64));
    case 1:
      return std::to_string(random.below(900));
    case 2:
      return "m" + std::to_string(random.below(400));
    case 3:
      return std::string(1 + random.below(2), static_cast<char>(0x80 + random.below(128)));
    default:
      return std::string(random.below(random.below(20) == 0 ? 20'000 : 90), 'x');
  }
}

TEST_P(SetAgainstModel, HoldsTheSameMembers) {
  const int kind = GetParam();
  base::Random random(static_cast<std::uint64_t>(kind) + 1);
  for (int round = 0; round < 25; ++round) {
    const SetOptions options{.integers_max = 20 + random.below(600),
                             .packed_max = random.below(200),
                             .hasher = base::KeyHasher(1)};
    FreeCell cell;
    Set set(cell, options);
    Model model;
    const auto removes_percent = 20 + random.below(50);
    for (int i = 0; i < 900; ++i) {
      const auto member = random_member(random, kind);
      if (random.below(100) < removes_percent) {
        ASSERT_EQ(set.remove(SetMember(member)), model.erase(member) != 0) << member;
      } else {
        ASSERT_EQ(set.add(SetMember(member)), model.insert(member).second) << member;
      }
      ASSERT_EQ(set.size(), model.size());
      const auto other = random_member(random, kind);
      ASSERT_EQ(set.view().contains(SetMember(other)), model.count(other) != 0) << other;
      if (i % 100 == 0) {
        ASSERT_EQ(as_model(set.view()), model);
      }
    }
    ASSERT_EQ(as_model(set.view()), model);
    if (auto* object = cell.object()) {
      const auto copy = object->clone();
      ASSERT_EQ(as_model(SetView({}, copy.get())), model);
      ASSERT_GT(object->memory_bytes(), 0u);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, SetAgainstModel, ::testing::Range(0, 5));

}  // namespace
}  // namespace larder::value
