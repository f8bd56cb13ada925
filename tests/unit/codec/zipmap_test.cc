#include "codec/zipmap.h"

#include <gtest/gtest.h>

#include <string>

namespace larder::codec {
namespace {

std::string read(std::string_view bytes) {
  ZipmapReader reader(bytes);
  std::string text;
  std::string_view name;
  std::string_view value;
  while (reader.next(name, value)) {
    text += std::string(name) + '=' + std::string(value) + ' ';
  }
  return text + (reader.is_whole() ? "whole" : "corrupt");
}

constexpr auto kWhole = std::string_view(
    "\x02\x03"
    "foo\x03\x00"
    "bar\x05hello\x05\x02world--\xff",
    26);

TEST(Zipmap, ReadsPairs) {
  EXPECT_EQ(read(kWhole), "foo=bar hello=world whole");
  EXPECT_EQ(read(std::string_view("\x00\xff", 2)), "whole");
}

TEST(Zipmap, ReadsLongLengths) {
  const std::string value(300, 'v');
  std::string bytes("\xfe\x01k\xfe\x2c\x01\x00\x00\x00", 9);
  bytes += value + '\xff';
  EXPECT_EQ(read(bytes), "k=" + value + " whole");
}

TEST(Zipmap, RefusesWhatIsCutOffOrChanged) {
  for (std::size_t length = 0; length < kWhole.size(); ++length) {
    EXPECT_TRUE(read(kWhole.substr(0, length)).ends_with("corrupt")) << length;
  }
  std::string count(kWhole);
  count[0] = 1;
  EXPECT_TRUE(read(count).ends_with("corrupt"));
  std::string announced(kWhole);
  announced[1] = '\xfe';
  EXPECT_TRUE(read(announced).ends_with("corrupt"));
}

}  // namespace
}  // namespace larder::codec
