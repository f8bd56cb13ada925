#include "value/list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "base/random.h"

namespace larder::value {
namespace {

const ListLimits kLimits(-2);

std::string text_of(const Item& item) {
  base::IntegerText scratch;
  return std::string(item.text(scratch));
}

std::string text_of(const char* encoded) { return text_of(read_item(encoded)); }

std::vector<std::string> contents(const List& list) {
  std::vector<std::string> texts;
  list.visit(0, list.size(), End::back, [&](const char* item) {
    texts.push_back(text_of(item));
    return true;
  });
  return texts;
}

std::string text_at(const List& list, std::size_t index) {
  std::string text;
  list.visit(index, 1, End::back, [&](const char* item) {
    text = text_of(item);
    return true;
  });
  return text;
}

// A list beside a std::deque that is changed alike.
class Twins {
 public:
  Twins(std::uint64_t seed, std::size_t text_bytes_max, ListLimits limits = kLimits)
      : random_(seed), text_bytes_max_(text_bytes_max), limits_(limits) {}

  List list() { return {cell_, limits_}; }
  std::size_t size() const { return model_.size(); }
  bool is_packed() const { return cell_.object() == nullptr; }

  std::string any_text() {
    switch (random_.below(8)) {
      case 0:
        return std::to_string(random_.below(100));
      case 1:
        return std::to_string(static_cast<std::int64_t>(random_.next()));
      case 2:
        return std::string(random_.below(text_bytes_max_ + 1), 'y');
      default:
        return "item-" + std::to_string(random_.below(20));
    }
  }

  void push() {
    const auto end = any_end();
    std::vector<std::string> texts(1 + random_.below(random_.below(10) == 0 ? 20 : 3));
    for (auto& text : texts) {
      text = any_text();
      end == End::back ? model_.push_back(text) : model_.push_front(text);
    }
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    list().push(end, views);
  }

  void pop() {
    const auto end = any_end();
    const auto count = 1 + random_.below(random_.below(8) == 0 ? size() : 1);
    EXPECT_EQ(text_at(list(), end == End::front ? 0 : size() - 1),
              end == End::front ? model_.front() : model_.back());
    erase_model(end == End::front ? 0 : size() - count, count);
    list().pop(end, count);
  }

  void erase() {
    const auto first = random_.below(size());
    const auto count = 1 + random_.below(std::min<std::size_t>(size() - first, 1 + size() / 5));
    erase_model(first, count);
    list().erase(first, count);
  }

  void insert() {
    const auto index = random_.below(size() + 1);
    const auto text = any_text();
    model_.insert(model_.begin() + static_cast<std::ptrdiff_t>(index), text);
    list().insert(index, text);
  }

  void replace() {
    const auto index = random_.below(size());
    model_[index] = any_text();
    list().replace(index, model_[index]);
  }

  void remove() {
    const auto text = model_[random_.below(size())];
    const auto limit = random_.below(3) == 0 ? SIZE_MAX : 1 + random_.below(4);
    const auto end = any_end();
    std::size_t removed = 0;
    const auto goes = [&](const std::string& other) {
      if (other != text || removed == limit) return false;
      ++removed;
      return true;
    };
    if (end == End::front) {
      std::deque<std::string> kept;
      for (const auto& other : model_) {
        if (!goes(other)) kept.push_back(other);
      }
      model_ = std::move(kept);
    } else {
      std::deque<std::string> kept;
      for (auto other = model_.rbegin(); other != model_.rend(); ++other) {
        if (!goes(*other)) kept.push_front(*other);
      }
      model_ = std::move(kept);
    }
    EXPECT_EQ(list().remove(end, limit, text), removed);
  }

  void step(bool grows) {
    const auto kind = random_.below(grows ? 10 : 14);
    if (model_.empty()) {
      // As a command does: an empty list goes with its key.
      cell_.~FreeCell();
      new (&cell_) FreeCell;
    }
    if (kind < 5 || model_.empty()) return push();
    if (kind == 5) return insert();
    if (kind == 6) return replace();
    if (kind == 7 && random_.below(grows ? 20 : 4) == 0) return remove();
    if (kind == 8 && random_.below(grows ? 20 : 2) == 0) return erase();
    pop();
  }

