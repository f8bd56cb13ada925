#include "value/stream_group.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/random.h"
#include "value/stream.h"

namespace larder::value {
namespace {

struct Expected {
  std::string owner;  // empty: none
  base::UnixMs delivered_ms;
  std::int64_t deliveries;
};
using Model = std::map<StreamId, Expected>;

void expect_same(ConsumerGroup& group, const Model& model) {
  ASSERT_EQ(group.pending().size(), model.size());
  std::map<std::string, std::size_t> owned;
  for (const auto& [id, expected] : model) {
    const auto* pending = group.find_pending(id);
    ASSERT_NE(pending, nullptr);
    ASSERT_EQ(pending->owner == nullptr ? "" : pending->owner->name(), expected.owner);
    ASSERT_EQ(pending->delivered_ms, expected.delivered_ms);
    ASSERT_EQ(pending->deliveries, expected.deliveries);
    ++owned[expected.owner];
  }
  for (const auto& consumer : group.consumers()) {
    ASSERT_EQ(consumer->pending().size(), owned[std::string(consumer->name())]);
    const auto& marks = consumer->pending();
    for (auto at = marks.begin(); at != marks.end(); at = marks.next(at)) {
      ASSERT_EQ(model.at(marks[at].id).owner, consumer->name());
    }
  }
}

// What delivered_until() must answer: by time, then by id.
void expect_in_order(ConsumerGroup& group, const Model& model, base::UnixMs until) {
  std::multimap<std::pair<base::UnixMs, StreamId>, StreamId> in_order;
  for (const auto& [id, each] : model) {
    if (each.delivered_ms <= until) in_order.insert({{each.delivered_ms, id}, id});
  }
  const auto found = group.delivered_until(until, 20);
  ASSERT_EQ(found.size(), std::min<std::size_t>(20, in_order.size()));
  auto at = in_order.begin();
  for (const auto& each : found) ASSERT_EQ(each.id, (at++)->second);
}

TEST(ConsumerGroup, AgreesWithAMap) {
  base::Random random(5);
  std::size_t bytes = 0;
  {
    ConsumerGroup group("g", bytes);
    Model model;
    for (int i = 0; i < 20'000; ++i) {
      const StreamId id{random.below(500), random.below(2)};
      const auto name = "c" + std::to_string(random.below(6));
      const auto action = random.below(100);
      if (action < 60) {
        auto* owner = group.find_consumer(name);
        if (owner == nullptr) owner = &group.create_consumer(name, i);
        const bool gives_back = random.below(10) == 0;
        const auto ms = static_cast<base::UnixMs>(random.below(1000));
        group.set_pending(id, gives_back ? nullptr : owner, ms, i);
        model[id] = {gives_back ? "" : name, ms, i};
      } else if (action < 98) {
        ASSERT_EQ(group.erase_pending(id), model.erase(id) == 1);
      } else if (auto* consumer = group.find_consumer(name)) {
        group.erase_consumer(*consumer);
        std::erase_if(model, [&](const auto& each) { return each.second.owner == name; });
      }
      if (i > 5000 && i % 50 == 0) {
        expect_in_order(group, model, static_cast<base::UnixMs>(random.below(1000)));
      }
      if (i % 500 == 0) expect_same(group, model);
    }
    const auto copy = group.clone(bytes);
    expect_same(*copy, model);
    group.erase_pending(model.begin()->first);
    expect_same(*copy, model);
  }
  EXPECT_EQ(bytes, 0u);
}

TEST(ConsumerGroup, ConsumersAreInTheOrderOfTheirNames) {
  std::size_t bytes = 0;
  ConsumerGroup group("g", bytes);
  for (const auto* name : {"b", "\xff", "a", "ab", ""}) group.create_consumer(name, 0);
  std::string names;
  for (const auto& consumer : group.consumers()) names += std::string(consumer->name()) + ",";
  EXPECT_EQ(names, ",a,ab,b,\xff,");
}

TEST(Producers, RememberRequestsForATime) {
  std::size_t bytes = 0;
  {
    Producers producers(bytes);
    producers.set_limits({.duration_s = 10, .requests_max = 3});
    EXPECT_EQ(producers.find("p", "r1", 0), std::nullopt);
    producers.add("p", "r1", {1, 0}, 0);
    producers.add("q", "r1", {2, 0}, 0);
    EXPECT_EQ(producers.find("p", "r1", 9'999), (StreamId{1, 0}));
    EXPECT_EQ(producers.find("q", "r1", 9'999), (StreamId{2, 0}));
    EXPECT_EQ(producers.find("p", "r1", 10'000), std::nullopt);
    for (std::uint64_t i = 2; i <= 5; ++i) {
      producers.add("p", "r" + std::to_string(i), {i, 0}, 11'000);
    }
    EXPECT_EQ(producers.find("p", "r2", 11'000), std::nullopt);
    EXPECT_EQ(producers.find("p", "r3", 11'000), (StreamId{3, 0}));
    EXPECT_EQ(producers.added(), 6u);
    EXPECT_EQ(producers.duplicates(), 3u);
    EXPECT_EQ(producers.request_count(), 3u);
    EXPECT_EQ(producers.producer_count(), 1u);  // q had nothing left
    Producers copy(bytes);
    copy.copy_from(producers);
    EXPECT_EQ(copy.find("p", "r5", 11'000), (StreamId{5, 0}));
    copy.forget_all();
    EXPECT_EQ(copy.request_count(), 0u);
  }
  EXPECT_EQ(bytes, 0u);
}

}  // namespace
}  // namespace larder::value
