#include "server_replay.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

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

  enum class Reply : std::uint8_t { done, value, no_value, out_of_memory };

  // Of "$n" the n bytes, too, which nobody looks at. Ends the program where it is an error of
  // another kind.
  Reply read_reply() {
    std::size_t end;
    while ((end = read_.find("\r\n", taken_)) == std::string::npos) receive();
    const auto line = std::string_view(read_).substr(taken_, end - taken_);
    const bool is_value = line.starts_with('$') && line != "$-1";
    const auto reply = is_value                   ? Reply::value
                       : line == "$-1"            ? Reply::no_value
                       : line == "+OK"            ? Reply::done
                       : line.starts_with("-OOM") ? Reply::out_of_memory
                                                  : fail_with(line);
    taken_ = end + 2;
    if (is_value) taken_ += static_cast<std::size_t>(std::atoll(line.data() + 1)) + 2;
    while (read_.size() < taken_) receive();
    return reply;
  }

 private:
  static Reply fail_with(std::string_view line) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
    std::exit(1);
  }
  void receive() {
    if (taken_ != 0 && taken_ <= read_.size()) {
      read_.erase(0, taken_);
      taken_ = 0;
    }
    char bytes[64 * 1024];
    const auto count = ::recv(fd_, bytes, sizeof bytes, 0);
    if (count <= 0) fail("recv");
    read_.append(bytes, static_cast<std::size_t>(count));
  }

  int fd_;
  std::string read_;
  std::size_t taken_ = 0;  // of what was read
};

// The time of day of a server that has trace_clock.c preloaded: microseconds in a file.
class TraceClock {
 public:
  explicit TraceClock(const std::string& path) {
    if (path.empty()) return;
    const int fd = ::open(path.c_str(), O_RDWR);
    if (fd < 0) fail("clock file");
    auto* const mapped = ::mmap(nullptr, sizeof *us_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    if (mapped == MAP_FAILED) fail("clock file");
    us_ = static_cast<std::atomic<std::int64_t>*>(mapped);
    started_us_ = us_->load();
  }
  void set(double seconds) noexcept {
    if (us_ != nullptr) us_->store(started_us_ + static_cast<std::int64_t>(seconds * 1e6));
  }

 private:
  std::atomic<std::int64_t>* us_ = nullptr;
  std::int64_t started_us_ = 0;
};

void add_bulk(std::string& to, std::string_view text) {
  to += '$';
  to += std::to_string(text.size());
  to += "\r\n";
  to += text;
  to += "\r\n";
}

// As many clients would be under way at once.
constexpr std::size_t kRequestsAtOnce = 16;

// Asks for these objects; returns those that were not there.
std::vector<std::uint32_t> get(Connection& connection, std::span<const std::uint32_t> objects) {
  std::string sent;
  for (const auto object : objects) {
    sent += "*2\r\n$3\r\nGET\r\n";
    add_bulk(sent, name_of(object));
  }
  connection.send(sent);
  std::vector<std::uint32_t> missed;
  for (const auto object : objects) {
    if (connection.read_reply() != Connection::Reply::value) missed.push_back(object);
  }
  return missed;
}

// A value that takes a good part of a small cache may be refused: it stays a miss.
void set(Connection& connection, const Trace& trace, std::span<const std::uint32_t> objects) {
  std::string sent;
  for (const auto object : objects) {
    sent += "*3\r\n$3\r\nSET\r\n";
    add_bulk(sent, name_of(object));
    add_bulk(sent, std::string(trace.sizes[object], 'v'));
  }
  connection.send(sent);
  for (std::size_t i = 0; i < objects.size(); ++i) connection.read_reply();
}

}  // namespace

std::string name_of(std::uint32_t object) {
  char text[32];
  std::snprintf(text, sizeof text, "object:%09u", object);
  return text;
}

ServerReplay replay_on_server(const Trace& trace, const std::string& socket_path,
                              const std::string& clock_path, double time_span_seconds) {
  Connection connection(socket_path);
  TraceClock clock(clock_path);
  ServerReplay replay;
  replay.requests = trace.requests.size();
  const auto step_seconds = time_span_seconds / static_cast<double>(replay.requests);
  const std::span requests(trace.requests);
  for (std::size_t at = 0; at < requests.size(); at += kRequestsAtOnce) {
    clock.set(static_cast<double>(at) * step_seconds);
    const auto objects = requests.subspan(at, std::min(kRequestsAtOnce, requests.size() - at));
    const auto missed = get(connection, objects);
    replay.hits += objects.size() - missed.size();
    set(connection, trace, missed);
  }
  return replay;
}

}  // namespace larder::eviction_bench