  void expect_equal() {
    if (model_.empty()) return;
    ASSERT_EQ(list().size(), model_.size());
    const auto texts = contents(list());
    ASSERT_TRUE(std::equal(texts.begin(), texts.end(), model_.begin(), model_.end()));
    const auto first = random_.below(size());
    const auto count = 1 + random_.below(first + 1);
    auto at = first;
    list().visit(first, count, End::front, [&](const char* item) {
      EXPECT_EQ(text_of(item), model_[at]);
      --at;
      return true;
    });
    EXPECT_EQ(at + count, first);
    EXPECT_EQ(text_at(list(), first), model_[first]);
    if (cell_.object() == nullptr) return;
    std::size_t bytes = 0;
    for (const auto& text : model_) bytes += entry_size(EncodedItem(text).size());
    const auto* chunks = static_cast<const ChunkedList*>(cell_.object());
    EXPECT_EQ(chunks->entry_bytes(), bytes);
    if (!chunks->compresses()) {
      EXPECT_GE(chunks->memory_bytes(), bytes);
    }
    EXPECT_TRUE(chunks->is_settled());
    const auto copy = chunks->clone();
    EXPECT_EQ(copy->element_count(), model_.size());
    EXPECT_TRUE(static_cast<const ChunkedList&>(*copy).is_settled());
    EXPECT_LE(copy->memory_bytes(), chunks->memory_bytes() + chunks->memory_bytes() / 4 + 4096);
  }

 private:
  End any_end() { return random_.below(2) == 0 ? End::front : End::back; }
  void erase_model(std::size_t first, std::size_t count) {
    const auto begin = model_.begin() + static_cast<std::ptrdiff_t>(first);
    model_.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
  }

