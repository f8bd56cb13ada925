#include "value/set_algebra.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace larder::value {
namespace {

using Model = std::set<std::string>;

// Sets of all forms, with what they hold.
struct Sets {
  explicit Sets(std::size_t count) : cells(count), models(count) {}

  void add(std::size_t which, const std::string& member) {
    Set(cells[which], options).add(SetMember(member));
    models[which].insert(member);
  }
  std::vector<SetView> views() {
    std::vector<SetView> all;
    for (auto& cell : cells) all.emplace_back(cell.packed(), cell.object(), now);
    return all;
  }

  base::KeyHasher hasher{3};
  SetOptions options{.hasher = hasher};
  base::UnixMs now = 0;
  std::vector<FreeCell> cells;
  std::vector<Model> models;
};

using Operation = void (*)(std::span<SetView>, const base::KeyHasher&, MemberVisitor);

Model result_of(Operation operation, Sets& sets) {
  auto views = sets.views();
  Model result;
  operation(views, sets.hasher, [&](const Item& item) {
    base::IntegerText scratch;
    EXPECT_TRUE(result.emplace(item.text(scratch)).second) << "a member comes twice";
    return true;
  });
  return result;
}

void expect_results(Sets& sets) {
  Model all = sets.models.front();
  Model common = sets.models.front();
  Model rest = sets.models.front();
  for (std::size_t i = 1; i < sets.models.size(); ++i) {
    const auto& other = sets.models[i];
    all.insert(other.begin(), other.end());
    std::erase_if(common, [&](const auto& member) { return other.count(member) == 0; });
    std::erase_if(rest, [&](const auto& member) { return other.count(member) != 0; });
  }
  EXPECT_EQ(result_of(unite, sets), all);
  EXPECT_EQ(result_of(intersect, sets), common);
  EXPECT_EQ(result_of(subtract, sets), rest);
}

// Integers below `range`, and as many texts where `texts` is set.
void fill(Sets& sets, std::size_t which, std::size_t count, std::uint64_t range, bool texts,
          base::Random& random) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = std::to_string(random.below(range));
    sets.add(which, texts && random.below(2) == 0 ? "m" + number : number);
  }
}

TEST(SetAlgebra, AgreesWithAModelInAllForms) {
  base::Random random(11);
  constexpr std::size_t kSizes[] = {0, 3, 40, 400, 2000};
  for (int round = 0; round < 300; ++round) {
    Sets sets(1 + random.below(6));
    for (std::size_t i = 0; i < sets.cells.size(); ++i) {
      const auto size = kSizes[random.below(std::size(kSizes))];
      fill(sets, i, size, size + size / 4 + 1, random.below(2) == 0, random);
    }
    expect_results(sets);
    if (HasFailure()) FAIL() << "in round " << round;
  }
}

TEST(SetAlgebra, SubtractsManySmallSetsFromALargeOne) {
  base::Random random(12);
  Sets sets(12);
  fill(sets, 0, 3000, 5000, true, random);
  for (std::size_t i = 1; i < sets.cells.size(); ++i) fill(sets, i, 20, 5000, true, random);
  expect_results(sets);
}

TEST(SetAlgebra, LeavesOutMembersPastTheirDeadline) {
  Sets sets(2);
  for (int i = 0; i < 300; ++i) {
    const auto member = std::to_string(i);
    for (const std::size_t which : {0, 1}) {
      sets.add(which, member);
      if (i % 3 != 0 && (i + which) % 2 == 0) {
        Set(sets.cells[which], sets.options).set_deadline(SetMember(member), 10);
        sets.models[which].erase(member);
      }
    }
  }
  sets.now = 10;
  expect_results(sets);
}

TEST(SetAlgebra, StopsWhenToldTo) {
  base::Random random(13);
  for (const Operation operation : {unite, intersect, subtract}) {
    for (const std::size_t others : {0, 1, 6}) {
      Sets sets(1 + others);
      fill(sets, 0, 2000, 100'000, true, random);
      for (std::size_t i = 1; i <= others; ++i) {
        if (operation == intersect) {
          for (const auto& member : sets.models[0]) sets.add(i, member);
        } else {
          fill(sets, i, 30, 100'000, true, random);
        }
      }
      auto views = sets.views();
      int visits = 0;
      operation(views, sets.hasher, [&](const Item&) { return ++visits < 5; });
      EXPECT_EQ(visits, 5) << others;
    }
  }
}

}  // namespace
}  // namespace larder::value
