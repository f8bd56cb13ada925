#include "server_replay.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace larder::eviction_bench {
namespace {

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

class Connection {
 public:
  explicit Connection(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) fail("socket path");
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      fail("connect");
    }
  }
  ~Connection() { ::close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) fail("send");
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  // The next line without its end, and after "$n" n bytes that nobody looks at.
  std::string read_reply() {
    std::size_t end;
    while ((end = read_.find("\r\n")) == std::string::npos) receive();
    const auto line = read_.substr(0, end);
    auto taken = end + 2;
    if (line.starts_with('$') && line != "$-1") {
      taken += static_cast<std::size_t>(std::atoll(line.c_str() + 1)) + 2;
      while (read_.size() < taken) receive();
    }
    read_.erase(0, taken);
    return line;
  }

 private:
  void receive() {
    char bytes[64 * 1024];
    const auto count = ::recv(fd_, bytes, sizeof bytes, 0);
    if (count <= 0) fail("recv");
    read_.append(bytes, static_cast<std::size_t>(count));
  }

  int fd_;
  std::string read_;
};

std::string bulk(std::string_view text) {
  std::string encoded = "$" + std::to_string(text.size()) + "\r\n";
  encoded.append(text);
  return encoded + "\r\n";
}

}  // namespace

std::string name_of(std::uint32_t object) {
  char text[32];
  std::snprintf(text, sizeof text, "object:%09u", object);
  return text;
}

ServerReplay replay_on_server(const Trace& trace, const std::string& socket_path) {
  Connection connection(socket_path);
  ServerReplay replay;
  for (const auto object : trace.requests) {
    const auto name = bulk(name_of(object));
    connection.send("*2\r\n$3\r\nGET\r\n" + name);
    ++replay.requests;
    const auto reply = connection.read_reply();
    if (reply.starts_with('$') && reply != "$-1") {
      ++replay.hits;
      continue;
    }
    connection.send("*3\r\n$3\r\nSET\r\n" + name + bulk(std::string(trace.sizes[object], 'v')));
    // A value that takes a good part of a small cache may be refused: it stays a miss.
    const auto stored = connection.read_reply();
    if (stored != "+OK" && !stored.starts_with("-OOM")) fail("SET was refused");
  }
  return replay;
}

}  // namespace larder::eviction_bench
