// The one loop of the server: tells handlers when their descriptors can be read or written, runs
// timers, posted work and signals, all in the thread that called run(). Asio is behind it and
// nowhere else.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "server/loop_figures.h"

namespace larder::server {

// Told of edges: "now it can be read" comes once for all bytes that are there, so a handler reads
// until a short read or EAGAIN. An error counts as readable. Any call may be spurious.
class IoHandler {
 public:
  virtual void on_readable() = 0;
  // Comes after Registration::await_writable() only.
  virtual void on_writable() = 0;
  // The peer sends no more, or the connection broke; comes before or after the edge of the last
  // bytes. A handler that postpones reading remembers it: from here on a short read is not the
  // last, the end is.
  virtual void on_hang_up() { on_readable(); }

 protected:
  ~IoHandler() = default;
};

// One descriptor known to the loop, from watch() until this is destroyed. Must go before its
// handler, its descriptor and the loop. A handler may destroy it from inside its own call.
class Registration {
 public:
  Registration();
  Registration(Registration&&) noexcept;
  Registration& operator=(Registration&&) noexcept;
  ~Registration();

  explicit operator bool() const noexcept { return state_ != nullptr; }

  // Asks for one on_writable(): to be called where a send was short or met EAGAIN. A system call.
  // REQUIRES: not empty.
  void await_writable() noexcept;

 private:
  friend class EventLoop;
  struct State;
  explicit Registration(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Runs once or periodically until destroyed. Must go before the loop.
class Timer {
 public:
  Timer();
  Timer(Timer&&) noexcept;
  Timer& operator=(Timer&&) noexcept;
  ~Timer();

 private:
  friend class EventLoop;
  struct State;
  explicit Timer(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

// Thread: everything but post_from_other_thread belongs to the thread of run().
class EventLoop {
 public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Empty where the kernel refuses (fs.epoll.max_user_watches, no memory); errno says why.
  // REQUIRES: `fd` is non-blocking, and it and `handler` outlive the registration.
  [[nodiscard]] Registration watch(int fd, IoHandler& handler);

  // Runs `task` later in this thread, after every handler that is ready now and before the loop
  // sleeps: the end of the turn. A handler that bounds its work posts the rest.
  void post(std::function<void()> task);
  // Thread: any. The loop need not be running yet.
  void post_from_other_thread(std::function<void()> task);

  [[nodiscard]] Timer after(std::chrono::microseconds delay, std::function<void()> task);
  // Counted from a moment common to all, so that timers of one period cost one turn together: the
  // first time comes early.
  [[nodiscard]] Timer every(std::int64_t period_ms, std::function<void()> task);

  // Calls `task` in the loop whenever `signal` arrives, in place of the signal's default action.
  void on_signal(int signal, std::function<void(int)> task);

  // Ends the process where a handler throws: no exception may cross one.
  void run() noexcept;
  // Runs some of what is ready now, without waiting. For who holds up the loop or has not begun to
  // run it; inside a handler others run, and its own descriptor's, too.
  void poll();
  void stop();  // run() returns when the handler that is running does

  LoopFigures& figures() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace larder::server
