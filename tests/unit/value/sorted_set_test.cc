// Sorted sets against a model of std::set and std::map, across every form and conversion.
#include "value/sorted_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace larder::value {
namespace {

using Pair = std::pair<double, std::string>;
using Outcome = SortedSet::Outcome;

constexpr SortedSet::Limits kLimits{128, 64};

class Model {
 public:
  explicit Model(std::uint64_t seed) : random_(seed) {}

  Cell& cell() { return cell_; }
  SortedSet set() { return {cell_, kLimits}; }
  SortedSetView view() { return SortedSetView(cell_); }
  std::size_t size() const { return scores_.size(); }
  base::UnixMs next_deadline() const {
    return cell_.object() == nullptr ? kNoDeadline : cell_.object()->next_deadline();
  }
  base::Random& random() { return random_; }

  void add(const std::string& member, double score) {
    const auto old = scores_.find(member);
    const auto result = set().add(member, score);
    if (old == scores_.end()) {
      EXPECT_EQ(result.outcome, Outcome::added);
    } else {
      EXPECT_EQ(result.outcome, old->second == score ? Outcome::same : Outcome::updated);
      order_.erase({old->second, member});
    }
    scores_[member] = score;
    order_.insert({score, member});
  }

  void erase(const std::string& member) {
    const auto old = scores_.find(member);
    ASSERT_EQ(set().erase(member), old != scores_.end()) << member;
    if (old == scores_.end()) return;
    order_.erase({old->second, member});
    scores_.erase(old);
  }

  // What the set has removed by itself.
  void forget(const std::string& member) {
    const auto known = scores_.find(member);
    ASSERT_NE(known, scores_.end()) << member;
    order_.erase({known->second, member});
    scores_.erase(known);
  }

  void erase(RankRange range) {
    set().erase(range);
    auto first = std::next(order_.begin(), static_cast<long>(std::min(range.first, size())));
    while (range.count-- != 0 && first != order_.end()) {
      scores_.erase(first->second);
      first = order_.erase(first);
    }
  }

  std::vector<Pair> all() const { return {order_.begin(), order_.end()}; }

  std::vector<Pair> listed(RankRange range, bool reverse = false) {
    std::vector<Pair> found;
    const auto take = [&](std::string_view member, double score) {
      found.emplace_back(score, member);
    };
    reverse ? view().for_each_reverse(range, take) : view().for_each(range, take);
    return found;
  }

  void check_all() {
    ASSERT_EQ(view().size(), size());
    auto expected = all();
    ASSERT_EQ(listed({0, size()}), expected);
    std::reverse(expected.begin(), expected.end());
    ASSERT_EQ(listed({0, size()}, true), expected);
    check_scan();
  }

  void check_scan() {
    std::map<std::string, double> found;
    std::uint64_t cursor = 0;
    do {
      cursor = view().scan(cursor, 7, [&](std::string_view member, double score) {
        ASSERT_TRUE(found.emplace(member, score).second) << member;
      });
    } while (cursor != 0);
    ASSERT_EQ(found, scores_);
  }

  void check_member(const std::string& member) {
    const auto known = scores_.find(member);
    const auto ranked = view().rank(member);
    ASSERT_EQ(ranked.has_value(), known != scores_.end()) << member;
    ASSERT_EQ(view().score(member).has_value(), ranked.has_value());
    if (!ranked) return;
    ASSERT_EQ(ranked->score, known->second);
    ASSERT_EQ(*view().score(member), known->second);
    const auto range = listed({ranked->rank, 1});
    ASSERT_EQ(range.size(), 1U);
    ASSERT_EQ(range[0], Pair(known->second, member));
  }

  void check_range(const ScoreRange& range) {
    std::size_t first = 0;
    std::size_t count = 0;
    for (const auto& [score, member] : order_) {
      if (range.is_before(score)) {
        ++first;
      } else if (!range.is_behind(score)) {
        ++count;
      }
    }
    const auto found = view().range(range);
    ASSERT_EQ(found.count, count);
    if (count != 0) {
      ASSERT_EQ(found.first, first);
    }
  }

