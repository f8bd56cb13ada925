#include "fixture.h"

namespace larder::persist {
namespace {

using Strings = PersistTest;

TEST_F(Strings, AreWrittenAsRedisWritesThem) {
  // What redis-server 7.0 dumps for SET k 10 and SET k hello.
  database().set_string(key("k"), "10", keyspace::kNever);
  EXPECT_EQ(dumped("k").substr(0, 5), std::string("\x00\xc0\x0a\x0a\x00", 5));
  database().set_string(key("k"), "hello", keyspace::kNever);
  EXPECT_EQ(dumped("k").substr(0, 9), std::string("\x00\x05hello\x0a\x00", 9));
}

TEST_F(Strings, ComeBack) {
  std::vector<std::string> texts = {"",
                                    "a",
                                    "0",
                                    "-1",
                                    "007",
                                    "127",
                                    "128",
                                    "-32769",
                                    "2147483647",
                                    "2147483648",
                                    "9223372036854775807",
                                    "-9223372036854775808"};
  for (const auto length : {20u, 21u, 63u, 64u, 16'383u, 16'384u, 100'000u}) {
    texts.emplace_back(length, 'x');
    std::string varied;
    for (std::size_t i = 0; i < length; ++i) varied += static_cast<char>(i * i * 31 >> 3);
    texts.push_back(varied);
  }
  for (const auto compresses : {true, false}) {
    settings_.rdb_compression = compresses;
    for (const auto& wanted : texts) {
      database().set_string(key("k"), wanted, keyspace::kNever);
      EXPECT_EQ(restore("back", dumped("k")), "");
      EXPECT_EQ(text("back"), wanted);
      EXPECT_EQ(entry("back").string_encoding(), entry("k").string_encoding());
    }
  }
}

TEST_F(Strings, AreCompressedWhereTheSettingSaysSo) {
  database().set_string(key("k"), std::string(1000, 'x'), keyspace::kNever);
  EXPECT_LT(dumped("k").size(), 50u);
  settings_.rdb_compression = false;
  EXPECT_GT(dumped("k").size(), 1000u);
}

TEST_F(Strings, HostileOnesAreRefused) {
  EXPECT_EQ(restore(RdbType::string, ""), read_failure::kCutOff);
  EXPECT_EQ(restore(RdbType::string,
                    "\x05"
                    "hell"),
            read_failure::kCutOff);
  EXPECT_EQ(restore(RdbType::string, "\x80\xff\xff\xff\xff"), read_failure::kCutOff);
  EXPECT_EQ(restore(RdbType::string, "\x81\xff\xff\xff\xff\xff\xff\xff\xff"),
            read_failure::kCutOff);
  EXPECT_EQ(restore(RdbType::string, "\x82\x00\x00\x00\x00"), read_failure::kCutOff);
  EXPECT_EQ(restore(RdbType::string, "\xc4"), read_failure::kCutOff);
  EXPECT_EQ(restore(RdbType::string, "\xc2\x01\x02"), read_failure::kCutOff);
  // Compressed: announces more than it can stand for, too little, and a length that is no length.
  EXPECT_EQ(restore(RdbType::string,
                    "\xc3\x02\x81\x7f\xff\xff\xff\xff\xff\xff\xff\x00"
                    "a"),
            read_failure::kCutOff);
  EXPECT_EQ(restore(RdbType::string,
                    "\xc3\x02\x02\x00"
                    "a"),
            read_failure::kCutOff);
  EXPECT_EQ(restore(RdbType::string,
                    "\xc3\xc0\x02\x00"
                    "a"),
            read_failure::kCutOff);
}

TEST_F(Strings, NoneInflatesBeyondTheLongestThatAKeyMayHold) {
  database().set_string(key("k"), std::string(100'000, 'x'), keyspace::kNever);
  const auto payload = dumped("k");
  settings_.proto_max_bulk_len = 100'000;
  EXPECT_EQ(restore("back", payload), "");
  settings_.proto_max_bulk_len = 99'999;
  EXPECT_EQ(restore("back", payload), read_failure::kCutOff);
}

TEST_F(Strings, FootersAreChecked) {
  const auto good = payload(RdbType::string,
                            "\x01"
                            "a");
  EXPECT_EQ(restore("k", good), "");
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto bad = good;
    bad[at] ^= 1;
    EXPECT_EQ(restore("k", bad), "footer") << at;
  }
  EXPECT_EQ(restore("k", good.substr(0, 9)), "footer");
  EXPECT_EQ(restore("k", ""), "footer");
  EXPECT_EQ(restore("k", payload(RdbType::string,
                                 "\x01"
                                 "a",
                                 12)),
            "");
  EXPECT_EQ(restore("k", payload(RdbType::string,
                                 "\x01"
                                 "a",
                                 80)),
            "");
  EXPECT_EQ(restore("k", payload(RdbType::string,
                                 "\x01"
                                 "a",
                                 13)),
            "footer");
  EXPECT_TRUE(has_valid_footer(payload(RdbType::string,
                                       "\x01"
                                       "a",
                                       13),
                               {.version = false}));
  EXPECT_TRUE(has_valid_footer("0123456789", {.version = false, .checksum = false}));
}

TEST_F(Strings, OtherTypesAreRefused) {
  for (const int type : {6, 8, 23, 26, 33, 200, 255}) {
    EXPECT_EQ(restore(static_cast<RdbType>(type),
                      "\x01"
                      "a"),
              read_failure::kUnknownType)
        << type;
  }
  EXPECT_EQ(restore("k", payload(RdbType::string, "").substr(0, 0)), "footer");
}

}  // namespace
}  // namespace larder::persist
