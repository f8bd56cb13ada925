#include "value/stream_id.h"

#include <gtest/gtest.h>

namespace larder::value {
namespace {

TEST(StreamId, ReadsAndWrites) {
  StreamIdText scratch;
  EXPECT_EQ(to_text({1526919030474, 55}, scratch), "1526919030474-55");
  EXPECT_EQ(to_text(kLastStreamId, scratch), "18446744073709551615-18446744073709551615");
  EXPECT_EQ(parse_stream_id("12-3", 0), (StreamId{12, 3}));
  EXPECT_EQ(parse_stream_id("12", 7), (StreamId{12, 7}));
  EXPECT_EQ(parse_stream_id("007-+01", 0), (StreamId{7, 1}));
  EXPECT_EQ(parse_stream_id("18446744073709551615-18446744073709551615", 0), kLastStreamId);
  for (const auto* text : {"", "-", "5-", "-5", "1-2-3", "18446744073709551616", "1-*", "+", "a",
                           "1-a", "5--6", "++5", "0x5", "5 "}) {
    EXPECT_EQ(parse_stream_id(text, 0), std::nullopt) << text;
  }
}

TEST(StreamId, HasNeighbours) {
  EXPECT_EQ((StreamId{1, 2}.next()), (StreamId{1, 3}));
  EXPECT_EQ((StreamId{1, UINT64_MAX}.next()), (StreamId{2, 0}));
  EXPECT_EQ(kLastStreamId.next(), std::nullopt);
  EXPECT_EQ((StreamId{1, 0}.previous()), (StreamId{0, UINT64_MAX}));
  EXPECT_EQ(kFirstStreamId.previous(), std::nullopt);
}

}  // namespace
}  // namespace larder::value
