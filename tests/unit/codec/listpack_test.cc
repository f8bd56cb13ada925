#include "codec/listpack.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"

namespace larder::codec {
namespace {

std::string written(const std::vector<std::string>& texts) {
  base::ByteBuffer out;
  out.append("before");
  ListpackWriter writer(out);
  for (const auto& text : texts) writer.append(text);
  writer.finish();
  return std::string(out.view().substr(6));
}

std::vector<std::string> read(std::string_view bytes) {
  ListpackReader reader(bytes);
  std::vector<std::string> texts;
  for (Element element; reader.next(element);) {
    base::IntegerText scratch;
    texts.emplace_back(element.text(scratch));
  }
  if (!reader.is_whole()) texts.emplace_back("(corrupt)");
  return texts;
}

TEST(Listpack, WritesTheBytesOfRedis) {
  // As redis-server 7.0 dumps the hash {a: 1, b: hello}.
  EXPECT_EQ(written({"a", "1", "b", "hello"}), std::string("\x16\x00\x00\x00\x04\x00\x81"
                                                           "a\x02\x01\x01\x81"
                                                           "b\x02\x85hello\x06\xff",
                                                           22));
  EXPECT_EQ(written({}), std::string("\x07\x00\x00\x00\x00\x00\xff", 7));
}

TEST(Listpack, GivesBackEveryKindOfElement) {
  std::vector<std::string> texts = {"", "a", "007", "-0", "+1", " 1"};
  for (const auto edge : {0LL, 127LL, 128LL, 4095LL, 4096LL, 32767LL, 32768LL, 8388607LL, 8388608LL,
                          2147483647LL, 2147483648LL, 9223372036854775806LL}) {
    texts.push_back(std::to_string(edge));
    texts.push_back(std::to_string(-edge - 1));
    texts.push_back(std::to_string(-edge - 2 > 0 ? 0 : -edge));
  }
  for (const auto length : {63u, 64u, 125u, 126u, 127u, 4095u, 4096u, 16'379u, 16'380u, 70'000u}) {
    texts.emplace_back(length, 'x');
  }
  EXPECT_EQ(read(written(texts)), texts);
  EXPECT_EQ(check_listpack(written(texts)).count, texts.size());
}

TEST(Listpack, CountsBeyondWhatTheHeaderHolds) {
  const std::vector<std::string> texts(70'000, "7");
  const auto bytes = written(texts);
  EXPECT_EQ(bytes.substr(4, 2), "\xff\xff");
  EXPECT_TRUE(check_listpack(bytes).is_valid);
  EXPECT_EQ(check_listpack(bytes).count, texts.size());
}

TEST(Listpack, RefusesWhatIsCutOffOrChanged) {
  const auto bytes = written({"a", "1000", std::string(100, 'x'), "-5", "123456789012"});
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(check_listpack(bytes.substr(0, length)).is_valid) << length;
  }
  auto more = bytes + '\xff';
  EXPECT_FALSE(check_listpack(more).is_valid);
  auto count = bytes;
  count[4] = 4;
  EXPECT_FALSE(check_listpack(count).is_valid);
  auto back = bytes;
  back[8] = 3;
  EXPECT_FALSE(check_listpack(back).is_valid);
  auto head = bytes;
  head[6] = '\xf5';
  EXPECT_FALSE(check_listpack(head).is_valid);
}

TEST(Listpack, SurvivesAnyChange) {
  const auto bytes = written({"a", "1000", std::string(70, 'x'), "-5", std::string(5000, 'y')});
  base::Random random(2);
  for (int round = 0; round < 20'000; ++round) {
    auto changed = bytes;
    for (int i = 0; i < 3; ++i) {
      changed[random.below(round % 2 == 0 ? 90 : changed.size())] =
          static_cast<char>(random.next());
    }
    (void)read(changed);
  }
}

}  // namespace
}  // namespace larder::codec
