#include <map>

#include "base/random.h"
#include "codec/listpack.h"
#include "fixture.h"
#include "value/hash.h"

namespace larder::persist {
namespace {

struct Value {
  std::string text;
  base::UnixMs deadline = value::kNoDeadline;

  friend bool operator==(const Value&, const Value&) = default;
};
using Fields = std::map<std::string, Value>;

class Hashes : public PersistTest {
 protected:
  value::HashOptions options() const {
    return {.packed_fields_max = settings_.hash_max_listpack_entries,
            .packed_bytes_max = settings_.hash_max_listpack_value,
            .hasher = keyspace_.hasher(),
            .now = kNow};
  }

  void set(std::string_view name, const Fields& fields) {
    database().erase(key(name));
    auto to = database().create(key(name), keyspace::Type::hash, keyspace::kNever);
    keyspace::EntryCell cell(database(), to);
    const auto hash_options = options();
    value::Hash hash(cell, hash_options);
    for (const auto& [field, value] : fields) hash.set(field, value.text, value.deadline);
  }

  Fields fields(std::string_view name) {
    const auto from = entry(name);
    EXPECT_EQ(from.type(), keyspace::Type::hash);
    Fields fields;
    value::HashView(from.packed(), from.object(), kNow).for_each([&](const value::HashField& each) {
      base::IntegerText a;
      base::IntegerText b;
      fields[std::string(each.name.text(a))] = {std::string(each.value.text(b)), each.deadline};
    });
    return fields;
  }
};

TEST_F(Hashes, AreWrittenAsRedisWritesThem) {
  set("k", {{"a", {"1"}}});
  EXPECT_EQ(dumped("k").substr(0, 15), std::string("\x10\x0c\x0c\0\0\0\x02\0\x81"
                                                   "a\x02\x01\x01\xff\x0a",
                                                   15));
  settings_.hash_max_listpack_value = 0;
  set("k", {{"a", {"1"}}});
  EXPECT_EQ(dumped("k").substr(0, 7), std::string("\x04\x01\x01"
                                                  "a\xc0\x01\x0a",
                                                  7));
}

TEST_F(Hashes, ComeBack) {
  base::Random random(2);
  for (const int count : {1, 5, 512, 513, 5'000}) {
    Fields wanted = {{"", {""}}, {"7", {"-7"}}};
    for (int i = 0; i < count; ++i) {
      wanted["field:" + std::to_string(i)] = {std::string(random.below(60), 'v')};
    }
    set("k", wanted);
    ASSERT_EQ(restore("back", dumped("k")), "");
    EXPECT_EQ(fields("back"), wanted);
  }
}

TEST_F(Hashes, FieldsKeepTheirDeadlines) {
  Fields wanted;
  for (int i = 0; i < 50; ++i) {
    wanted["f" + std::to_string(i)] = {"v", i % 3 == 0 ? value::kNoDeadline : kNow + i * 1'000};
  }
  set("k", wanted);
  const auto payload = dumped("k");
  EXPECT_EQ(payload[0], '\x18');
  EXPECT_EQ(payload[payload.size() - 10], '\x0c');  // of version 12
  EXPECT_EQ(restore("back", payload), "");
  EXPECT_EQ(fields("back"), wanted);
}

TEST_F(Hashes, OfAllVersionsAreRead) {
  const Fields wanted = {{"a", {"1"}}, {"b", {"x"}}};
  const std::string ziplist(
      "\x15\0\0\0\x12\0\0\0\x04\0\0\x01"
      "a\x03\xf2\x02\x01"
      "b\x03\x01x\xff",
      22);
  auto sized = ziplist;
  sized[0] = static_cast<char>(sized.size());
  EXPECT_EQ(restore(RdbType::hash_ziplist, counted(sized)), "");
  EXPECT_EQ(fields("restored"), wanted);
  EXPECT_EQ(restore(RdbType::hash_zipmap, counted(std::string("\x02\x01"
                                                              "a\x01\x00"
                                                              "1\x01"
                                                              "b\x01\x00x\xff",
                                                              12))),
            "");
  EXPECT_EQ(fields("restored"), wanted);
}

TEST_F(Hashes, WithDeadlinesOfOthersAreRead) {
  const auto ms = [](std::int64_t value) {
    return std::string(reinterpret_cast<const char*>(&value), sizeof value);
  };
  const Fields wanted = {{"a", {"1"}}, {"b", {"2", kNow + 5'000}}};
  EXPECT_EQ(restore(RdbType::hash_deadlines_valkey,
                    "\x02\x01"
                    "a\x01"
                    "1" +
                        ms(-1) +
                        "\x01"
                        "b\x01"
                        "2" +
                        ms(kNow + 5'000)),
            "");
  EXPECT_EQ(fields("restored"), wanted);
  EXPECT_EQ(restore(RdbType::hash_deadlines, ms(kNow + 4'990) + std::string("\x02\x00\x01"
                                                                            "a\x01"
                                                                            "1\x0b\x01"
                                                                            "b\x01"
                                                                            "2",
                                                                            11)),
            "");
  EXPECT_EQ(fields("restored"), wanted);
  base::ByteBuffer listpack;
  codec::ListpackWriter writer(listpack);
  for (const auto* text : {"b", "2"}) writer.append(text);
  writer.append(kNow + 5'000);
  for (const auto* text : {"a", "1", "0"}) writer.append(text);
  writer.finish();
  EXPECT_EQ(restore(RdbType::hash_deadlines_listpack, ms(kNow + 5'000) + counted(listpack.view())),
            "");
  EXPECT_EQ(fields("restored"), wanted);
  // What is past its deadline is left out.
  EXPECT_EQ(restore(RdbType::hash_deadlines_valkey,
                    "\x02\x01"
                    "a\x01"
                    "1" +
                        ms(-1) +
                        "\x01"
                        "b\x01"
                        "2" +
                        ms(kNow)),
            "");
  EXPECT_EQ(fields("restored"), (Fields{{"a", {"1"}}}));
  EXPECT_EQ(restore(RdbType::hash_deadlines_valkey,
                    "\x01\x01"
                    "a\x01"
                    "1" +
                        ms(-2)),
            "Hash field expiry out of range");
  EXPECT_EQ(restore(RdbType::hash_deadlines, ms(INT64_MAX) + "\x01\x01\x01"
                                                             "a\x01"
                                                             "1"),
            "Hash field expiry out of range");
  EXPECT_EQ(restore(RdbType::hash_deadlines, ms(1) + "\x01\x81\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                                                     "a\x01"
                                                     "1"),
            "Hash field expiry out of range");
}

TEST_F(Hashes, HostileOnesAreRefused) {
  EXPECT_EQ(restore(RdbType::hash, std::string_view("\x00", 1)), read_failure::kEmptyCollection);
  EXPECT_EQ(restore(RdbType::hash,
                    "\x02\x01"
                    "a\x01"
                    "1\x01"
                    "a\x01"
                    "2"),
            "Duplicate hash fields detected");
  EXPECT_EQ(restore(RdbType::hash,
                    "\x81\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                    "a\x01"
                    "1"),
            read_failure::kCutOff);
  EXPECT_EQ(restore(RdbType::hash_zipmap,
                    "\x01"
                    "a"),
            "Zipmap integrity check failed.");
  EXPECT_EQ(restore(RdbType::hash_zipmap, counted(std::string("\x00\xff", 2))),
            "Zipmap integrity check failed.");
  EXPECT_EQ(restore(RdbType::hash_ziplist,
                    "\x01"
                    "a"),
            "Hash ziplist integrity check failed.");
  EXPECT_EQ(restore(RdbType::hash_listpack, counted(std::string("\x0a\0\0\0\x01\0\x81"
                                                                "a\x02\xff",
                                                                10))),
            "Hash listpack integrity check failed.");
}

}  // namespace
}  // namespace larder::persist
