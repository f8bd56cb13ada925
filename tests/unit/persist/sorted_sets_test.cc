#include <limits>
#include <map>

#include "base/random.h"
#include "fixture.h"
#include "value/sorted_set.h"

namespace larder::persist {
namespace {

using Scores = std::map<std::string, double>;

class SortedSets : public PersistTest {
 protected:
  void add(std::string_view name, const Scores& scores) {
    auto to = entry(name);
    if (!to) to = database().create(key(name), keyspace::Type::sorted_set, keyspace::kNever);
    keyspace::EntryCell cell(database(), to);
    value::SortedSet set(cell, {.elements_max = settings_.zset_max_listpack_entries,
                                .member_bytes_max = settings_.zset_max_listpack_value});
    for (const auto& [member, score] : scores) set.add(member, score);
  }

  Scores scores(std::string_view name) {
    const auto from = entry(name);
    EXPECT_EQ(from.type(), keyspace::Type::sorted_set);
    Scores scores;
    value::SortedSetView(from.packed(), from.object())
        .for_each([&](std::string_view member, double score) { scores.emplace(member, score); });
    return scores;
  }
};

TEST_F(SortedSets, AreWrittenAsRedisWritesThem) {
  add("k", {{"a", 1}, {"b", 2.5}});
  EXPECT_EQ(dumped("k").substr(0, 24), std::string("\x11\x14\x14\x00\x00\x00\x04\x00\x81"
                                                   "a\x02\x01\x01\x81"
                                                   "b\x02\x83"
                                                   "2.5\x04\xff\x0a",
                                                   24));
  settings_.zset_max_listpack_entries = 1;
  database().erase(key("k"));
  add("k", {{"a", 1}, {"b", 2.5}});
  EXPECT_EQ(dumped("k").substr(0, 22), std::string("\x05\x02\x01"
                                                   "b\0\0\0\0\0\0\x04\x40\x01"
                                                   "a\0\0\0\0\0\0\xf0\x3f",
                                                   22));
}

TEST_F(SortedSets, ComeBack) {
  constexpr auto kInfinity = std::numeric_limits<double>::infinity();
  base::Random random(4);
  for (const int count : {1, 5, 128, 129, 5'000}) {
    Scores wanted = {{"least", -kInfinity}, {"most", kInfinity}, {"", -0.0}, {"7", 1e300}};
    for (int i = 0; i < count; ++i) {
      wanted["member:" + std::to_string(i)] =
          random.below(2) == 0 ? static_cast<double>(random.below(100)) : random.unit() - 0.5;
    }
    database().erase(key("k"));
    add("k", wanted);
    ASSERT_EQ(restore("back", dumped("k")), "");
    EXPECT_EQ(scores("back"), wanted);
    EXPECT_EQ(dumped("back"), dumped("k"));
  }
}

TEST_F(SortedSets, OfAllVersionsAreRead) {
  const Scores wanted = {{"a", 1}, {"b", 2.5}};
  EXPECT_EQ(restore(RdbType::sorted_set_texts,
                    "\x02\x01"
                    "a\x01"
                    "1\x01"
                    "b\x03"
                    "2.5"),
            "");
  EXPECT_EQ(scores("restored"), wanted);
  EXPECT_EQ(restore(RdbType::sorted_set_texts,
                    "\x02\x01"
                    "a\xfe\x01"
                    "b\xff"),
            "");
  EXPECT_EQ(scores("restored").at("b"), -std::numeric_limits<double>::infinity());
  const std::string ziplist(
      "\x1a\x00\x00\x00\x15\x00\x00\x00\x04\x00\x00\x01"
      "b\x03\x03"
      "2.5\x05\x01"
      "a\x03\xf2\xff",
      24);
  auto sized = ziplist;
  sized[0] = static_cast<char>(sized.size());
  sized[4] = static_cast<char>(sized.size() - 3);
  EXPECT_EQ(restore(RdbType::sorted_set_ziplist, counted(sized)), "");  // in no order
  EXPECT_EQ(scores("restored"), wanted);
}

TEST_F(SortedSets, HostileOnesAreRefused) {
  EXPECT_EQ(restore(RdbType::sorted_set, std::string_view("\x00", 1)),
            read_failure::kEmptyCollection);
  EXPECT_EQ(restore(RdbType::sorted_set,
                    "\x01\x01"
                    "a\0\0\0\0\0\0\xf0"),
            read_failure::kCutOff);
  EXPECT_EQ(restore(RdbType::sorted_set,
                    "\x01\x01"
                    "a\0\0\0\0\0\0\xf8\x7f"),
            "Zset with NAN score detected");
  EXPECT_EQ(restore(RdbType::sorted_set_texts,
                    "\x01\x01"
                    "a\xfd"),
            "Zset with NAN score detected");
  EXPECT_EQ(restore(RdbType::sorted_set_texts,
                    "\x01\x01"
                    "a\x01x"),
            read_failure::kCutOff);
  EXPECT_EQ(restore(RdbType::sorted_set_texts,
                    "\x02\x01"
                    "a\x01"
                    "1\x01"
                    "a\x01"
                    "1"),
            "Duplicate zset fields detected");
  // A listpack with a member that has no score, and one with a score that is none.
  EXPECT_EQ(restore(RdbType::sorted_set_listpack, counted(std::string("\x0a\0\0\0\x01\0\x81"
                                                                      "a\x02\xff",
                                                                      10))),
            "Zset listpack integrity check failed.");
  EXPECT_EQ(restore(RdbType::sorted_set_listpack, counted(std::string("\x0d\0\0\0\x02\0\x81"
                                                                      "a\x02\x81"
                                                                      "b\x02\xff",
                                                                      13))),
            "Zset listpack integrity check failed.");
}

}  // namespace
}  // namespace larder::persist
