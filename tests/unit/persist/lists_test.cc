#include "base/random.h"
#include "codec/listpack.h"
#include "fixture.h"
#include "value/list.h"

namespace larder::persist {
namespace {

class Lists : public PersistTest {
 protected:
  value::ListLimits limits() const { return value::ListLimits(settings_.list_max_listpack_size); }

  void push(std::string_view name, const std::vector<std::string>& items) {
    auto to = entry(name);
    if (!to) to = database().create(key(name), keyspace::Type::list, keyspace::kNever);
    keyspace::EntryCell cell(database(), to);
    value::List list(cell, limits());
    for (const auto& item : items) list.push(value::End::back, item);
  }

  std::vector<std::string> items(std::string_view name) {
    auto from = entry(name);
    EXPECT_EQ(from.type(), keyspace::Type::list);
    keyspace::EntryCell cell(database(), from);
    const value::List list(cell, limits());
    std::vector<std::string> items;
    list.visit(0, list.size(), value::End::back, [&](const char* encoded) {
      base::IntegerText scratch;
      items.emplace_back(value::read_item(encoded).text(scratch));
      return true;
    });
    return items;
  }
};

using Items = std::vector<std::string>;

TEST_F(Lists, AreWrittenAsRedisWritesThem) {
  push("k", {"a", "1"});
  EXPECT_EQ(dumped("k").substr(0, 18), std::string("\x12\x01\x02\x0c\x0c\x00\x00\x00\x02\x00\x81"
                                                   "a\x02\x01\x01\xff\x0a\x00",
                                                   18));
}

TEST_F(Lists, ComeBack) {
  base::Random random(4);
  for (const int count : {1, 2, 100, 5'000}) {
    Items wanted;
    for (int i = 0; i < count; ++i) {
      wanted.push_back(random.below(3) == 0
                           ? std::to_string(static_cast<std::int64_t>(random.next()))
                           : std::string(random.below(40), static_cast<char>('a' + i % 26)));
      if (random.below(500) == 0) wanted.emplace_back(20'000, 'y');
    }
    database().erase(key("k"));
    push("k", wanted);
    ASSERT_EQ(restore("back", dumped("k")), "");
    EXPECT_EQ(items("back"), wanted);
  }
}

TEST_F(Lists, OfAllVersionsAreRead) {
  EXPECT_EQ(restore(RdbType::list,
                    "\x02\x01"
                    "a\xc0\x07"),
            "");
  EXPECT_EQ(items("restored"), (Items{"a", "7"}));
  const std::string ziplist(
      "\x0f\x00\x00\x00\x0d\x00\x00\x00\x02\x00\x00\x01"
      "a\x03\xf8\xff",
      16);
  auto sized = ziplist;
  sized[0] = 16;
  EXPECT_EQ(restore(RdbType::list_ziplist, counted(sized)), "");
  EXPECT_EQ(items("restored"), (Items{"a", "7"}));
  EXPECT_EQ(restore(RdbType::list_quicklist, "\x02" + counted(sized) + counted(sized)), "");
  EXPECT_EQ(items("restored"), (Items{"a", "7", "a", "7"}));
  EXPECT_EQ(restore(RdbType::list_quicklist_2, "\x01\x01\x05plain"), "");
  EXPECT_EQ(items("restored"), (Items{"plain"}));
}

TEST_F(Lists, HostileOnesAreRefused) {
  const std::string empty_listpack("\x07\x00\x00\x00\x00\x00\xff", 7);
  EXPECT_EQ(restore(RdbType::list, std::string_view("\x00", 1)), read_failure::kEmptyCollection);
  EXPECT_EQ(restore(RdbType::list,
                    "\x81\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                    "a"),
            read_failure::kCutOff);
  EXPECT_EQ(restore(RdbType::list_quicklist_2, std::string_view("\x00", 1)),
            read_failure::kEmptyCollection);
  EXPECT_EQ(restore(RdbType::list_quicklist_2, "\x01\x02" + counted(empty_listpack)),
            read_failure::kEmptyCollection);
  EXPECT_EQ(restore(RdbType::list_quicklist_2,
                    "\x01\x03\x01"
                    "a"),
            read_failure::kQuicklist);
  EXPECT_EQ(restore(RdbType::list_quicklist_2, std::string_view("\x01\x01\x00", 3)),
            read_failure::kQuicklist);
  EXPECT_EQ(restore(RdbType::list_quicklist_2,
                    "\x01\x02\x01"
                    "a"),
            read_failure::kListpack);
  EXPECT_EQ(restore(RdbType::list_quicklist,
                    "\x01\x01"
                    "a"),
            read_failure::kZiplist);
  EXPECT_EQ(restore(RdbType::list_ziplist,
                    "\x01"
                    "a"),
            read_failure::kZiplist);
}

}  // namespace
}  // namespace larder::persist
