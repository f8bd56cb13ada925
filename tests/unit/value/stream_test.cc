#include "value/stream.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "value/stream_cursor.h"

namespace larder::value {
namespace {

using Texts = std::vector<std::string>;
using Model = std::map<StreamId, Texts>;

constexpr Stream::NodeLimits kLimits{.bytes_max = 4096, .entries_max = 100};

void append(Stream& stream, StreamId id, const Texts& texts,
            const Stream::NodeLimits& limits = kLimits) {
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  stream.append(id, views, limits);
}

Texts texts_at(const StreamCursor& cursor) {
  Texts texts;
  auto fields = cursor.fields();
  base::IntegerText scratch;
  for (auto i = fields.count(); i > 0; --i) {
    const auto pair = fields.next();
    texts.emplace_back(pair.name.text(scratch));
    texts.emplace_back(pair.value.text(scratch));
  }
  return texts;
}

void expect_same(const Stream& stream, const Model& model, StreamId first = kFirstStreamId,
                 StreamId last = kLastStreamId) {
  auto expected = model.lower_bound(first);
  StreamCursor cursor(stream, first, last);
  while (cursor.next()) {
    ASSERT_NE(expected, model.end());
    ASSERT_EQ(cursor.id(), expected->first);
    ASSERT_EQ(texts_at(cursor), expected->second);
    ++expected;
  }
  ASSERT_TRUE(expected == model.end() || expected->first > last);

  StreamCursor backward(stream, first, last, StreamCursor::Direction::backward);
  while (backward.next()) {
    --expected;
    ASSERT_EQ(backward.id(), expected->first);
  }
  ASSERT_TRUE(expected == model.lower_bound(first));
}

Texts random_texts(base::Random& random) {
  Texts texts;
  const auto pairs = 1 + random.below(3);
  for (std::uint64_t i = 0; i < pairs; ++i) {
    texts.push_back("field" + std::to_string(random.below(10) == 0 ? random.below(5) : i));
    switch (random.below(5)) {
      case 0:
        texts.push_back(std::to_string(static_cast<std::int64_t>(random.next())));
        break;
      case 1:
        texts.emplace_back(random.below(300), 'x');
        break;
      case 2:
        texts.emplace_back(random.below(60) == 0 ? 70'000 : 0, 'y');
        break;
      default:
        texts.push_back(std::to_string(random.below(1000)));
    }
  }
  return texts;
}

StreamId random_id_near(base::Random& random, const Model& model, StreamId last) {
  if (!model.empty() && random.below(2) == 0) {
    const auto at = model.lower_bound({random.below(last.ms + 1), 0});
    if (at != model.end()) return at->first;
  }
  return {random.below(last.ms + 2), random.below(3)};
}

// Applies the rule to the model as the exact form of trimming defines it.
std::size_t trim_model(Model& model, const StreamTrim& rule) {
  std::size_t removed = 0;
  while (!model.empty()) {
    const bool stays = rule.by == StreamTrim::By::id ? model.begin()->first >= rule.id_min
                                                     : model.size() <= rule.length_max;
    if (stays) break;
    model.erase(model.begin());
    ++removed;
  }
  return removed;
}

void run_against_model(std::uint64_t seed, const Stream::NodeLimits& limits) {
  base::Random random(seed);
  Stream stream;
  Model model;
  StreamId max_deleted;
  for (int i = 0; i < 6000; ++i) {
    const auto last = stream.last_id();
    const auto action = random.below(100);
    if (action < 70) {
      StreamId id = random.below(3) == 0 ? *last.next() : StreamId{last.ms + random.below(4), 0};
      if (random.below(200) == 0) id = {last.ms + 1'000'000'007, random.next() >> 1};
      if (id <= last) id = *last.next();
      const auto texts = random_texts(random);
      append(stream, id, texts, limits);
      model.emplace(id, texts);
    } else if (action < 90) {
      const auto id = random_id_near(random, model, last);
      ASSERT_EQ(stream.contains(id), model.contains(id));
      const bool erased = model.erase(id) == 1;
      ASSERT_EQ(stream.erase(id), erased);
      if (erased) max_deleted = std::max(max_deleted, id);
    } else if (action < 97) {
      const auto first = random_id_near(random, model, last);
      expect_same(stream, model, first, random_id_near(random, model, last));
    } else {
      StreamTrim rule;
      if (random.below(2) == 0) {
        rule.by = StreamTrim::By::length;
        rule.length_max = model.size() - std::min<std::size_t>(model.size(), random.below(300));
      } else {
        rule.by = StreamTrim::By::id;
        auto at = model.begin();
        for (auto steps = random.below(200); steps > 0 && at != model.end(); --steps) ++at;
        rule.id_min = at == model.end() ? kLastStreamId : at->first;
      }
      ASSERT_EQ(stream.trim(rule), trim_model(model, rule));
    }
    ASSERT_EQ(stream.length(), model.size());
    ASSERT_EQ(stream.max_deleted_id(), max_deleted);
    ASSERT_EQ(stream.first_entry(), model.empty() ? StreamId{} : model.begin()->first);
    ASSERT_EQ(stream.last_entry(), model.empty() ? StreamId{} : model.rbegin()->first);
  }
  expect_same(stream, model);
  const auto copy = stream.clone();
  expect_same(static_cast<const Stream&>(*copy), model);
}

TEST(Stream, AgreesWithAMap) {
  run_against_model(1, kLimits);
  run_against_model(2, {.bytes_max = 200, .entries_max = 3});
  run_against_model(3, {.bytes_max = 0, .entries_max = 0});
  run_against_model(4, {.bytes_max = 0, .entries_max = 10});
}

TEST(Stream, ApproximateTrimmingRemovesWholeNodesOnly) {
  Stream stream;
  for (std::uint64_t i = 1; i <= 1000; ++i) append(stream, {i, 0}, {"field", "v"});
  EXPECT_EQ(stream.nodes().size(), 10u);
  StreamTrim rule{.by = StreamTrim::By::length, .whole_nodes_only = true, .length_max = 555};
  EXPECT_EQ(stream.trim(rule), 400u);
  EXPECT_EQ(stream.length(), 600u);
  rule.length_max = 0;
  rule.entries_max = 250;
  EXPECT_EQ(stream.trim(rule), 200u);
  rule = {.by = StreamTrim::By::id, .whole_nodes_only = true, .id_min = {800, 0}};
  EXPECT_EQ(stream.trim(rule), 100u);
  EXPECT_EQ(stream.first_entry(), (StreamId{701, 0}));
}

TEST(Stream, NextIdsFollowTheClockOrTheLastId) {
  Stream stream;
  EXPECT_EQ(stream.next_id(5), (StreamId{5, 0}));
  append(stream, {5, 7}, {"a", "b"});
  EXPECT_EQ(stream.next_id(5), (StreamId{5, 8}));
  EXPECT_EQ(stream.next_id(3), (StreamId{5, 8}));
  EXPECT_EQ(stream.next_id(6), (StreamId{6, 0}));
  append(stream, {5, UINT64_MAX}, {"a", "b"});
  EXPECT_EQ(stream.next_id(5), (StreamId{6, 0}));
  append(stream, kLastStreamId, {"a", "b"});
  EXPECT_EQ(stream.next_id(5), std::nullopt);
}

TEST(Stream, MemoryIsThatOfItsContent) {
  Stream stream;
  const auto empty = stream.memory_bytes();
  for (std::uint64_t i = 1; i <= 20'000; ++i) append(stream, {i, 0}, {"temperature", "1234.5"});
  const auto full = stream.memory_bytes() - empty;
  EXPECT_GT(full, 20'000u * 10);
  EXPECT_LT(full, 20'000u * 16);
  auto& group = stream.create_group("workers");
  for (std::uint64_t i = 1; i <= 100; ++i) stream.erase({i, 0});
  stream.trim({.by = StreamTrim::By::length, .length_max = 0});
  stream.erase_group(group);
  EXPECT_LT(stream.memory_bytes(), empty + 10'000);
}

TEST(Stream, GroupsCountWhatTheyRead) {
  Stream stream;
  for (std::uint64_t i = 1; i <= 5; ++i) append(stream, {i, 0}, {"a", "b"});
  auto& group = stream.create_group("g");
  EXPECT_EQ(stream.lag_of(group), 5);
  stream.note_read(group, {1, 0});
  EXPECT_EQ(group.entries_read, 1);
  stream.note_read(group, {2, 0});
  EXPECT_EQ(group.entries_read, 2);
  EXPECT_EQ(stream.lag_of(group), 3);
  stream.erase({4, 0});
  EXPECT_EQ(stream.lag_of(group), std::nullopt);
  stream.note_read(group, {3, 0});
  EXPECT_EQ(group.entries_read, std::nullopt);
  stream.note_read(group, {5, 0});
  EXPECT_EQ(group.entries_read, 5);
  EXPECT_EQ(stream.lag_of(group), 0);
}

TEST(Stream, SparesOrFreesReferencesWhenTrimmed) {
  Stream stream;
  for (std::uint64_t i = 1; i <= 300; ++i) append(stream, {i, 0}, {"a", "b"});
  auto& group = stream.create_group("g");
  group.last_delivered = {200, 0};
  auto& consumer = group.create_consumer("c", 1);
  for (const std::uint64_t i : {5u, 150u}) group.set_pending({i, 0}, &consumer, 1, 1);

  StreamTrim rule{
      .by = StreamTrim::By::length, .length_max = 10, .references = StreamReferences::spare};
  EXPECT_EQ(stream.trim(rule), 198u);
  EXPECT_TRUE(stream.contains({5, 0}));
  EXPECT_TRUE(stream.contains({150, 0}));
  EXPECT_TRUE(stream.contains({201, 0}));
  EXPECT_EQ(stream.length(), 102u);

  rule.references = StreamReferences::remove;
  EXPECT_EQ(stream.trim(rule), 92u);
  EXPECT_TRUE(group.pending().empty());
  EXPECT_TRUE(consumer.pending().empty());
}

}  // namespace
}  // namespace larder::value
