#include "server/supervisor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "base/log.h"

namespace larder::server {
namespace {

constexpr const char* kSystemdVariable = "NOTIFY_SOCKET";
constexpr const char* kUpstartVariable = "UPSTART_JOB";

void describe(InheritedSocket& socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(socket.fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(address);
    socket.address = ::inet_ntop(AF_INET, &in.sin_addr, text, sizeof text);
    socket.port = ntohs(in.sin_port);
  } else if (address.ss_family == AF_INET6) {
    const auto& in = reinterpret_cast<const sockaddr_in6&>(address);
    socket.address = ::inet_ntop(AF_INET6, &in.sin6_addr, text, sizeof text);
    socket.port = ntohs(in.sin6_port);
  } else if (size > offsetof(sockaddr_un, sun_path)) {
    const auto& in = reinterpret_cast<const sockaddr_un&>(address);
    const auto bytes = size - offsetof(sockaddr_un, sun_path);
    socket.is_unix = true;
    socket.address.assign(in.sun_path, ::strnlen(in.sun_path + 1, bytes - 1) + 1);
    if (socket.address.front() == '\0') socket.address.front() = '@';
  }
}

}  // namespace

Supervisor::Kind Supervisor::find(settings::Supervised wanted) noexcept {
  using Supervised = settings::Supervised;
  const bool may_be_systemd = wanted == Supervised::systemd || wanted == Supervised::automatic;
  const bool may_be_upstart = wanted == Supervised::upstart || wanted == Supervised::automatic;
  if (may_be_upstart && std::getenv(kUpstartVariable) != nullptr) return Kind::upstart;
  if (may_be_systemd && std::getenv(kSystemdVariable) != nullptr) return Kind::systemd;
  return Kind::none;
}

void Supervisor::tell_ready() const {
  send("STATUS=Ready to accept connections\nREADY=1\n");
  if (kind_ != Kind::upstart) return;
  // "expect stop" of its jobs: it lets the process go on when it has noticed.
  ::unsetenv(kUpstartVariable);
  std::raise(SIGSTOP);
}

void Supervisor::tell_stopping() const { send("STATUS=Stopping\nSTOPPING=1\n"); }

void Supervisor::tell_progress(const std::string& status) const {
  send(fmt::format("STATUS={}\nEXTEND_TIMEOUT_USEC={}\n", status, kPatienceUs));
}

void Supervisor::send(const std::string& state) const {
  if (kind_ == Kind::systemd) ::sd_notify(0, state.c_str());
}

std::vector<InheritedSocket> take_inherited_sockets() {
  std::vector<InheritedSocket> sockets;
  const int count = ::sd_listen_fds(1);
  for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + count; ++fd) {
    InheritedSocket socket;
    socket.fd = base::UniqueFd(fd);
    const bool is_usable = ::sd_is_socket(fd, AF_INET, SOCK_STREAM, 1) > 0 ||
                           ::sd_is_socket(fd, AF_INET6, SOCK_STREAM, 1) > 0 ||
                           ::sd_is_socket(fd, AF_UNIX, SOCK_STREAM, 1) > 0;
    if (!is_usable) {
      log::warning("Descriptor {} from the supervisor is no listening stream socket", fd);
      continue;
    }
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    describe(socket);
    sockets.push_back(std::move(socket));
  }
  return sockets;
}

}  // namespace larder::server
