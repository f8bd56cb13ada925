#include "server/rare_events.h"

#include <sys/epoll.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

#include "base/check.h"

namespace larder::server {
namespace {

constexpr int kEventsPerTurn = 64;

}  // namespace

RareEvents::RareEvents(EventLoop& loop) : loop_(loop), fd_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!fd_) throw std::system_error(errno, std::system_category(), "epoll_create1");
}

int RareEvents::control(int operation, Watched& watched, bool until_writable) noexcept {
  epoll_event event{};
  event.events = EPOLLRDHUP | EPOLLET;  // EPOLLHUP and EPOLLERR come unasked
  if (until_writable) event.events |= EPOLLOUT;
  event.data.ptr = &watched;
  return ::epoll_ctl(fd_.get(), operation, watched.fd, &event) == 0 ? 0 : errno;
}

int RareEvents::add(Watched& watched) noexcept { return control(EPOLL_CTL_ADD, watched, false); }

void RareEvents::remove(const Watched& watched) noexcept {
  epoll_event ignored{};
  ::epoll_ctl(fd_.get(), EPOLL_CTL_DEL, watched.fd, &ignored);
}

void RareEvents::await_writable(Watched& watched) noexcept {
  CHECK(control(EPOLL_CTL_MOD, watched, true) == 0,
        "the descriptor was closed before its registration");
}

// One at a time: a handler may end the registration of any other, which must not be told then.
void RareEvents::on_readable() {
  for (int i = 0; i < kEventsPerTurn; ++i) {
    epoll_event event{};
    if (::epoll_wait(fd_.get(), &event, 1, 0) != 1) return;
    auto& watched = *static_cast<Watched*>(event.data.ptr);
    if ((event.events & EPOLLOUT) != 0) {
      control(EPOLL_CTL_MOD, watched, false);  // reports a hang-up anew, should there be one, too
      watched.handler.on_writable();
    } else {
      watched.handler.on_hang_up();
    }
  }
  loop_.post([this] { on_readable(); });  // the edge is used up; others first
}

}  // namespace larder::server
