#include "load/reply_reader.h"

#include <gtest/gtest.h>

namespace larder::load {
namespace {

constexpr std::string_view kReplies =
    "+OK\r\n:5\r\n$5\r\nhe\r\no\r\n$-1\r\n*2\r\n*1\r\n:1\r\n$0\r\n\r\n*0\r\n%1\r\n+a\r\n#t\r\n_"
    "\r\n-ERR no\r\n";
constexpr std::size_t kCount = 9;

TEST(ReplyReader, CountsWholeReplies) {
  ReplyReader reader;
  EXPECT_EQ(reader.read(kReplies), kCount);
  EXPECT_EQ(reader.errors(), 1u);
  EXPECT_EQ(reader.first_error(), "ERR no");
}

TEST(ReplyReader, ReadsOnWhereItStopped) {
  for (std::size_t cut = 0; cut <= kReplies.size(); ++cut) {
    ReplyReader reader;
    const auto first = reader.read(kReplies.substr(0, cut));
    EXPECT_EQ(first + reader.read(kReplies.substr(cut)), kCount) << cut;
  }
  ReplyReader reader;
  std::size_t count = 0;
  for (const char& byte : kReplies) count += reader.read({&byte, 1});
  EXPECT_EQ(count, kCount);
}

TEST(ReplyReader, StopsAtWhatIsNotResp) {
  ReplyReader reader;
  EXPECT_EQ(reader.read("+OK\r\nHTTP/1.1 400\r\n+OK\r\n"), 1u);
  EXPECT_TRUE(reader.is_broken());
}

}  // namespace
}  // namespace larder::load