  void check_range(const MemberRange& range) {
    std::size_t first = 0;
    std::size_t count = 0;
    for (const auto& [score, member] : order_) {
      if (range.min.is_above(member)) {
        ++first;
      } else if (!range.max.is_below(member)) {
        ++count;
      }
    }
    const auto found = view().range(range);
    ASSERT_EQ(found.count, count);
    if (count != 0) {
      ASSERT_EQ(found.first, first);
    }
  }

 private:
  FreeCell cell_;
  base::Random random_;
  std::map<std::string, double> scores_;
  std::set<Pair> order_;
};

// What a run of random operations draws from.
struct Shape {
  const char* name;
  std::uint64_t members;
  std::size_t padding;
  std::uint64_t scores;
  std::size_t wanted;  // about so many elements
};

void PrintTo(const Shape& shape, std::ostream* out) { *out << shape.name; }

class SortedSetModel : public ::testing::TestWithParam<Shape> {
 protected:
  std::string member(Model& model) {
    const auto& shape = GetParam();
    auto text = std::to_string(model.random().below(shape.members));
    if (shape.padding != 0) {
      // Some are integers, some short, a few too long for a leaf.
      const auto kind = model.random().below(100);
      if (kind > 2) text.insert(0, shape.padding, 'm');
      if (text.size() % 7 == 3) text.insert(0, 260, 'L');
    }
    return text;
  }
  double score(Model& model) {
    const auto drawn = model.random().below(GetParam().scores);
    return drawn % 3 == 0 ? static_cast<double>(drawn) : static_cast<double>(drawn) / 7 - 3;
  }
};

TEST_P(SortedSetModel, EqualsIt) {
  const auto& shape = GetParam();
  Model model(42);
  for (int round = 0; round < 6; ++round) {
    const auto wanted = round % 2 == 0 ? shape.wanted : shape.wanted / 10;
    for (std::size_t step = 0; step < std::max<std::size_t>(shape.wanted * 3, 2000); ++step) {
      const bool grows = model.size() < wanted;
      const auto drawn = model.random().below(10);
      if (drawn < (grows ? 8U : 3U)) {
        model.add(member(model), score(model));
      } else if (drawn == 9 && !grows && model.random().below(8) == 0) {
        model.erase(RankRange{model.random().below(model.size() + 2), model.random().below(20)});
      } else {
        const auto all = model.size() == 0 ? std::string("x") : [&] {
          return model.listed({model.random().below(model.size()), 1})[0].second;
        }();
        model.erase(model.random().below(4) == 0 ? member(model) : all);
      }
      if (step % 17 == 0) {
        model.check_member(member(model));
        const auto a = score(model);
        const auto b = score(model);
        model.check_range(ScoreRange{std::min(a, b), std::max(a, b), step % 2 == 0, step % 3 == 0});
      }
      ASSERT_FALSE(HasFatalFailure());
    }
    model.check_all();
    ASSERT_FALSE(HasFatalFailure());
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, SortedSetModel,
                         ::testing::Values(Shape{"packed", 30, 3, 20, 20},
                                           Shape{"one_leaf", 60, 6, 1000, 45},
                                           Shape{"unindexed", 400, 8, 50, 200},
                                           Shape{"indexed", 3000, 5, 1 << 20, 1500},
                                           Shape{"equal_scores", 6000, 9, 2, 3000},
                                           Shape{"integers", 9000, 0, 1 << 30, 5000}),
                         [](const auto& shape) { return shape.param.name; });

TEST(SortedSet, OrdersEqualScoresByMember) {
  Model model(1);
  for (int i = 0; i < 4000; ++i) {
    model.add(std::to_string(model.random().below(1 << 24)), 0);
    if (i % 97 != 0) continue;
    const auto bound = [&](int kind) {
      using Kind = MemberBound::Kind;
      static const std::string text[] = {"", "1", "5", "55", "777777", "9999", "a"};
      const auto kinds = {Kind::lowest, Kind::highest, Kind::inclusive, Kind::exclusive};
      return MemberBound{*(kinds.begin() + kind % 4), text[model.random().below(7)]};
    };
    for (int min = 0; min < 4; ++min) {
      for (int max = 0; max < 4; ++max) model.check_range(MemberRange{bound(min), bound(max)});
    }
    ASSERT_FALSE(testing::Test::HasFatalFailure());
  }
  model.check_all();
}

TEST(SortedSet, GrowsInOrderBothWays) {
  for (const int step : {1, -1}) {
    Model model(3);
    for (int i = 0; i < 30000; ++i) model.add("m" + std::to_string(i), step * i);
    model.check_all();
    const auto bytes = model.cell().object()->memory_bytes();
    EXPECT_LT(bytes, model.size() * (6 + 8 + 22));  // leaves are full
    while (model.size() > 50) model.erase(RankRange{step == 1 ? 0 : model.size() - 40, 40});
    model.check_all();
    EXPECT_LT(model.cell().object()->memory_bytes(), 32768U);
  }
}

TEST(SortedSet, ClonesAreApart) {
  Model model(5);
  for (int i = 0; i < 5000; ++i) model.add(std::string(i % 250, 'x') + std::to_string(i), i % 100);
  FreeCell copy;
  copy.become(model.cell().object()->clone());
  const auto before = model.all();
  EXPECT_EQ(copy.object()->element_count(), 5000U);
  model.erase(RankRange{1000, 4000});
  std::vector<Pair> found;
  SortedSetView(copy).for_each(
      [&](std::string_view member, double score) { found.emplace_back(score, member); });
  EXPECT_EQ(found, before);
  for (const auto& [score, member] : before) {
    EXPECT_EQ(SortedSetView(copy).score(member), score);
    SortedSet(copy, kLimits).add(member, score + 1);
  }
  model.check_all();
}

// Sorted sets beside a map of what has a deadline.
TEST(SortedSet, DeadlinesGoWithTheirMembers) {
  Model model(11);
  std::map<std::string, base::UnixMs> deadlines;
  base::UnixMs now = 1'000;
  const auto name = [&] { return "m" + std::to_string(model.random().below(900)); };
  for (int step = 0; step < 20'000; ++step) {
    const auto member = name();
    switch (model.random().below(step % 4'000 < 2'000 ? 6 : 9)) {
      case 0:
      case 1:
      case 2:
        model.add(member, static_cast<double>(model.random().below(50)));
        break;
      case 3:
      case 4:
        if (!model.view().contains(member)) break;
        deadlines[member] = now + static_cast<base::UnixMs>(model.random().below(3'000));
        model.set().set_deadline(member, deadlines[member]);
        break;
      case 5:
        if (!model.view().contains(member)) break;
        deadlines.erase(member);
        model.set().set_deadline(member, kNoDeadline);
        break;
      case 6:
        deadlines.erase(member);
        model.erase(member);
        break;
      case 7: {
        const RankRange range{model.random().below(model.size() + 1), model.random().below(6)};
        for (const auto& [score, gone] : model.listed(range)) deadlines.erase(gone);
        model.erase(range);
        break;
      }
      default: {
        now += 20;
        std::vector<std::string> due;
        while (model.next_deadline() <= now) {
          model.set().expire(now, 7, [&](std::string_view gone) { due.emplace_back(gone); });
        }
        for (const auto& gone : due) {
          ASSERT_LE(deadlines.at(gone), now);
          deadlines.erase(gone);
          model.forget(gone);
        }
        for (const auto& [left, deadline] : deadlines) ASSERT_GT(deadline, now) << left;
      }
    }
    ASSERT_EQ(model.view().deadline(member),
              deadlines.contains(member) ? deadlines[member] : kNoDeadline);
    if (step % 500 == 0) model.check_all();
    ASSERT_FALSE(::testing::Test::HasFatalFailure());
    for (const auto& [left, deadline] : deadlines) ASSERT_LE(model.next_deadline(), deadline);
  }
  FreeCell copy;
  copy.become(model.cell().object()->clone());
  for (const auto& [member, deadline] : deadlines) {
    EXPECT_EQ(SortedSetView(copy).deadline(member), deadline);
  }
  const auto with_deadlines = copy.object()->memory_bytes();
  while (copy.object()->next_deadline() != kNoDeadline) {
    SortedSet(copy, kLimits).expire(now + 10'000, 100, [](std::string_view) {});
  }
  EXPECT_EQ(SortedSetView(copy).size(), model.size() - deadlines.size());
  EXPECT_EQ(copy.object()->next_deadline(), kNoDeadline);
  EXPECT_LT(copy.object()->memory_bytes(), with_deadlines);
}

TEST(SortedSet, IsMadeOfElementsInOrder) {
  for (const int count : {0, 1, 10, 40, 255, 256, 300, 20000}) {
    Model model(1);
    for (int i = 0; i < count; ++i) model.add("member:" + std::to_string(i), i % 13);
    const auto all = model.all();
    std::vector<SortedElement> elements;
    elements.reserve(all.size());
    for (const auto& [score, member] : all) elements.push_back({member, score});
    auto made = SortedSet::make(elements, kLimits);
    EXPECT_EQ(SortedSetView(made).is_listpack(), count <= 128);
    EXPECT_EQ(SortedSetView(made).size(), elements.size());
    std::vector<Pair> found;
    SortedSetView(made).for_each(
        [&](std::string_view member, double score) { found.emplace_back(score, member); });
    EXPECT_EQ(found, all);
    if (count > 0) {
      EXPECT_EQ(SortedSetView(made).score("member:0"), 0);
    }
  }
}

TEST(SortedSet, RulesOfAdding) {
  for (const int others : {0, 500}) {
    FreeCell cell;
    SortedSet set(cell, kLimits);
    for (int i = 0; i < others; ++i) set.add("other" + std::to_string(i), i);
    const auto add = [&](double score, SortedSet::Rule rule) { return set.add("m", score, rule); };
    EXPECT_EQ(add(1, {.only_existing = true}).outcome, Outcome::refused);
    EXPECT_EQ(add(1, {.only_greater = true}).outcome, Outcome::added);
    EXPECT_EQ(add(2, {.only_new = true}).outcome, Outcome::refused);
    EXPECT_EQ(add(1, {.only_greater = true}).outcome, Outcome::refused);
    EXPECT_EQ(add(3, {.only_less = true}).outcome, Outcome::refused);
    EXPECT_EQ(add(3, {.only_greater = true}).outcome, Outcome::updated);
    EXPECT_EQ(add(3, {}).outcome, Outcome::same);
    EXPECT_EQ(add(2, {.increments = true}).score, 5);
    const double infinity = std::numeric_limits<double>::infinity();
    EXPECT_EQ(add(infinity, {}).outcome, Outcome::updated);
    EXPECT_EQ(add(-infinity, {.increments = true}).outcome, Outcome::not_a_number);
    EXPECT_EQ(set.view().score("m"), infinity);
  }
}

TEST(SortedSet, IsCalledAListpackUntilItOutgrowsOne) {
  FreeCell cell;
  SortedSet set(cell, kLimits);
  for (int i = 0; i < 128; ++i) set.add("member" + std::to_string(i), i);
  EXPECT_NE(cell.object(), nullptr);
  EXPECT_TRUE(set.view().is_listpack());
  set.add("one more", 1);
  EXPECT_FALSE(set.view().is_listpack());
  set.erase("one more");
  EXPECT_FALSE(set.view().is_listpack());

  FreeCell small;
  SortedSet other(small, kLimits);
  other.add(std::string(65, 'x'), 1);
  EXPECT_FALSE(other.view().is_listpack());
  EXPECT_EQ(small.object(), nullptr);
  other.add(std::string(65, 'x'), 2.5);
  EXPECT_FALSE(other.view().is_listpack());
}

TEST(SortedSet, KeepsMembersOfAnyLength) {
  Model model(9);
  for (const std::size_t length : {0, 1, 63, 64, 199, 200, 201, 255, 1000, 70000}) {
    model.add(std::string(length, 'a'), static_cast<double>(length));
    model.add(std::string(length, 'b'), -1);
  }
  model.check_all();
  model.add(std::string(70000, 'a'), -5);
  model.check_all();
  while (model.size() > 0) model.erase(model.all()[model.size() / 2].second);
}

TEST(SortedSet, SmallOnesCostLittle) {
  FreeCell cell;
  SortedSet set(cell, kLimits);
  for (int i = 0; i < 10; ++i) set.add("member-abc-" + std::to_string(i), 1000 + i);
  EXPECT_LE(cell.packed().size(), 2U + 10 * (3 + 13));
}

}  // namespace
}  // namespace larder::value
