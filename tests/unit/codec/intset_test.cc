#include "codec/intset.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace larder::codec {
namespace {

std::string written(const std::vector<std::int64_t>& integers) {
  base::ByteBuffer out;
  append_intset(out, integers);
  return std::string(out.view());
}

TEST(Intset, WritesTheBytesOfRedis) {
  EXPECT_EQ(written({1, 2, 300}), std::string("\x02\0\0\0\x03\0\0\0\x01\0\x02\0\x2c\x01", 14));
}

TEST(Intset, GivesBackWhatItWrote) {
  for (const auto& integers : std::vector<std::vector<std::int64_t>>{
           {7}, {-32768, 0, 32767}, {-32769, 5}, {0, 1LL << 31}, {INT64_MIN, -1, 0, INT64_MAX}}) {
    const auto bytes = written(integers);
    const auto set = Intset::open(bytes);
    ASSERT_TRUE(set);
    ASSERT_EQ(set->count(), integers.size());
    for (std::size_t i = 0; i < integers.size(); ++i) EXPECT_EQ((*set)[i], integers[i]);
  }
}

TEST(Intset, RefusesWhatIsNone) {
  EXPECT_FALSE(Intset::open(""));
  EXPECT_FALSE(Intset::open(std::string("\x02\0\0\0\0\0\0\0", 8)));                 // empty
  EXPECT_FALSE(Intset::open(std::string("\x03\0\0\0\x01\0\0\0\x01\0\0", 11)));      // width
  EXPECT_FALSE(Intset::open(std::string("\x02\0\0\0\x02\0\0\0\x01\0", 10)));        // short
  EXPECT_FALSE(Intset::open(std::string("\x02\0\0\0\x01\0\0\0\x01\0\0", 11)));      // long
  EXPECT_FALSE(Intset::open(std::string("\x02\0\0\0\x02\0\0\0\x02\0\x01\0", 12)));  // descends
  EXPECT_FALSE(Intset::open(std::string("\x02\0\0\0\x02\0\0\0\x01\0\x01\0", 12)));  // repeats
  EXPECT_FALSE(Intset::open(std::string("\x08\0\0\0\xff\xff\xff\xff", 8)));         // announced
}

}  // namespace
}  // namespace larder::codec
