#include "server/output_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "server/limits.h"

namespace larder::server {
namespace {

// Takes up to `bytes` from the front, as a socket does.
std::string take(OutputQueue& queue, std::size_t bytes) {
  const std::string taken(queue.front().substr(0, bytes));
  queue.consume(taken.size());
  return taken;
}

TEST(OutputQueue, GivesBackWhatWasAppendedInItsOrder) {
  std::mt19937 random(1);
  const auto below = [&](std::size_t end) { return random() % end; };
  OutputQueue queue;
  std::string expected;
  std::string sent;
  for (int step = 0; step < 3000; ++step) {
    const auto length = below(50) == 0 ? below(2 * limits::kOutputRunBytes) : below(3000);
    const std::string bytes(length, static_cast<char>('a' + step % 26));
    queue.append(bytes);
    expected += bytes;
    for (auto sends = below(4); sends != 0 && !queue.empty(); --sends) {
      sent += take(queue, 1 + below(8000));
    }
    ASSERT_EQ(queue.size(), expected.size() - sent.size());
    ASSERT_GE(queue.capacity(), queue.size());
  }
  while (!queue.empty()) sent += take(queue, limits::kOutputRunBytes);
  EXPECT_TRUE(sent == expected);
}

TEST(OutputQueue, GivesMemoryBackWhileItIsSent) {
  constexpr std::size_t kRuns = 64;
  OutputQueue queue;
  const std::string bytes(limits::kOutputRunBytes, 'x');
  for (std::size_t i = 0; i < kRuns; ++i) queue.append(bytes);
  const auto full = queue.capacity();
  EXPECT_LE(full, kRuns * limits::kOutputRunBytes * 2);
  for (std::size_t left = kRuns * bytes.size(); left > 0; left -= bytes.size()) {
    EXPECT_LE(queue.capacity(), 2 * left);
    for (std::size_t taken = 0; taken < bytes.size();) {
      taken += take(queue, bytes.size() - taken).size();
    }
  }
  EXPECT_EQ(queue.capacity(), 0U);
}

TEST(OutputQueue, KeepsALittleMemoryForWhatComesNext) {
  OutputQueue queue;
  queue.append("few bytes");
  EXPECT_EQ(take(queue, 100), "few bytes");
  EXPECT_TRUE(queue.empty());
  EXPECT_GT(queue.capacity(), 0U);
  EXPECT_LT(queue.capacity(), 128U);
  queue.append("more");
  EXPECT_EQ(take(queue, 100), "more");
  queue.release();
  EXPECT_EQ(queue.capacity(), 0U);
  queue.append("");
  EXPECT_TRUE(queue.empty());
  queue.append("again");
  EXPECT_EQ(take(queue, 100), "again");
}

TEST(OutputQueue, NeverMovesWhatIsThere) {
  OutputQueue queue;
  queue.append(std::string(limits::kOutputRunBytes, 'x'));
  const auto* const first = queue.front().data();
  for (int i = 0; i < 100; ++i) queue.append(std::string(10'000, 'y'));
  EXPECT_EQ(queue.front().data(), first);
}

}  // namespace
}  // namespace larder::server
