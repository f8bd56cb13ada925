// Tells of peers that stopped sending. The reactor reports bytes and the end behind them as one
// edge, so a handler that stops at a short read would wait for ever for the end; here it is told
// again.
#pragma once

#include "base/unique_fd.h"
#include "server/event_loop.h"

namespace larder::server {

// An epoll descriptor that waits for hang-ups and errors only; the loop watches it in its turn. It
// costs system calls when a connection opens and ends, and none for a request.
class HangUps final : public IoHandler {
 public:
  explicit HangUps(EventLoop& loop);

  int fd() const noexcept { return fd_.get(); }

  // Returns 0 or the errno of a kernel that refused.
  int add(int fd, IoHandler& handler) noexcept;
  void remove(int fd) noexcept;

  void on_readable() override;
  void on_writable() override {}

 private:
  EventLoop& loop_;
  base::UniqueFd fd_;
};

}  // namespace larder::server