  base::Random random_;
  std::size_t text_bytes_max_;
  ListLimits limits_;
  FreeCell cell_;
  std::deque<std::string> model_;
};

TEST(List, DoesWhatADequeDoes) {
  const std::size_t text_sizes[] = {10, 70, 300, 3000, 40'000};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Twins twins(seed, text_sizes[seed % 5]);
    for (int i = 0; i < 3000; ++i) {
      twins.step((i / 500) % 2 == 0);
      if (i % 50 == 0) twins.expect_equal();
      if (::testing::Test::HasFailure()) FAIL() << "seed " << seed << ", step " << i;
    }
  }
}

TEST(List, DoesSoWithChunksThatAreCompressed) {
  const std::size_t text_sizes[] = {10, 70, 300, 3000, 40'000};
  const std::int64_t depths[] = {1, 2, 3, 200};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Twins twins(seed, text_sizes[seed % 5], ListLimits(-2, depths[seed % 4]));
    for (int i = 0; i < 3000; ++i) {
      twins.step((i / 500) % 2 == 0);
      if (i % 50 == 0) twins.expect_equal();
      if (::testing::Test::HasFailure()) FAIL() << "seed " << seed << ", step " << i;
    }
  }
}

TEST(List, CompressesWhatIsFarFromItsEnds) {
  const auto bytes_with = [](std::int64_t depth, std::size_t& chunks) {
    FreeCell cell;
    List list(cell, ListLimits(-2, depth));
    for (int i = 0; i < 20'000; ++i) list.push(End::back, "the same words, " + std::to_string(i));
    chunks = static_cast<const ChunkedList*>(cell.object())->chunk_count();
    return cell.object()->memory_bytes();
  };
  std::size_t chunks = 0;
  const auto plain = bytes_with(0, chunks);
  EXPECT_LT(bytes_with(1, chunks), plain / 2);
  const auto half = static_cast<std::int64_t>(chunks / 4);
  EXPECT_GT(bytes_with(half, chunks), bytes_with(1, chunks) * 5 / 4);
  EXPECT_EQ(bytes_with(static_cast<std::int64_t>(chunks), chunks), plain);
}

TEST(List, LeavesChunksThatWouldNotShrink) {
  base::Random random(1);
  const auto bytes_with = [&](std::int64_t depth) {
    FreeCell cell;
    List list(cell, ListLimits(-2, depth));
    for (int i = 0; i < 5'000; ++i) {
      std::string text(40, '\0');
      for (auto& byte : text) byte = static_cast<char>(random.next());
      list.push(End::back, text);
    }
    return cell.object()->memory_bytes();
  };
  EXPECT_EQ(bytes_with(1), bytes_with(0));
}

TEST(List, TurnsIntoChunksAndBack) {
  FreeCell cell;
  List list(cell, kLimits);
  std::size_t most_packed = 0;
  for (int i = 0; i < 1000; ++i) {
    list.push(End::back, "item " + std::to_string(i));
    if (cell.object() == nullptr) most_packed = list.size();
  }
  EXPECT_GT(most_packed, 50u);
  EXPECT_NE(cell.object(), nullptr);
  list.pop(End::front, 990);
  EXPECT_EQ(cell.object(), nullptr);
  EXPECT_EQ(contents(list).front(), "item 990");
  EXPECT_EQ(list.size(), 10u);
}

TEST(List, TenShortItemsTakeAByteEachAndAHeader) {
  FreeCell cell;
  List list(cell, kLimits);
  for (int i = 0; i < 10; ++i) list.push(End::front, "twelve bytes");
  EXPECT_EQ(cell.packed().size(), 2u + 10 * 13);
}

TEST(List, FindsAnyPlaceOfManyGroups) {
  FreeCell cell;
  List list(cell, kLimits);
  constexpr std::size_t kItems = 300'000;
  for (std::size_t i = 0; i < kItems; ++i) {
    list.push(End::back, "some text " + std::to_string(i));
  }
  for (std::size_t i = 0; i < kItems; i += 997) {
    EXPECT_EQ(text_at(list, i), "some text " + std::to_string(i));
  }
  list.erase(1000, kItems - 2000);
  EXPECT_EQ(list.size(), 2000u);
  EXPECT_EQ(text_at(list, 999), "some text 999");
  EXPECT_EQ(text_at(list, 1000), "some text 299000");
}

TEST(List, RemovesFromBothEndsAcrossGroups) {
  for (const auto end : {End::front, End::back}) {
    FreeCell cell;
    List list(cell, kLimits);
    for (int i = 0; i < 200'000; ++i) list.push(End::back, i % 3 == 0 ? "gone" : "kept for now");
    EXPECT_EQ(list.remove(end, 10, "gone"), 10u);
    EXPECT_EQ(list.remove(end, SIZE_MAX, "absent"), 0u);
    EXPECT_EQ(list.remove(end, SIZE_MAX, "gone"), 66'667u - 10);
    EXPECT_EQ(list.size(), 133'333u);
    EXPECT_EQ(list.remove(end, SIZE_MAX, "kept for now"), 133'333u);
    EXPECT_EQ(list.size(), 0u);
  }
}

TEST(List, InsertsInTheMiddleKeepChunksInOrder) {
  FreeCell cell;
  List list(cell, kLimits);
  for (int i = 0; i < 60'000; ++i) list.insert(list.size() / 2, std::string(40, 'm'));
  EXPECT_EQ(list.size(), 60'000u);
  const auto* chunks = cell.object();
  EXPECT_LT(chunks->memory_bytes(), 60'000u * 42 * 2);
}

TEST(List, AQueueKeepsItsMemory) {
  FreeCell cell;
  List list(cell, kLimits);
  for (int i = 0; i < 500; ++i) list.push(End::front, "a job of some bytes");
  const auto before = cell.object()->memory_bytes();
  for (int i = 0; i < 100'000; ++i) {
    list.push(End::front, "a job of some bytes");
    list.pop(End::back);
  }
  EXPECT_EQ(list.size(), 500u);
  EXPECT_LT(cell.object()->memory_bytes(), before + 8192);
}

TEST(List, IsAQuicklistWhereRedisWouldHaveOne) {
  FreeCell cell;
  List list(cell, ListLimits(3));
  for (int i = 0; i < 3; ++i) list.push(End::back, "x");
  EXPECT_FALSE(list.is_quicklist());
  list.push(End::back, "x");
  EXPECT_TRUE(list.is_quicklist());
  list.pop(End::back, 2);
  EXPECT_TRUE(list.is_quicklist());
  list.pop(End::back);
  EXPECT_FALSE(list.is_quicklist());
}

TEST(List, AQuicklistOfBytesComesBackAtHalfTheLimit) {
  FreeCell cell;
  List list(cell, ListLimits(-1));
  for (int i = 0; i < 39; ++i) list.push(End::back, std::string(100, 'x'));
  EXPECT_FALSE(list.is_quicklist());
  list.push(End::back, std::string(100, 'x'));
  EXPECT_TRUE(list.is_quicklist());
  while (list.is_quicklist()) list.pop(End::front);
  EXPECT_EQ(list.size(), 19u);
  list.replace(0, std::string(5000, 'x'));
  EXPECT_TRUE(list.is_quicklist());
  list.replace(0, "x");
  EXPECT_FALSE(list.is_quicklist());
}

}  // namespace
}  // namespace larder::value
