#include "persist/append_queue.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace larder::persist {
namespace {

std::string all_of(const AppendQueue::Pieces& pieces) {
  std::string text;
  for (const auto& piece : pieces) {
    text += piece.bytes.view();
    if (piece.next_file) text += '|' + std::to_string(piece.next_file->bytes) + '|';
  }
  return text;
}

AppendQueue::Pieces taken_from(AppendQueue& queue) {
  AppendQueue::Pieces pieces;
  queue.take(pieces);
  EXPECT_TRUE(queue.empty());
  return pieces;
}

TEST(AppendQueue, KeepsTheOrderOfBytesAndFiles) {
  AppendQueue queue;
  EXPECT_TRUE(queue.empty());
  queue.switch_to({base::UniqueFd(), 1});
  EXPECT_FALSE(queue.empty());
  queue.append("one");
  queue.append("two");
  queue.switch_to({base::UniqueFd(), 2});
  queue.switch_to({base::UniqueFd(), 3});
  queue.append("three");
  EXPECT_EQ(all_of(taken_from(queue)), "|1|onetwo|2||3|three");
}

TEST(AppendQueue, KeepsTogetherWhatIsAppendedAtOnce) {
  AppendQueue queue;
  const std::string commands(100'000, 'x');
  std::string all;
  for (int i = 0; i < 10; ++i) {
    queue.append(commands);
    all += commands;
  }
  const std::string large(3 << 20, 'y');
  queue.append(large);
  queue.append("end");
  const auto pieces = taken_from(queue);
  EXPECT_EQ(all_of(pieces), all + large + "end");
  for (const auto& piece : pieces) {
    const auto bytes = piece.bytes.size();
    EXPECT_TRUE(bytes % commands.size() == 0 || bytes == large.size() || bytes == 3) << bytes;
  }
}

TEST(AppendQueue, UsesItsMemoryAgain) {
  AppendQueue queue;
  std::set<const char*> seen;
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 10; ++i) queue.append(std::string(200'000, 'x'));
    auto pieces = taken_from(queue);
    for (const auto& piece : pieces) seen.insert(piece.bytes.data());
    queue.recycle(pieces);
  }
  EXPECT_EQ(seen.size(), 10U);
  queue.trim();
  queue.append("after it");
  EXPECT_EQ(all_of(taken_from(queue)), "after it");
}

}  // namespace
}  // namespace larder::persist
