#include "codec/crc64.h"

#include <gtest/gtest.h>

#include <string>

namespace larder::codec {
namespace {

TEST(Crc64, HasThePublishedCheckValue) {
  EXPECT_EQ(crc64(0, "123456789"), 0xe9c6d914c4b8d9caULL);
  EXPECT_EQ(crc64(0, ""), 0u);
}

TEST(Crc64, GoesOnWhereItEnded) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += static_cast<char>(i * 7);
  const auto whole = crc64(0, text);
  for (std::size_t at = 0; at < 40; ++at) {
    EXPECT_EQ(
        crc64(crc64(0, std::string_view(text).substr(0, at)), std::string_view(text).substr(at)),
        whole);
  }
}

}  // namespace
}  // namespace larder::codec
