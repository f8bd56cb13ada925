#include "server/listener.h"

#include <fmt/format.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>

#include "base/log.h"
#include "server/sockets.h"
#include "server/supervisor.h"

namespace larder::server {
namespace {

constexpr std::chrono::milliseconds kRest{100};

// Errors of one connection that came and went; accept() passes them on.
bool is_of_the_connection(int error) noexcept {
  return error == ECONNABORTED || error == EPROTO || error == ENETDOWN || error == ENOPROTOOPT ||
         error == EHOSTDOWN || error == ENONET || error == EHOSTUNREACH || error == EOPNOTSUPP ||
         error == ENETUNREACH || error == EINTR;
}

struct AddressInfoDeleter {
  void operator()(addrinfo* info) const noexcept { ::freeaddrinfo(info); }
};

bool is_passing(int error) noexcept {
  return error == EADDRNOTAVAIL || error == EAFNOSUPPORT || error == EPFNOSUPPORT ||
         error == EPROTONOSUPPORT || error == ESOCKTNOSUPPORT || error == ENOPROTOOPT;
}

// A failure with the errno that decides whether an optional address may be skipped.
struct OpenError {
  std::string text;
  int code;
};

// The system's packet filter sees the mark on all connections that the socket accepts.
void mark_socket(int fd, std::int64_t mark_id) {
  const auto mark = static_cast<std::uint32_t>(mark_id);
  if (mark == 0 || ::setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark) == 0) return;
  log::warning("The system refuses socket-mark-id {}: {}", mark_id, std::strerror(errno));
}

base::Result<base::UniqueFd, OpenError> open_tcp(const addrinfo& info,
                                                 const settings::Settings& settings) {
  const auto failed = [](const char* what) {
    return base::failure(OpenError{fmt::format("{}: {}", what, std::strerror(errno)), errno});
  };
  base::UniqueFd fd(
      ::socket(info.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!fd) return failed("socket");
  const int on = 1;
  if (info.ai_family == AF_INET6 &&
      ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) {
    return failed("setsockopt IPV6_V6ONLY");
  }
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  mark_socket(fd.get(), settings.socket_mark_id);
  if (::bind(fd.get(), info.ai_addr, info.ai_addrlen) != 0) return failed("bind");
  if (::listen(fd.get(), static_cast<int>(settings.tcp_backlog)) != 0) return failed("listen");
  return fd;
}

base::Result<base::UniqueFd, OpenError> open_tcp(const std::string& address,
                                                 const settings::Settings& settings) {
  addrinfo hints{};
  hints.ai_family = address == "::*" || address.find(':') != std::string::npos ? AF_INET6 : AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  const bool any = address == "*" || address == "::*";
  addrinfo* found = nullptr;
  const auto service = std::to_string(settings.port);
  if (const int error =
          ::getaddrinfo(any ? nullptr : address.c_str(), service.c_str(), &hints, &found)) {
    return base::failure(OpenError{::gai_strerror(error), EADDRNOTAVAIL});
  }
  const std::unique_ptr<addrinfo, AddressInfoDeleter> owner(found);
  return open_tcp(*found, settings);
}

void warn_of_small_backlog(std::int64_t wanted) {
  std::FILE* file = std::fopen("/proc/sys/net/core/somaxconn", "r");
  if (file == nullptr) return;
  long long allowed = 0;
  if (std::fscanf(file, "%lld", &allowed) == 1 && allowed > 0 && allowed < wanted) {
    log::warning(
        "The TCP backlog setting of {} cannot be enforced because /proc/sys/net/core/somaxconn is "
        "set to the lower value of {}.",
        wanted, allowed);
  }
  std::fclose(file);
}

// A file alone may be left by a server that is gone.
bool does_anybody_listen_at(const sockaddr_un& address, socklen_t size) {
  const base::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0 ||
         errno == EAGAIN;
}

std::string set_unix_permissions(const std::string& path, const settings::Settings& settings) {
  if (settings.unixsocketperm != 0 &&
      ::chmod(path.c_str(), static_cast<mode_t>(settings.unixsocketperm)) != 0) {
    return fmt::format("chmod: {}", std::strerror(errno));
  }
  if (settings.unixsocketgroup.empty()) return {};
  const auto* group = ::getgrnam(settings.unixsocketgroup.c_str());
  if (group == nullptr) return fmt::format("unknown group {}", settings.unixsocketgroup);
  if (::chown(path.c_str(), static_cast<uid_t>(-1), group->gr_gid) != 0) {
    return fmt::format("chown: {}", std::strerror(errno));
  }
  return {};
}

}  // namespace

Listener::Listener(EventLoop& loop, const settings::Settings& settings, base::UniqueFd fd,
                   std::string address, int port, AcceptCallback accept, Origin origin)
    : loop_(loop),
      settings_(settings),
      fd_(std::move(fd)),
      address_(std::move(address)),
      port_(port),
      accept_(std::move(accept)),
      origin_(origin) {}

Listener::~Listener() {
  if (is_unix() && !is_inherited() && !address_.starts_with('@')) ::unlink(address_.c_str());
}

void Listener::start() {
  registration_ = loop_.watch(fd_.get(), *this);
  if (!registration_) fail("Watching a listening socket");
}

void Listener::rest(std::chrono::milliseconds rest) {
  rests_ = true;
  rest_ = loop_.after(rest, [this] {
    rests_ = false;
    registration_ ? on_readable() : start();
  });
}

void Listener::fail(const char* what) {
  if (!failing_) log::warning("{}: {}", what, std::strerror(errno));
  failing_ = true;
  rest(kRest);
}

void Listener::on_readable() {
  if (rests_) return;
  for (auto i = settings_.max_new_connections_per_cycle; i > 0; --i) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    const int fd = ::accept4(fd_.get(), reinterpret_cast<sockaddr*>(&peer), &size,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      failing_ = false;
      hand_out(fd, peer);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return;
    } else if (!is_of_the_connection(errno)) {
      return fail("Accepting client connection");
    }
  }
  rest({});  // the edge is used up; others first
}

