#include "load/request_template.h"

#include <gtest/gtest.h>

namespace larder::load {
namespace {

RequestSource sequential() {
  return {Indexes(Distribution::sequential, 1'000, 0, 1), base::Random(1)};
}

std::string encoded(const RequestTemplate& request, RequestSource& source) {
  base::ByteBuffer out;
  request.append_to(out, source);
  return std::string(out.view());
}

TEST(RequestTemplate, FillsKeysInOrder) {
  auto source = sequential();
  const auto request = RequestTemplate::parse("MSET {key} {value:3} {key} x", {.key_bytes = 8});
  ASSERT_TRUE(request);
  EXPECT_EQ(request->name(), "mset");
  const auto first = encoded(*request, source);
  EXPECT_TRUE(first.starts_with("*5\r\n$4\r\nMSET\r\n$8\r\nkey:0000\r\n$3\r\n")) << first;
  EXPECT_TRUE(first.ends_with("$8\r\nkey:0001\r\n$1\r\nx\r\n")) << first;
  EXPECT_NE(encoded(*request, source).find("key:0002"), std::string::npos);
}

TEST(RequestTemplate, WritesNumbersInTheirWidth) {
  auto source = sequential();
  const auto request = RequestTemplate::parse("ZADD big {int:3} m{seq:5}", {});
  ASSERT_TRUE(request);
  for (int i = 0; i < 100; ++i) {
    const auto text = encoded(*request, source);
    EXPECT_NE(text[text.find("$3\r\n", 20) + 4], '0');
    EXPECT_NE(text.find(i < 10 ? "m0000" : "m000"), std::string::npos);
  }
}

TEST(RequestTemplate, RefusesWhatItCannotFill) {
  for (const auto* text :
       {"", " ", "GET {key", "GET {nothing:3}", "GET {seq}", "GET {int:20}", "GET {value:0}"}) {
    EXPECT_FALSE(RequestTemplate::parse(text, {})) << text;
  }
}

}  // namespace
}  // namespace larder::load
