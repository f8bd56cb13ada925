// Collections whose memory is moved bit by bit, while they change.
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "value/chunked_list.h"
#include "value/element_table.h"
#include "value/integer_array.h"
#include "value/memory_mover.h"
#include "value/sorted_tree.h"
#include "value/stream.h"
#include "value/stream_cursor.h"

namespace larder::value {
namespace {

// Moves everything, and spoils what was there.
void* move_always(void* memory) {
  const auto bytes = ::malloc_usable_size(memory);
  void* const moved = std::malloc(bytes);
  std::memcpy(moved, memory, bytes);
  std::memset(memory, 0xee, bytes);
  std::free(memory);
  return moved;
}

// A round of steps of a few pieces each, with `change` in between; returns how many were moved.
template <class Collection, class Change>
std::uint64_t move_all(Collection& collection, Change change) {
  std::uint64_t moved = 0;
  std::uint64_t position = 0;
  do {
    MemoryMover mover(move_always, 3);
    position = collection.move_memory(position, mover);
    moved += mover.moved();
    EXPECT_LE(mover.moved(), 100U);
    change();
  } while (position != 0);
  return moved;
}

std::string text_of(std::uint64_t number, std::size_t size_max) {
  return std::to_string(number) + std::string(number * 31 % size_max, 'x');
}

TEST(MoveMemoryTest, TablesOfElements) {
  base::Random random(1);
  ElementTable table(base::KeyHasher(5), ElementTable::Kind::pairs);
  std::map<std::string, std::string> model;
  const auto change = [&] {
    const auto key = text_of(random.below(3000), 300);
    const auto value = text_of(random.next() % 10'000, 900);
    if (const auto place = table.find(key)) {
      table.erase(place);
      model.erase(key);
    } else {
      table.insert({key, value});
      model[key] = value;
    }
  };
  for (int i = 0; i < 20'000; ++i) change();
  for (int round = 0; round < 3; ++round) {
    const auto memory_before = table.memory_bytes();
    EXPECT_GT(move_all(table, [] {}), 500U);
    EXPECT_EQ(table.memory_bytes(), memory_before);
    move_all(table, change);
    ASSERT_EQ(table.element_count(), model.size());
    for (const auto& [key, value] : model) ASSERT_EQ(table.find(key).value(), value);
  }
}

TEST(MoveMemoryTest, Lists) {
  base::Random random(2);
  for (const std::size_t compress_depth : {0, 2}) {
    ChunkedList list(compress_depth);
    std::vector<std::string> model;
    for (std::uint64_t i = 0; i < 20'000; ++i) {
      model.push_back(text_of(i, 200));
      list.push(End::back, EncodedItem(model.back()));
    }
    EXPECT_GE(move_all(list, [] {}), list.chunk_count());
    const auto change = [&] {
      const auto at = random.below(model.size());
      model.erase(model.begin() + static_cast<std::ptrdiff_t>(at));
      list.erase(at, 1);
    };
    move_all(list, change);
    auto expected = model.begin();
    list.visit(0, list.element_count(), [&](const char* item) {
      base::IntegerText scratch;
      EXPECT_EQ(read_item(item).text(scratch), *expected++);
      return !testing::Test::HasFailure();
    });
    EXPECT_EQ(expected, model.end());
  }
}

TEST(MoveMemoryTest, SortedSets) {
  base::Random random(3);
  SortedTree tree(7);
  std::map<std::string, double> model;
  const auto change = [&] {
    const auto member = text_of(random.below(30'000), 250);
    if (const auto at = tree.find(member); at.leaf != nullptr) {
      tree.erase(at);
      model.erase(member);
    } else {
      const auto score = static_cast<double>(random.below(1000));
      tree.insert(member, score);
      model[member] = score;
    }
  };
  for (int i = 0; i < 60'000; ++i) change();
  for (int round = 0; round < 3; ++round) {
    EXPECT_GT(move_all(tree, [] {}), 500U);
    move_all(tree, change);
    ASSERT_EQ(tree.size(), model.size());
    for (const auto& [member, score] : model) {
      const auto at = tree.find(member);
      ASSERT_NE(at.leaf, nullptr);
      ASSERT_EQ(at.score(), score);
    }
    double before = -1;
    for (std::size_t rank = 0; rank < tree.size(); rank += 97) {
      const auto at = tree.at_rank(rank);
      ASSERT_EQ(tree.rank_of(at), rank);
      ASSERT_GE(at.score(), before);
      before = at.score();
    }
  }
}

TEST(MoveMemoryTest, ASmallSortedSet) {
  SortedTree tree(7);
  tree.insert("member", 1);
  EXPECT_EQ(move_all(tree, [] {}), 1U);
  EXPECT_EQ(tree.find("member").score(), 1);
  SortedTree empty(7);
  EXPECT_EQ(move_all(empty, [] {}), 0U);
}

TEST(MoveMemoryTest, Streams) {
  base::Random random(4);
  Stream stream;
  std::map<StreamId, std::string> model;
  std::uint64_t added = 0;
  const auto add = [&] {
    const auto text = text_of(++added, 120);
    const std::vector<std::string_view> fields{"field", text};
    stream.append({added, 0}, fields, {.bytes_max = 1024, .entries_max = 20});
    model[{added, 0}] = text;
  };
  for (int i = 0; i < 10'000; ++i) add();
  const auto change = [&] {
    add();
    for (int i = 0; i < 30; ++i) {
      const StreamId id{1 + random.below(added), 0};
      EXPECT_EQ(stream.erase(id), model.erase(id) != 0);
    }
  };
  EXPECT_GT(move_all(stream, [] {}), 500U);
  move_all(stream, change);
  ASSERT_EQ(stream.length(), model.size());
  StreamCursor cursor(stream, kFirstStreamId, kLastStreamId);
  for (const auto& [id, text] : model) {
    ASSERT_TRUE(cursor.next());
    ASSERT_EQ(cursor.id(), id);
    auto fields = cursor.fields();
    base::IntegerText scratch;
    ASSERT_EQ(fields.next().value.text(scratch), text);
  }
}

TEST(MoveMemoryTest, StreamsThatBecomeEmpty) {
  Stream stream;
  const std::vector<std::string_view> fields{"a", "b"};
  stream.append({1, 0}, fields, {.bytes_max = 1024, .entries_max = 20});
  stream.erase({1, 0});
  EXPECT_EQ(move_all(stream, [] {}), 0U);
  stream.append({2, 0}, fields, {.bytes_max = 1024, .entries_max = 20});
  EXPECT_EQ(stream.length(), 1U);
}

TEST(MoveMemoryTest, SetsOfIntegers) {
  IntegerArray set(IntegerRun(nullptr, 0, 1));
  for (std::int64_t i = 0; i < 500; ++i) set.insert(i * 3);
  EXPECT_EQ(move_all(set, [] {}), 1U);
  EXPECT_EQ(set.run()[499], 1497);
}

}  // namespace
}  // namespace larder::value
