#include "server/hang_ups.h"

#include <sys/epoll.h>

#include <cerrno>
#include <system_error>

namespace larder::server {
namespace {

constexpr int kHangUpsPerTurn = 64;

}  // namespace

HangUps::HangUps(EventLoop& loop) : loop_(loop), fd_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!fd_) throw std::system_error(errno, std::system_category(), "epoll_create1");
}

int HangUps::add(int fd, IoHandler& handler) noexcept {
  epoll_event event{};
  event.events = EPOLLRDHUP | EPOLLET;  // EPOLLHUP and EPOLLERR come unasked
  event.data.ptr = &handler;
  return ::epoll_ctl(fd_.get(), EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : errno;
}

void HangUps::remove(int fd) noexcept {
  epoll_event ignored{};
  ::epoll_ctl(fd_.get(), EPOLL_CTL_DEL, fd, &ignored);
}

// One at a time: a handler may end the registration of any other, which must not be told then.
void HangUps::on_readable() {
  for (int i = 0; i < kHangUpsPerTurn; ++i) {
    epoll_event event{};
    if (::epoll_wait(fd_.get(), &event, 1, 0) != 1) return;
    static_cast<IoHandler*>(event.data.ptr)->on_hang_up();
  }
  loop_.post([this] { on_readable(); });  // the edge is used up; others first
}

}  // namespace larder::server
