#include "value/element_table.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace larder::value {
namespace {

using Kind = ElementTable::Kind;

const base::KeyHasher kHasher(1234);  // NOLINT(cert-err58-cpp)

struct Expected {
  std::string value;
  base::UnixMs deadline = kNoDeadline;
};
using Model = std::map<std::string, Expected>;

// A table and what it should hold.
class Pair {
 public:
  explicit Pair(Kind kind, std::uint64_t seed = 1)
      : random(seed), table(kHasher, kind), has_values_(kind == Kind::pairs) {}

  std::string text(std::size_t size_max) {
    std::string text(random.below(size_max + 1), 'x');
    for (auto& each : text) each = static_cast<char>(random.next());
    return text;
  }
  std::string value(std::size_t size_max) { return has_values_ ? text(size_max) : std::string(); }

  void set(const std::string& key, const std::string& value, base::UnixMs deadline) {
    if (const auto place = table.find(key)) {
      const auto updated = table.update(place, value, deadline);
      EXPECT_EQ(updated.key(), key);
      EXPECT_EQ(updated.value(), value);
    } else {
      const auto added = table.insert({key, value, deadline});
      EXPECT_EQ(added.element().key, key);
      EXPECT_EQ(added.deadline(), deadline);
    }
    model[key] = {value, deadline};
  }
  void erase(const std::string& key) {
    const auto place = table.find(key);
    EXPECT_EQ(static_cast<bool>(place), model.erase(key) != 0);
    if (place) table.erase(place);
  }

  static void expect_equal(const ElementTable& table, const Model& model) {
    ASSERT_EQ(table.element_count(), model.size());
    std::size_t seen = 0;
    std::size_t with_deadline = 0;
    auto earliest = kNoDeadline;
    table.for_each([&](const Element& element) {
      const auto expected = model.find(std::string(element.key));
      ASSERT_NE(expected, model.end());
      EXPECT_EQ(element.value, expected->second.value);
      EXPECT_EQ(element.deadline, expected->second.deadline);
      with_deadline += element.deadline != kNoDeadline;
      earliest = std::min(earliest, element.deadline);
      ++seen;
    });
    EXPECT_EQ(seen, model.size());
    EXPECT_EQ(table.with_deadline(), with_deadline);
    EXPECT_LE(table.next_deadline(), earliest);
    for (const auto& [key, expected] : model) {
      const auto place = table.find(key);
      ASSERT_TRUE(place);
      EXPECT_EQ(place.value(), expected.value);
      EXPECT_EQ(place.deadline(), expected.deadline);
    }
  }
  void check() const { expect_equal(table, model); }

  base::Random random;
  ElementTable table;
  Model model;

