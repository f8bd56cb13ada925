#include "server/debug_link.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "server/limits.h"

namespace larder::server {
namespace {

constexpr int kLookMs = 200;          // between two looks for signals
constexpr int kSendTimeoutMs = 5000;  // without a byte that the client takes
constexpr int kForEver = -1;

}  // namespace

script::DebugConsole::Heard DebugLink::listen() {
  constexpr resp::RequestParser::Limits kLimits{
      .bulk_bytes_max = limits::kDebugWordBytes,
      .inline_bytes_max = limits::kDebugWordBytes,
      .arguments_max = limits::kDebugWords,
  };
  using Status = resp::RequestParser::Status;
  input_.consume(taken_);
  taken_ = 0;
  for (;;) {
    words_.clear();
    parser_.begin_batch();
    switch (parser_.parse(input_.view(), words_, kLimits)) {
      case Status::command:
        taken_ = parser_.consumed();
        return {.words = words_};
      case Status::nothing:
        input_.consume(parser_.consumed());
        break;
      case Status::error:
        return {.words = {}, .error = "protocol error"};
      case Status::incomplete:
        if (input_.size() > limits::kDebugCommandBytes) {
          return {.words = {}, .error = "max client buffer reached"};
        }
        if (!receive()) return {};
    }
  }
}

bool DebugLink::receive() {
  while (!is_over_ && wait_for(POLLIN, kForEver)) {
    char* const at = input_.prepare(limits::kOwnBufferBytes);
    const auto received = ::recv(fd_, at, limits::kOwnBufferBytes, 0);
    if (received > 0) {
      input_.commit(static_cast<std::size_t>(received));
      return true;
    }
    if (received == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) break;
  }
  is_over_ = true;
  return false;
}

void DebugLink::tell(std::string_view reply) {
  while (!is_over_ && !reply.empty()) {
    const auto sent = ::send(fd_, reply.data(), reply.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      reply.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      is_over_ = !wait_for(POLLOUT, kSendTimeoutMs);
    } else if (errno != EINTR) {
      is_over_ = true;
    }
  }
}

// False where it does not come in time, or a signal does.
bool DebugLink::wait_for(short event, int timeout_ms) const {
  pollfd entry{.fd = fd_, .events = event, .revents = 0};
  for (int waited_ms = 0; timeout_ms == kForEver || waited_ms < timeout_ms; waited_ms += kLookMs) {
    if (::poll(&entry, 1, kLookMs) > 0) return true;
    if (watch_ != nullptr && watch_->is_interrupted()) return false;
  }
  return false;
}

}  // namespace larder::server
