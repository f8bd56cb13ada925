#include "server/event_loop.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"

namespace larder::server {
namespace {

struct SocketPair {
  SocketPair() {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    ours.reset(fds[0]);
    theirs.reset(fds[1]);
  }
  base::UniqueFd ours;
  base::UniqueFd theirs;
};

class Reader final : public IoHandler {
 public:
  Reader(EventLoop& loop, int fd) : loop_(loop), fd_(fd) {}
  void start() { registration = loop_.watch(fd_, *this); }

  void on_readable() override {
    ++readable;
    char bytes[64];
    ssize_t count = 0;
    while ((count = ::read(fd_, bytes, sizeof bytes)) > 0) {
      text.append(bytes, static_cast<std::size_t>(count));
    }
    ended = ended || count == 0;
    if (then) then();
  }
  void on_writable() override { ++writable; }

  std::optional<Registration> registration;
  std::function<void()> then;
  std::string text;
  int readable = 0;
  int writable = 0;
  bool ended = false;

 private:
  EventLoop& loop_;
  int fd_;
};

TEST(EventLoop, TellsOfBytesAndOfTheEnd) {
  EventLoop loop;
  SocketPair pair;
  Reader reader(loop, pair.ours.get());
  reader.start();
  reader.then = [&] {
    if (reader.text == "hello") pair.theirs.reset();
    if (reader.ended) loop.stop();
  };
  ASSERT_EQ(::write(pair.theirs.get(), "hello", 5), 5);
  loop.run();
  EXPECT_EQ(reader.text, "hello");
  EXPECT_TRUE(reader.ended);
}

TEST(EventLoop, IsEdgeTriggered) {
  EventLoop loop;
  SocketPair pair;
  struct Lazy final : IoHandler {
    void on_readable() override { ++calls; }
    void on_writable() override {}
    int calls = 0;
  } lazy;
  const auto registration = loop.watch(pair.ours.get(), lazy);
  ASSERT_EQ(::write(pair.theirs.get(), "x", 1), 1);
  const auto stop = loop.after(std::chrono::milliseconds(20), [&] { loop.stop(); });
  loop.run();
  EXPECT_EQ(lazy.calls, 1) << "nobody read the byte, yet it is told once";
}

TEST(EventLoop, AHandlerMayEndItsOwnRegistration) {
  EventLoop loop;
  SocketPair pair;
  Reader reader(loop, pair.ours.get());
  reader.start();
  reader.then = [&] {
    reader.registration.reset();
    pair.ours.reset();
  };
  ASSERT_EQ(::write(pair.theirs.get(), "bye", 3), 3);
  const auto stop = loop.after(std::chrono::milliseconds(20), [&] { loop.stop(); });
  loop.run();
  EXPECT_EQ(reader.readable, 1);
}

TEST(EventLoop, AHandlerMayEndTheRegistrationOfAnotherThatIsReady) {
  EventLoop loop;
  SocketPair a;
  SocketPair b;
  Reader first(loop, a.ours.get());
  Reader second(loop, b.ours.get());
  first.start();
  second.start();
  first.then = [&] { second.registration.reset(); };
  second.then = [&] { first.registration.reset(); };
  ASSERT_EQ(::write(a.theirs.get(), "1", 1), 1);
  ASSERT_EQ(::write(b.theirs.get(), "2", 1), 1);
  const auto stop = loop.after(std::chrono::milliseconds(20), [&] { loop.stop(); });
  loop.run();
  EXPECT_EQ(first.readable + second.readable, 1);
}

TEST(EventLoop, TimersComeInTheirOrderAndStopWhenTheyAreGone) {
  EventLoop loop;
  std::string order;
  const auto late = loop.after(std::chrono::milliseconds(15), [&] { order += 'c'; });
  const auto early = loop.after(std::chrono::milliseconds(1), [&] { order += 'a'; });
  const auto middle = loop.after(std::chrono::milliseconds(8), [&] { order += 'b'; });
  {
    const auto gone = loop.after(std::chrono::milliseconds(4), [&] { order += 'x'; });
  }
  const auto stop = loop.after(std::chrono::milliseconds(30), [&] { loop.stop(); });
  loop.run();
  EXPECT_EQ(order, "abc");
}

TEST(EventLoop, APeriodicTimerMayReplaceItself) {
  EventLoop loop;
  int calls = 0;
  Timer timer;
  timer = loop.every(1, [&] {
    if (++calls == 3) timer = loop.after(std::chrono::milliseconds(1), [&] { loop.stop(); });
  });
  loop.run();
  EXPECT_EQ(calls, 3);
}

TEST(EventLoop, PostedWorkRunsAfterTheHandlerThatPostedIt) {
  EventLoop loop;
  std::string order;
  loop.post([&] {
    loop.post([&] {
      order += 'b';
      loop.stop();
    });
    order += 'a';
  });
  loop.run();
  EXPECT_EQ(order, "ab");
}

TEST(EventLoop, OtherThreadsWakeIt) {
  EventLoop loop;
  int value = 0;
  std::thread other([&] {
    for (int i = 0; i < 1000; ++i) loop.post_from_other_thread([&] { ++value; });
    loop.post_from_other_thread([&] { loop.stop(); });
  });
  loop.run();
  other.join();
  EXPECT_EQ(value, 1000);
}

TEST(EventLoop, TellsOfSignals) {
  EventLoop loop;
  int got = 0;
  loop.on_signal(SIGUSR1, [&](int signal) {
    got = signal;
    loop.stop();
  });
  loop.post([] { ::raise(SIGUSR1); });
  loop.run();
  EXPECT_EQ(got, SIGUSR1);
}

}  // namespace
}  // namespace larder::server
