// epoll over a load's connections, each registered once by its index.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/unique_fd.h"
#include "load/connection.h"

namespace larder::load {

class Poller {
 public:
  // `connections` outlives this and keeps its size.
  explicit Poller(std::vector<Connection>& connections);

  // The connections, by index, with something to read or room for what is unsent. Waits at most
  // `timeout_ms`.
  std::span<const epoll_event> wait(int timeout_ms) noexcept;

  // Sends what a connection has to send; what does not fit is sent when wait() names the connection
  // and this is called again. False where the connection is lost.
  bool send(std::uint32_t index) noexcept;

 private:
  std::vector<Connection>& connections_;
  base::UniqueFd epoll_;
  std::vector<epoll_event> events_;
  std::vector<bool> watches_writable_;
};

}  // namespace larder::load
