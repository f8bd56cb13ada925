// What happens to a connection now and then: its peer hangs up, or its full socket takes bytes
// again. Kept apart from reading for two reasons. The reactor reports bytes and the end behind them
// as one edge, so a handler that stops at a short read would wait for ever for the end. And a Unix
// socket that is always watched for writing wakes the server whenever its peer reads a reply.
#pragma once

#include "base/unique_fd.h"
#include "server/event_loop.h"

namespace larder::server {

// An epoll descriptor that the loop watches in its turn. It costs system calls when a connection
// opens, ends or has a full socket, and none for a request.
class RareEvents final : public IoHandler {
 public:
  // Stays where it is while it is added.
  struct Watched {
    int fd;
    IoHandler& handler;
  };

  explicit RareEvents(EventLoop& loop);

  int fd() const noexcept { return fd_.get(); }

  // Returns 0 or the errno of a kernel that refused.
  int add(Watched& watched) noexcept;
  void remove(const Watched& watched) noexcept;
  // Tells of the next time that it can be written, which may be now.
  void await_writable(Watched& watched) noexcept;

  void on_readable() override;
  void on_writable() override {}

 private:
  int control(int operation, Watched& watched, bool until_writable) noexcept;

  EventLoop& loop_;
  base::UniqueFd fd_;
};

}  // namespace larder::server