void Listener::hand_out(int fd, const sockaddr_storage& peer) {
  AcceptedSocket accepted;
  accepted.fd = base::UniqueFd(fd);
  accepted.is_unix_socket = is_unix();
  sockaddr_storage local{};
  socklen_t size = sizeof local;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&local), &size);
  accepted.peer_address = address_text(peer, address_);
  accepted.local_address = address_text(local, address_);
  accept_(std::move(accepted));
}

base::Result<Listeners> open_tcp_listeners(EventLoop& loop, const settings::Settings& settings,
                                           const AcceptCallback& accept) {
  Listeners opened;
  if (settings.port == 0) return opened;
  warn_of_small_backlog(settings.tcp_backlog);
  const int port = static_cast<int>(settings.port);
  for (const auto& configured : settings.bind) {
    const bool optional = configured.starts_with('-');
    const auto address = configured.substr(optional ? 1 : 0);
    auto fd = open_tcp(address, settings);
    if (fd) {
      opened.push_back(
          std::make_unique<Listener>(loop, settings, std::move(*fd), address, port, accept));
      continue;
    }
    log::warning("Warning: Could not create server TCP listening socket {}:{}: {}", address, port,
                 fd.error().text);
    if (!optional || !is_passing(fd.error().code)) {
      return base::failure(fmt::format("Failed listening on port {} (TCP), aborting.", port));
    }
  }
  if (opened.empty() && !settings.bind.empty()) {
    return base::failure(fmt::format("Failed listening on port {} (TCP), aborting.", port));
  }
  return opened;
}

Listeners adopt_inherited_listeners(EventLoop& loop, const settings::Settings& settings,
                                    const AcceptCallback& accept) {
  Listeners adopted;
  for (auto& socket : take_inherited_sockets()) {
    log::notice("Listening on the supervisor's socket {}:{}", socket.address, socket.port);
    adopted.push_back(std::make_unique<Listener>(loop, settings, std::move(socket.fd),
                                                 socket.address, socket.port, accept,
                                                 Listener::Origin::inherited));
  }
  return adopted;
}

base::Result<std::unique_ptr<Listener>> open_unix_listener(EventLoop& loop,
                                                           const settings::Settings& settings,
                                                           const AcceptCallback& accept) {
  const auto& path = settings.unixsocket;
  const auto failed = [&](std::string_view why) {
    return base::failure(fmt::format("Failed opening Unix socket {}: {}", path, why));
  };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return failed("the path is too long");
  std::memcpy(address.sun_path, path.data(), path.size());
  socklen_t size = sizeof address;
  const bool is_abstract = path.starts_with('@');
  if (is_abstract) {  // named by its bytes alone, without a file
    address.sun_path[0] = '\0';
    size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  } else {
    if (does_anybody_listen_at(address, size)) return failed(std::strerror(EADDRINUSE));
    ::unlink(path.c_str());
  }
  base::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return failed(std::strerror(errno));
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0)
    return failed(std::strerror(errno));
  if (!is_abstract) {
    if (const auto error = set_unix_permissions(path, settings); !error.empty())
      return failed(error);
  }
  if (::listen(fd.get(), static_cast<int>(settings.tcp_backlog)) != 0)
    return failed(std::strerror(errno));
  return std::make_unique<Listener>(loop, settings, std::move(fd), path, 0, accept);
}

}  // namespace larder::server