 private:
  bool has_values_;
};

std::string key_of(int i) { return fmt::format("field:{}", i); }

TEST(ElementTable, AnEmptyOneHasNothing) {
  ElementTable table(kHasher, Kind::pairs);
  base::Random random(1);
  EXPECT_FALSE(table.find("a"));
  EXPECT_FALSE(table.random(random));
  EXPECT_EQ(table.scan(0, 10, [](const Element&) { FAIL(); }), 0U);
  EXPECT_EQ(table.next_deadline(), kNoDeadline);
  EXPECT_EQ(table.live_count(0), 0U);
}

TEST(ElementTable, HoldsAnyBytesAndSizes) {
  Pair pair(Kind::pairs);
  for (const std::size_t size : {0, 1, 62, 63, 64, 65, 254, 255, 256, 257, 400, 500, 510, 512, 513,
                                 600, 1024, 5000, 70'000}) {
    pair.set(std::string(size, 'k'), "v", kNoDeadline);
    pair.set("v" + std::to_string(size), std::string(size, 'v'), kNoDeadline);
    pair.set("b" + std::string(size, 'b'), std::string(size, '\0'), 5);
  }
  pair.check();
}

TEST(ElementTable, GrowsAndShrinks) {
  Pair pair(Kind::keys);
  constexpr int kCount = 60'000;
  for (int i = 0; i < kCount; ++i) pair.set(key_of(i), "", kNoDeadline);
  pair.check();
  const auto most = pair.table.memory_bytes();
  EXPECT_LT(most, kCount * 20U);
  for (int i = 0; i < kCount; ++i) {
    if (i % 64 != 0) pair.erase(key_of(i));
  }
  pair.check();
  EXPECT_LT(pair.table.memory_bytes(), most / 10);
  for (int i = 0; i < kCount; i += 64) pair.erase(key_of(i));
  EXPECT_EQ(pair.table.element_count(), 0U);
  EXPECT_LT(pair.table.memory_bytes(), 2000U);
}

TEST(ElementTable, AgreesWithAModel) {
  for (const auto kind : {Kind::keys, Kind::pairs}) {
    for (const std::size_t value_max : {20U, 300U, 700U}) {
      Pair pair(kind, value_max);
      for (int step = 0; step < 40'000; ++step) {
        // It grows for a while, then shrinks, and so on.
        const bool grows = step / 8'000 % 2 == 0;
        const auto key = fmt::format("{}", pair.random.below(6'000));
        if (pair.random.below(10) < (grows ? 7U : 2U)) {
          const auto deadline = pair.random.below(3) == 0
                                    ? static_cast<base::UnixMs>(pair.random.below(1'000'000))
                                    : kNoDeadline;
          const auto value =
              pair.random.below(20) == 0 ? pair.value(3 * value_max) : pair.value(value_max);
          pair.set(key, value, deadline);
        } else {
          pair.erase(key);
        }
        if (step % 10'000 == 9'999) pair.check();
      }
      const auto copy = pair.table.clone();
      pair.erase("1");
      const auto model = pair.model;
      pair.check();
      EXPECT_LE(copy->element_count() - model.size(), 1U);
    }
  }
}

TEST(ElementTable, CloneIsEqualAndApart) {
  Pair pair(Kind::pairs);
  for (int i = 0; i < 3'000; ++i) {
    pair.set(key_of(i), pair.value(i % 10 == 0 ? 900 : 30), i % 7 == 0 ? i : kNoDeadline);
  }
  pair.table.set_note(3);
  const auto model = pair.model;
  const auto copy = pair.table.clone();
  for (int i = 0; i < 3'000; i += 2) pair.erase(key_of(i));
  const auto& table = static_cast<const ElementTable&>(*copy);
  Pair::expect_equal(table, model);
  EXPECT_EQ(table.note(), 3);
}

TEST(ElementTable, ScanVisitsEachOnceWhileTheTableChanges) {
  for (const std::size_t count : {1U, 7U, 100U}) {
    Pair pair(Kind::keys, count);
    constexpr int kStaying = 2'000;
    for (int i = 0; i < kStaying; ++i) pair.set(key_of(i), "", kNoDeadline);
    std::map<std::string, int> visits;
    std::uint64_t cursor = 0;
    int next = kStaying;
    do {
      cursor = pair.table.scan(cursor, count,
                               [&](const Element& element) { ++visits[std::string(element.key)]; });
      EXPECT_LT(cursor, std::uint64_t{1} << 48);
      for (int i = 0; i < 20 && next < 30'000; ++i) pair.set(key_of(next++), "", kNoDeadline);
      if (next > 20'000) {
        for (int i = kStaying; i < next; ++i) pair.erase(key_of(i));
        next = kStaying;
      }
    } while (cursor != 0);
    for (int i = 0; i < kStaying; ++i) EXPECT_EQ(visits[key_of(i)], 1) << i;
    for (const auto& [key, times] : visits) EXPECT_GE(times, 1) << key;
  }
}

TEST(ElementTable, ScanVisitsAboutAsManyAsAskedFor) {
  Pair pair(Kind::keys);
  for (int i = 0; i < 5'000; ++i) pair.set(key_of(i), "", kNoDeadline);
  std::size_t calls = 0;
  std::uint64_t cursor = 0;
  do {
    std::size_t visited = 0;
    cursor = pair.table.scan(cursor, 10, [&](const Element&) { ++visited; });
    EXPECT_LE(visited, 60U);
    ++calls;
  } while (cursor != 0);
  EXPECT_GE(calls, 200U);
  EXPECT_LE(calls, 500U);
}

TEST(ElementTable, AnyNumberIsACursor) {
  Pair pair(Kind::keys);
  for (int i = 0; i < 500; ++i) pair.set(key_of(i), "", kNoDeadline);
  for (int i = 0; i < 1'000; ++i) {
    auto cursor = pair.random.next() >> pair.random.below(64);
    for (int calls = 0; (cursor = pair.table.scan(cursor, 10, [](const Element&) {})) != 0;) {
      ASSERT_LT(++calls, 500);
    }
  }
}

TEST(ElementTable, RandomElementsAreUniform) {
  for (const int size : {1, 3, 40, 1'000, 20'000}) {
    Pair pair(Kind::pairs, static_cast<std::uint64_t>(size));
    for (int i = 0; i < size; ++i) pair.set(key_of(i), pair.value(100), kNoDeadline);
    std::unordered_map<std::string, int> drawn;
    const int draws = std::max(size * 40, 2'000);
    for (int i = 0; i < draws; ++i) {
      const auto place = pair.table.random(pair.random);
      ASSERT_TRUE(place);
      ASSERT_EQ(place.hash(), pair.table.hash_of(place.key()));
      ++drawn[std::string(place.key())];
    }
    // Pearson's test, with six standard deviations.
    double chi_square = 0;
    const double expected = static_cast<double>(draws) / size;
    for (int i = 0; i < size; ++i) {
      const double difference = drawn[key_of(i)] - expected;
      chi_square += difference * difference / expected;
    }
    EXPECT_LT(chi_square, size - 1 + 6 * std::sqrt(2.0 * size)) << size;
  }
}

TEST(ElementTable, ExpiresWhatIsDue) {
  for (const std::size_t steps_max : {std::size_t{5}, std::size_t{1'000'000}}) {
    Pair pair(Kind::pairs);
    for (int i = 0; i < 20'000; ++i) {
      const auto deadline = i % 2 == 0 ? kNoDeadline : base::UnixMs{100'000 + i * 10};
      pair.set(key_of(i), pair.value(i % 100 == 1 ? 800 : 40), deadline);
    }
    EXPECT_EQ(pair.table.next_deadline(), 100'010);
    for (base::UnixMs now = 0; now < 400'000; now += 23'000) {
      std::set<std::string> due;
      for (const auto& [key, expected] : pair.model) {
        if (expected.deadline <= now) due.insert(key);
      }
      EXPECT_EQ(pair.table.live_count(now), pair.model.size() - due.size());
      std::set<std::string> removed;
      while (pair.table.next_deadline() <= now) {
        pair.table.expire(now, steps_max, [&](const Element& element) {
          EXPECT_LE(element.deadline, now);
          removed.emplace(element.key);
        });
      }
      EXPECT_EQ(removed, due);
      for (const auto& key : due) pair.model.erase(key);
      ASSERT_EQ(pair.table.element_count(), pair.model.size());
    }
    pair.check();
    EXPECT_EQ(pair.table.next_deadline(), kNoDeadline);
    EXPECT_EQ(pair.table.with_deadline(), 0U);
  }
}

TEST(ElementTable, ADeadlineCanBeTakenAway) {
  Pair pair(Kind::keys);
  for (int i = 0; i < 100; ++i) pair.set(key_of(i), "", 1'000);
  for (int i = 0; i < 100; i += 2) {
    const auto place = pair.table.set_deadline(pair.table.find(key_of(i)), kNoDeadline);
    EXPECT_EQ(place.key(), key_of(i));
    pair.model[key_of(i)].deadline = kNoDeadline;
  }
  pair.check();
  EXPECT_EQ(pair.table.expire(2'000, 1'000'000, [](const Element&) {}), 50U);
  EXPECT_EQ(pair.table.element_count(), 50U);
}

TEST(ElementTable, TheLastDeadlineIsFarAway) {
  ElementTable table(kHasher, Kind::keys);
  const auto place = table.insert({"a", "", ElementRecord::kDeadlineMax});
  EXPECT_EQ(place.deadline(), ElementRecord::kDeadlineMax);
}

TEST(ElementTable, CostsLittleBeyondThePayload) {
  constexpr int kCount = 100'000;
  ElementTable members(kHasher, Kind::keys);
  ElementTable fields(kHasher, Kind::pairs);
  const std::string value(32, 'v');
  for (int i = 0; i < kCount; ++i) {
    const auto key = fmt::format("{:016}", i);
    members.insert({key});
    fields.insert({key, value});
  }
  EXPECT_LE(members.memory_bytes() / kCount, 16U + 9U);
  EXPECT_LE(fields.memory_bytes() / kCount, 48U + 16U);
}

}  // namespace
}  // namespace larder::value
