#include "codec/ziplist.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "codec/bytes.h"

namespace larder::codec {
namespace {

// A ziplist of entries that lack only their first field.
std::string ziplist(const std::vector<std::string>& entries) {
  std::string bytes(10, '\0');
  std::size_t previous = 0;
  std::size_t tail = 10;
  for (const auto& entry : entries) {
    tail = bytes.size();
    if (previous < 254) {
      bytes += static_cast<char>(previous);
    } else {
      bytes += '\xfe';
      bytes.append(4, '\0');
      write_le(bytes.data() + bytes.size() - 4, static_cast<std::uint32_t>(previous));
    }
    bytes += entry;
    previous = bytes.size() - tail;
  }
  bytes += '\xff';
  write_le(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
  write_le(bytes.data() + 4, static_cast<std::uint32_t>(tail));
  write_le(bytes.data() + 8, static_cast<std::uint16_t>(entries.size()));
  return bytes;
}

std::vector<std::string> read(std::string_view bytes) {
  ZiplistReader reader(bytes);
  std::vector<std::string> texts;
  for (Element element; reader.next(element);) {
    base::IntegerText scratch;
    texts.emplace_back(element.text(scratch));
  }
  if (!reader.is_whole()) texts.emplace_back("(corrupt)");
  return texts;
}

const std::vector<std::string> kEntries = {
    "\x03"
    "abc",
    std::string("\x41\x00", 2) + std::string(256, 'x'),
    std::string("\x80\x00\x00\x00\x02hi", 7),
    "\xc0\xff\x7f",
    std::string("\xd0\x00\x00\x00\x80", 5),
    std::string("\xe0\xff\xff\xff\xff\xff\xff\xff\x7f", 9),
    std::string("\xf0\x00\x00\x80", 4),
    "\xfe\x80",
    "\xf1",
    "\xfd",
};

TEST(Ziplist, ReadsEveryKindOfEntry) {
  const std::vector<std::string> texts = {"abc",         std::string(256, 'x'),
                                          "hi",          "32767",
                                          "-2147483648", "9223372036854775807",
                                          "-8388608",    "-128",
                                          "0",           "12"};
  EXPECT_EQ(read(ziplist(kEntries)), texts);
  EXPECT_EQ(read(ziplist({})), std::vector<std::string>{});
}

TEST(Ziplist, RefusesWhatIsCutOffOrChanged) {
  const auto bytes = ziplist(kEntries);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    auto cut = bytes.substr(0, length);
    if (length >= 4) write_le(cut.data(), static_cast<std::uint32_t>(length));
    EXPECT_EQ(read(cut).back(), "(corrupt)") << length;
  }
  for (const std::size_t at : {0, 4, 8, 10, 15}) {  // length, tail, count, two previous lengths
    auto changed = bytes;
    ++changed[at];
    EXPECT_EQ(read(changed).back(), "(corrupt)") << at;
  }
  EXPECT_EQ(read(ziplist({"\xc1"})).back(), "(corrupt)");
}

TEST(Ziplist, SurvivesAnyChange) {
  const auto bytes = ziplist(kEntries);
  base::Random random(2);
  for (int round = 0; round < 20'000; ++round) {
    auto changed = bytes;
    for (int i = 0; i < 3; ++i)
      changed[random.below(changed.size())] = static_cast<char>(random.next());
    (void)read(changed);
  }
}

}  // namespace
}  // namespace larder::codec
