#include "server/peer_link.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <memory>

#include "base/clock.h"
#include "server/sockets.h"

namespace larder::server {
namespace {

std::int64_t now_ms() noexcept { return base::monotonic_us() / 1'000; }

bool would_block() noexcept { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

void PeerLink::begin(std::int64_t timeout_ms) noexcept {
  const auto now = now_ms();
  deadline_ms_ = timeout_ms > INT64_MAX - now ? INT64_MAX : now + timeout_ms;
}

bool PeerLink::is_out_of_time() const noexcept { return now_ms() >= deadline_ms_; }

bool PeerLink::wait_for(short events) const {
  while (true) {
    const auto left_ms = deadline_ms_ - now_ms();
    if (left_ms <= 0) return false;
    pollfd poller{.fd = fd_.get(), .events = events, .revents = 0};
    const auto ready =
        ::poll(&poller, 1, static_cast<int>(std::min<std::int64_t>(left_ms, INT_MAX)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

bool PeerLink::connect_to(int family, const void* address, std::size_t address_bytes) {
  fd_.reset(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd_) return false;
  const auto* const to = static_cast<const sockaddr*>(address);
  if (::connect(fd_.get(), to, static_cast<socklen_t>(address_bytes)) != 0) {
    if (errno != EINPROGRESS || !wait_for(POLLOUT)) return false;
    int error = 0;
    socklen_t error_bytes = sizeof error;
    ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &error_bytes);
    if (error != 0) return false;
  }
  set_tcp_options(fd_.get(), 0);
  return true;
}

bool PeerLink::connect(const std::string& host, const std::string& port) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), port.c_str(), &wanted, &found) != 0) return false;
  received_.clear();
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
  for (const auto* each = found; each != nullptr; each = each->ai_next) {
    if (connect_to(each->ai_family, each->ai_addr, each->ai_addrlen)) return true;
  }
  return false;
}

bool PeerLink::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (!would_block() || !wait_for(POLLOUT)) {
      return false;
    }
  }
  return true;
}

bool PeerLink::read_line(std::string& line) {
  while (true) {
    const auto end = received_.find("\r\n");
    if (end != std::string::npos) {
      line.assign(received_, 0, end);
      received_.erase(0, end + 2);
      return true;
    }
    if (received_.size() > kLineBytesMax) return false;
    char bytes[kLineBytesMax];
    const auto got = ::recv(fd_.get(), bytes, sizeof bytes, 0);
    if (got > 0) {
      received_.append(bytes, static_cast<std::size_t>(got));
    } else if (got == 0 || !would_block() || !wait_for(POLLIN)) {
      return false;
    }
  }
}

bool PeerLinks::take(std::string_view host, std::string_view port, PeerLink& link) {
  const auto found = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& kept) {
    return kept.host == host && kept.port == port;
  });
  if (found == kept_.end()) return false;
  link = std::move(found->link);
  kept_.erase(found);
  return true;
}

void PeerLinks::keep(std::string_view host, std::string_view port, PeerLink link,
                     base::UnixMs now) {
  if (kept_.size() == kLinksMax) kept_.erase(kept_.begin());
  kept_.push_back({std::string(host), std::string(port), std::move(link), now});
}

void PeerLinks::close_idle(base::UnixMs now) noexcept {
  std::erase_if(kept_, [now](const Kept& kept) { return now - kept.since_ms > kKeptMs; });
}

}  // namespace larder::server
