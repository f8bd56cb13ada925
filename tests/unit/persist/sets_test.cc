#include <set>

#include "fixture.h"
#include "value/set.h"

namespace larder::persist {
namespace {

using Members = std::set<std::string>;

class Sets : public PersistTest {
 protected:
  void add(std::string_view name, const Members& members) {
    auto to = entry(name);
    if (!to) to = database().create(key(name), keyspace::Type::set, keyspace::kNever);
    keyspace::EntryCell cell(database(), to);
    const value::SetOptions options{.hasher = keyspace_.hasher()};
    value::Set set(cell, options);
    for (const auto& member : members) set.add(value::SetMember(std::string_view(member)));
  }

  value::SetView view(std::string_view name) {
    const auto from = entry(name);
    EXPECT_EQ(from.type(), keyspace::Type::set);
    return {from.packed(), from.object()};
  }
  Members members(std::string_view name) {
    Members members;
    view(name).for_each([&](const value::Item& member) {
      base::IntegerText scratch;
      members.emplace(member.text(scratch));
      return true;
    });
    return members;
  }
};

TEST_F(Sets, AreWrittenAsRedisWritesThem) {
  add("k", {"1", "2", "300"});
  EXPECT_EQ(dumped("k").substr(0, 17),
            std::string("\x0b\x0e\x02\0\0\0\x03\0\0\0\x01\0\x02\0\x2c\x01\x0a", 17));
  database().erase(key("k"));
  add("k", {"a"});
  EXPECT_EQ(dumped("k").substr(0, 5), std::string("\x02\x01\x01"
                                                  "a\x0a",
                                                  5));
}

TEST_F(Sets, ComeBack) {
  for (const int count : {1, 5, 200, 5'000}) {
    for (const std::string prefix : {"", "member:"}) {
      Members wanted;
      for (int i = 0; i < count; ++i) wanted.insert(prefix + std::to_string(i * 7919 - 3));
      database().erase(key("k"));
      add("k", wanted);
      ASSERT_EQ(restore("back", dumped("k")), "");
      EXPECT_EQ(members("back"), wanted);
      EXPECT_EQ(view("back").encoding(), view("k").encoding());
    }
  }
}

TEST_F(Sets, OfNewerVersionsAreRead) {
  EXPECT_EQ(restore(RdbType::set_listpack, counted(std::string("\x0c\0\0\0\x02\0\x81"
                                                               "a\x02\x07\x01\xff",
                                                               12))),
            "");
  EXPECT_EQ(members("restored"), (Members{"a", "7"}));
}

TEST_F(Sets, HostileOnesAreRefused) {
  EXPECT_EQ(restore(RdbType::set, std::string_view("\x00", 1)), read_failure::kEmptyCollection);
  EXPECT_EQ(restore(RdbType::set,
                    "\x02\x01"
                    "a\x01"
                    "a"),
            "Duplicate set members detected");
  EXPECT_EQ(restore(RdbType::set,
                    "\x81\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                    "a"),
            read_failure::kCutOff);
  EXPECT_EQ(
      restore(RdbType::set_intset, counted(std::string("\x02\0\0\0\x02\0\0\0\x02\0\x01\0", 12))),
      "Intset integrity check failed.");
  EXPECT_EQ(restore(RdbType::set_listpack, counted(std::string("\x0d\0\0\0\x02\0\x81"
                                                               "a\x02\x81"
                                                               "a\x02\xff",
                                                               13))),
            "Set listpack integrity check failed.");
}

}  // namespace
}  // namespace larder::persist
