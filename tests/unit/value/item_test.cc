#include "value/item.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace larder::value {
namespace {

std::string written(const EncodedItem& item) {
  std::string bytes(item.size(), '\0');
  EXPECT_EQ(item.write(bytes.data()), bytes.data() + bytes.size());
  return bytes;
}

TEST(Item, GivesEveryTextBack) {
  for (const std::size_t length : {0, 1, 63, 64, 300, 16383, 16384, 70000}) {
    const std::string text(length, 'x');
    const auto bytes = written(EncodedItem(text));
    const char* at = bytes.data();
    EXPECT_EQ(item_size(at), bytes.size());
    base::IntegerText scratch;
    EXPECT_EQ(read_item(at).text(scratch), text);
    EXPECT_EQ(at, bytes.data() + bytes.size());
  }
}

TEST(Item, KeepsIntegersInAsFewBytesAsTheyNeed) {
  const std::pair<const char*, std::size_t> cases[] = {
      {"0", 1},
      {"63", 1},
      {"64", 2},
      {"-1", 2},
      {"127", 2},
      {"128", 3},
      {"-128", 2},
      {"-129", 3},
      {"32767", 3},
      {"32768", 4},
      {"8388607", 4},
      {"9223372036854775807", 9},
      {"-9223372036854775808", 9},
  };
  for (const auto& [text, size] : cases) {
    const EncodedItem item{std::string_view(text)};
    EXPECT_TRUE(item.is_integer());
    EXPECT_EQ(item.size(), size) << text;
    const auto bytes = written(item);
    const char* at = bytes.data();
    base::IntegerText scratch;
    EXPECT_EQ(read_item(at).text(scratch), text);
  }
  for (const char* text : {"", "007", "+1", "-0", " 1", "1 ", "9223372036854775808"}) {
    EXPECT_FALSE(EncodedItem(std::string_view(text)).is_integer()) << text;
  }
}

TEST(Item, EqualsOnlyTheSameText) {
  const char* texts[] = {"", "a", "b", "ab", "1", "-1", "64", "300", "70000", "9999999999"};
  for (const char* a : texts) {
    for (const char* b : texts) {
      const auto bytes = written(EncodedItem(std::string_view(b)));
      EXPECT_EQ(EncodedItem(std::string_view(a)).equals(bytes.data()), std::string_view(a) == b);
    }
  }
}

TEST(Item, GivesEveryNumberBack) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double number : {0.0, -0.0, 1.0, 1.5, -3.0, 9007199254740992.0, 1e300, infinity,
                              -infinity, std::numeric_limits<double>::denorm_min()}) {
    const auto bytes = written(EncodedItem(number));
    const char* at = bytes.data();
    const auto read = read_number(at);
    EXPECT_EQ(read, number);
    EXPECT_EQ(std::signbit(read), std::signbit(number));
    EXPECT_EQ(at, bytes.data() + bytes.size());
    EXPECT_EQ(item_size(bytes.data()), bytes.size());
  }
  EXPECT_EQ(EncodedItem(63.0).size(), 1U);
  EXPECT_EQ(EncodedItem(1.5).size(), 9U);
}

}  // namespace
}  // namespace larder::value
