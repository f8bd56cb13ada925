#include "base/byte_buffer.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace larder::base {
namespace {

TEST(ByteBuffer, HoldsNoMemoryUntilItIsUsed) {
  ByteBuffer buffer;
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.capacity(), 0u);
  buffer.append({});
  buffer.consume(0);
  EXPECT_EQ(buffer.capacity(), 0u);
  EXPECT_EQ(buffer.view(), "");
}

TEST(ByteBuffer, KeepsItsBytesWhileItGrows) {
  ByteBuffer buffer;
  std::string expected;
  for (int i = 0; i < 10'000; ++i) {
    buffer.push_back(static_cast<char>(i));
    buffer.append("some bytes");
    expected += static_cast<char>(i);
    expected += "some bytes";
  }
  EXPECT_EQ(buffer.view(), expected);
}

TEST(ByteBuffer, PreparedSpaceCountsOnceCommitted) {
  ByteBuffer buffer(16);
  buffer.append("abc");
  char* const at = buffer.prepare(100);
  EXPECT_GE(buffer.space(), 100u);
  std::memcpy(at, "defgh", 5);
  EXPECT_EQ(buffer.view(), "abc");
  buffer.commit(2);
  EXPECT_EQ(buffer.view(), "abcde");
}

TEST(ByteBuffer, ConsumingMovesTheRestToTheFront) {
  ByteBuffer buffer;
  buffer.append("0123456789");
  buffer.consume(4);
  EXPECT_EQ(buffer.view(), "456789");
  buffer.truncate(2);
  EXPECT_EQ(buffer.view(), "45");
  buffer.consume(2);
  EXPECT_TRUE(buffer.empty());
}

TEST(ByteBuffer, ClearKeepsTheMemoryAndReleaseGivesItBack) {
  ByteBuffer buffer(1000);
  buffer.append("abc");
  buffer.clear();
  EXPECT_GE(buffer.capacity(), 1000u);
  buffer.append("abc");
  buffer.release();
  EXPECT_EQ(buffer.capacity(), 0u);
  EXPECT_TRUE(buffer.empty());
}

TEST(ByteBuffer, ShrinkingSparesTheContent) {
  constexpr std::size_t kRoundedMax = 32;  // what an allocator makes of a few bytes
  ByteBuffer buffer(1000);
  buffer.append("abc");
  buffer.shrink(100);
  EXPECT_GE(buffer.capacity(), 100u);
  EXPECT_LE(buffer.capacity(), 100u + kRoundedMax);
  buffer.shrink(1);
  EXPECT_GE(buffer.capacity(), 3u);
  EXPECT_LE(buffer.capacity(), kRoundedMax);
  EXPECT_EQ(buffer.view(), "abc");
  buffer.clear();
  buffer.shrink(0);
  EXPECT_EQ(buffer.capacity(), 0u);
}

TEST(ByteBuffer, MovesWithItsMemory) {
  ByteBuffer from;
  from.append("abc");
  const char* const memory = from.data();
  ByteBuffer to(std::move(from));
  EXPECT_EQ(to.data(), memory);
  ByteBuffer assigned;
  assigned = std::move(to);
  EXPECT_EQ(assigned.view(), "abc");
}

}  // namespace
}  // namespace larder::base
