#include "keyspace/deadline_index.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"

namespace larder::keyspace {
namespace {

using Item = DeadlineIndex::Item;

TEST(DeadlineIndex, KeepsTheFirstInFront) {
  DeadlineIndex index;
  EXPECT_TRUE(index.is_empty());
  EXPECT_EQ(index.next(), kNever);
  index.add({30, 1});
  index.add({10, 2});
  index.add({20, 3});
  EXPECT_EQ(index.next(), 10);
  EXPECT_EQ(index.first(), (Item{10, 2}));
  EXPECT_TRUE(index.remove({10, 2}));
  EXPECT_FALSE(index.remove({10, 2}));
  EXPECT_EQ(index.next(), 20);
  EXPECT_FALSE(index.remove({20, 4}));
  EXPECT_TRUE(index.remove({20, 3}));
  EXPECT_TRUE(index.remove({30, 1}));
  EXPECT_TRUE(index.is_empty());
  EXPECT_EQ(index.next(), kNever);
}

TEST(DeadlineIndex, AgreesWithAModel) {
  base::Random random(5);
  for (const std::uint64_t range : {50U, 5'000U, 1'000'000U}) {
    DeadlineIndex index;
    std::multiset<Item> model;
    for (int step = 0; step < 30'000; ++step) {
      const bool grows = step / 6'000 % 2 == 0;
      const Item item{static_cast<Deadline>(random.below(range)), random.below(20)};
      if (random.below(10) < (grows ? 7U : 3U)) {
        index.add(item);
        model.insert(item);
      } else if (random.below(2) == 0 && !model.empty()) {
        ASSERT_EQ(index.first(), *model.begin());
        ASSERT_TRUE(index.remove(index.first()));
        model.erase(model.begin());
      } else {
        const auto found = model.find(item);
        ASSERT_EQ(index.remove(item), found != model.end());
        if (found != model.end()) model.erase(found);
      }
      ASSERT_EQ(index.size(), model.size());
      ASSERT_EQ(index.next(), model.empty() ? kNever : model.begin()->deadline);
    }
    while (!model.empty()) {
      ASSERT_TRUE(index.remove(*model.begin()));
      model.erase(model.begin());
    }
    EXPECT_TRUE(index.is_empty());
  }
}

}  // namespace
}  // namespace larder::keyspace
