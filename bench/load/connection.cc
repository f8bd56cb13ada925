#include "load/connection.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>

namespace larder::load {
namespace {

using SocketResult = base::Result<base::UniqueFd>;

SocketResult connect_to(int family, const sockaddr* address, socklen_t address_bytes,
                        const std::string& name) {
  base::UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd || ::connect(fd.get(), address, address_bytes) != 0) {
    return base::failure(fmt::format("cannot connect to {}: {}", name, std::strerror(errno)));
  }
  return fd;
}

SocketResult connect_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path))
    return base::failure("the path is too long: " + path);
  std::memcpy(address.sun_path, path.data(), path.size());
  auto bytes = offsetof(sockaddr_un, sun_path) + path.size();
  if (path.front() == '@') {
    address.sun_path[0] = '\0';
  } else {
    ++bytes;  // the terminating zero
  }
  return connect_to(AF_UNIX, reinterpret_cast<const sockaddr*>(&address),
                    static_cast<socklen_t>(bytes), path);
}

SocketResult connect_tcp(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const auto name = fmt::format("{}:{}", host, port);
  if (const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
      error != 0) {
    return base::failure(fmt::format("cannot resolve {}: {}", name, ::gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  auto fd = connect_to(found->ai_family, found->ai_addr, found->ai_addrlen, name);
  if (fd) {
    const int on = 1;
    ::setsockopt(fd->get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  return fd;
}

bool would_block() noexcept { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

base::Result<Connection> Connection::open(const Address& address) {
  auto fd = address.unix_path.empty() ? connect_tcp(address.host, address.port)
                                      : connect_unix(address.unix_path);
  if (!fd) return base::failure(fd.error());
  ::fcntl(fd->get(), F_SETFL, O_NONBLOCK);
  Connection connection;
  connection.fd_ = std::move(*fd);
  return connection;
}

bool Connection::flush() {
  while (has_unsent()) {
    const auto sent = ::send(fd_.get(), out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (sent < 0) return would_block();
    sent_ += static_cast<std::size_t>(sent);
  }
  out_.clear();
  sent_ = 0;
  return true;
}

std::int64_t Connection::receive() {
  // One buffer for all: nothing of it is kept from call to call, and it stays in the cache.
  static thread_local std::array<char, 256 << 10> buffer;
  const auto received = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
  if (received < 0) return would_block() ? 0 : -1;
  if (received == 0) return -1;
  const auto replies = replies_.read({buffer.data(), static_cast<std::size_t>(received)});
  return replies_.is_broken() ? -1 : static_cast<std::int64_t>(replies);
}

}  // namespace larder::load
