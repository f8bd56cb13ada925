#include "load/poller.h"

#include <algorithm>

#include "base/check.h"

namespace larder::load {
namespace {

void control(int epoll, int operation, int fd, std::uint32_t index, std::uint32_t what) noexcept {
  epoll_event event{};
  event.events = what;
  event.data.u32 = index;
  CHECK(::epoll_ctl(epoll, operation, fd, &event) == 0);
}

}  // namespace

Poller::Poller(std::vector<Connection>& connections)
    : connections_(connections),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      events_(connections.size()),
      watches_writable_(connections.size()) {
  for (std::uint32_t index = 0; index < connections.size(); ++index) {
    control(epoll_.get(), EPOLL_CTL_ADD, connections[index].fd(), index, EPOLLIN);
  }
}

std::span<const epoll_event> Poller::wait(int timeout_ms) noexcept {
  const int count =
      ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), timeout_ms);
  return {events_.data(), static_cast<std::size_t>(std::max(count, 0))};
}

bool Poller::send(std::uint32_t index) noexcept {
  auto& connection = connections_[index];
  if (!connection.flush()) return false;
  if (connection.has_unsent() != watches_writable_[index]) {
    watches_writable_[index] = connection.has_unsent();
    control(epoll_.get(), EPOLL_CTL_MOD, connection.fd(), index,
            connection.has_unsent() ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }
  return true;
}

}  // namespace larder::load
