// The corners of edge-triggered reading: ends that arrive with bytes, handlers that end
// registrations while others are ready, descriptors that the kernel refuses, work that never ends.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "server/event_loop.h"

namespace larder::server {
namespace {

// Reads until a short read, as a connection does, so that it depends on being told of the end.
class Peer final : public IoHandler {
 public:
  explicit Peer(EventLoop& loop) : loop_(loop) {
    int fds[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    ours.reset(fds[0]);
    theirs.reset(fds[1]);
    start();
  }

  void start() { registration = loop_.watch(ours.get(), *this); }
  void send(const std::string& bytes) const {
    EXPECT_EQ(::write(theirs.get(), bytes.data(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
  }

  void on_readable() override {
    ++readable;
    char bytes[64];
    ssize_t count = sizeof bytes;
    while (count == sizeof bytes) {
      count = ::recv(ours.get(), bytes, sizeof bytes, 0);
      if (count > 0) text.append(bytes, static_cast<std::size_t>(count));
    }
    ended = ended || count == 0 || (count < 0 && errno == ECONNRESET);
    if (then) then();
  }
  void on_writable() override { ++writable; }

  base::UniqueFd ours;
  base::UniqueFd theirs;
  Registration registration;
  std::function<void()> then;
  std::string text;
  int readable = 0;
  int writable = 0;
  bool ended = false;

 private:
  EventLoop& loop_;
};

// Runs until nothing has been ready for a while.
void run_for(EventLoop& loop, int duration_ms) {
  const auto stop = loop.after(std::chrono::milliseconds(duration_ms), [&] { loop.stop(); });
  loop.run();
}

TEST(EventLoopEdges, TheEndThatComesTogetherWithBytesIsTold) {
  EventLoop loop;
  Peer peer(loop);
  peer.send("last words");
  ::shutdown(peer.theirs.get(), SHUT_WR);
  run_for(loop, 20);
  EXPECT_EQ(peer.text, "last words");
  EXPECT_TRUE(peer.ended);
}

TEST(EventLoopEdges, AConnectionThatBreaksTogetherWithBytesIsTold) {
  EventLoop loop;
  Peer peer(loop);
  ASSERT_EQ(::write(peer.ours.get(), "unread", 6), 6);  // makes the close below a reset
  peer.send("last words");
  peer.theirs.reset();
  run_for(loop, 20);
  EXPECT_TRUE(peer.ended);
}

TEST(EventLoopEdges, AThousandEndsAtOnceAreAllTold) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const std::size_t count = std::min<std::size_t>(1000, limit.rlim_cur / 4);
  EventLoop loop;
  std::vector<std::unique_ptr<Peer>> peers;
  for (std::size_t i = 0; i < count; ++i) {
    peers.push_back(std::make_unique<Peer>(loop));
    peers.back()->send("x");
    peers.back()->theirs.reset();
  }
  run_for(loop, 100);
  EXPECT_TRUE(
      std::all_of(peers.begin(), peers.end(), [](const auto& peer) { return peer->ended; }));
}

TEST(EventLoopEdges, AnEndIsNotToldToARegistrationThatAnotherEnded) {
  EventLoop loop;
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 8; ++i) {
    auto& peer = *peers.emplace_back(std::make_unique<Peer>(loop));
    peer.then = [&] {
      for (auto& other : peers) {
        if (other.get() != &peer) other.reset();
      }
    };
  }
  for (auto& peer : peers) peer->theirs.reset();
  run_for(loop, 20);
  EXPECT_EQ(std::count(peers.begin(), peers.end(), nullptr), 7);
}

TEST(EventLoopEdges, AFullSocketThatTakesBytesAgainIsToldOnceAndOnlyWhereItWasAskedFor) {
  EventLoop loop;
  Peer peer(loop);
  const std::string block(65536, 'x');
  std::vector<char> sink(1 << 20);
  const auto fill = [&] {
    while (::write(peer.ours.get(), block.data(), block.size()) > 0) {
    }
  };
  const auto drain = [&] {
    while (::read(peer.theirs.get(), sink.data(), sink.size()) > 0) {
    }
  };
  fill();
  const auto unasked = loop.after(std::chrono::milliseconds(5), drain);
  const auto asked = loop.after(std::chrono::milliseconds(10), [&] {
    EXPECT_EQ(peer.writable, 0) << "nobody asked";
    fill();
    peer.registration.await_writable();
  });
  const auto drained = loop.after(std::chrono::milliseconds(15), [&] {
    EXPECT_EQ(peer.writable, 0) << "the socket is full";
    drain();
  });
  run_for(loop, 30);
  EXPECT_EQ(peer.writable, 1);
  EXPECT_EQ(peer.readable, 0);
}

TEST(EventLoopEdges, AnEndIsToldWhileWaitingToWrite) {
  EventLoop loop;
  Peer peer(loop);
  peer.registration.await_writable();  // told at once: there is room
  peer.send("x");
  ::shutdown(peer.theirs.get(), SHUT_WR);
  run_for(loop, 20);
  EXPECT_EQ(peer.writable, 1);
  EXPECT_TRUE(peer.ended);
}

TEST(EventLoopEdges, AHandlerMayRegisterItselfAnew) {
  EventLoop loop;
  Peer peer(loop);
  peer.then = [&] {
    if (peer.text != "a") return;
    peer.registration = {};
    peer.start();
    peer.send("b");
  };
  peer.send("a");
  run_for(loop, 20);
  EXPECT_EQ(peer.text, "ab");
}

TEST(EventLoopEdges, ARegistrationIsEmptyWhereTheKernelRefuses) {
  EventLoop loop;
  Peer peer(loop);
  EXPECT_TRUE(peer.registration);
  {
    const auto again = loop.watch(peer.ours.get(), peer);
    EXPECT_EQ(errno, EEXIST);
    EXPECT_FALSE(again);
  }
  const base::UniqueFd file(::open("/proc/self/status", O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(file);
  const auto refused = loop.watch(file.get(), peer);
  EXPECT_EQ(errno, EPERM);
  EXPECT_FALSE(refused);
}

TEST(EventLoopEdges, PostedWorkRunsAfterAllHandlersThatAreReady) {
  EventLoop loop;
  std::string order;
  Peer first(loop);
  Peer second(loop);
  first.then = second.then = [&] {
    order += 'h';
    loop.post([&] { order += 'p'; });
  };
  first.send("1");
  second.send("2");
  run_for(loop, 20);
  EXPECT_EQ(order, "hhpp");
}

TEST(EventLoopEdges, WorkThatPostsItselfForEverStarvesNobody) {
  EventLoop loop;
  Peer peer(loop);
  int turns = 0;
  int turns_until_told = -1;
  std::function<void()> busy = [&] {
    if (++turns == 10) peer.send("me too");
    if (turns < 1000) loop.post(busy);
  };
  peer.then = [&] {
    if (!peer.text.empty()) turns_until_told = turns - 10;
  };
  loop.post(busy);
  run_for(loop, 50);
  EXPECT_EQ(peer.text, "me too");
  EXPECT_LE(turns_until_told, 2);
}

}  // namespace
}  // namespace larder::server
