// What a connection sends: replies, and pushes between them.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "base/prefetch.h"
#include "server/append_only_log.h"
#include "server/connection.h"
#include "server/limits.h"
#include "server/server.h"

namespace larder::server {
namespace {

// What the reply buffer may keep: in a small cache a large one would take the place of many keys.
std::size_t kept_reply_bytes(const MemoryLimit& limit) noexcept {
  constexpr std::size_t kLimitShare = 64;
  if (!limit.is_on()) return limits::kKeptReplyBytes;
  return std::clamp(limit.bytes() / kLimitShare, limits::kOwnBufferBytes, limits::kKeptReplyBytes);
}

}  // namespace

// Whether the client's hard limit is one that the replies of a whole pipeline are held to.
bool Connection::counts_pipelines() const noexcept {
  const auto hard_bytes = server_.output_limit(client_.client_class).hard_bytes;
  return hard_bytes > 0 && hard_bytes <= limits::kCountedPipelineBytes;
}

// So many bytes of replies go before the rest of a pipeline has run.
std::size_t Connection::early_reply_bytes() const noexcept {
  if (!counts_pipelines()) return limits::kFlushReplyBytes;
  const auto hard_bytes = server_.output_limit(client_.client_class).hard_bytes;
  return std::max(limits::kFlushReplyBytes, static_cast<std::size_t>(hard_bytes));
}

void Connection::flush_replies() {
  auto& replies = server_.scratch().reply;
  if (client_.journaled_until > server_.released_until()) [[unlikely]]
    withhold();
  if (!replies.empty()) {
    std::string_view bytes = replies.view();
    close_if_over_output_limit(bytes.size());
    if (!closing_ && output_bytes() == 0 && writable_ && !withheld_)
      bytes.remove_prefix(send_some(bytes));
    if (!bytes.empty() && !closing_) keep_output(bytes);
    if (has_pushes_) send_pending();  // what was pushed stands before the reply: it need not wait
    replies.clear();
    if (replies.capacity() > limits::kOwnBufferBytes) [[unlikely]] {
      // What a client was closed for is more than others will need.
      if (closing_ || replies.capacity() > kept_reply_bytes(server_.memory_limit()))
        replies.release();
    }
  }
  if (close_after_replies_ && output_bytes() == 0) close_soon();
}

// Returns how many bytes the socket took.
std::size_t Connection::send_some(std::string_view bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const auto count = ::send(fd_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count < 0) {
      if (errno == EINTR) continue;
      writable_ = false;
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        registration_.await_writable();
      } else {
        log::verbose("Error writing to client: {}", std::strerror(errno));
        close_soon();
      }
      break;
    }
    sent += static_cast<std::size_t>(count);
    ++server_.statistics().writes;
  }
  client_.bytes_out += sent;
  server_.statistics().bytes_out += sent;
  return sent;
}

void Connection::keep_output(std::string_view bytes) {
  take_copy_of_shared();
  output_.append(bytes);
  close_if_over_output_limit();
  server_.client_memory().update(*this);
}

void Connection::send_later(std::string_view bytes) {
  if (closing_) return;
  if (running_) {
    server_.scratch().reply.append(bytes);
    return;
  }
  if (client_.journaled_until > server_.released_until()) [[unlikely]]
    withhold();
  keep_output(bytes);
  send_pending();
}

// Whether the bytes are sent from where they are shared: behind those of the same kind only.
bool Connection::keep_shared(SharedBytes shared) noexcept {
  if (shared.size == 0 || !output_.empty() || !writable_ || withheld_) return false;
  if (shared_push_.size == 0) {
    shared_push_ = shared;
    return true;
  }
  if (shared_push_.begin + shared_push_.size != shared.begin) return false;
  shared_push_.size += shared.size;
  return true;
}

void Connection::take_copy_of_shared() {
  if (shared_push_.size == 0) return;
  output_.append(server_.pushes().bytes_of(std::exchange(shared_push_, {})));
}

void Connection::push(std::string_view bytes, SharedBytes shared) {
  if (closing_) return;
  if (running_) return server_.scratch().pushes.append(bytes);
  if (server_.blocking().keep_push(*this, bytes)) return;
  if (keep_shared(shared)) {
    close_if_over_output_limit();
  } else {
    keep_output(bytes);
    server_.pushes().count_own(bytes.size());
  }
  if (closing_ || std::exchange(has_pushes_, true)) return;
  server_.pushes().add(*this);
}

void Connection::prefetch() const noexcept {
  base::prefetch(&client_.protocol);
  base::prefetch(&client_.client_class);
  base::prefetch(&client_.bytes_out);
  base::prefetch(&output_);
  base::prefetch(&running_);
}

void Connection::send_pushes() {
  has_pushes_ = false;
  send_pending();
  if (shared_push_.size != 0) keep_output({});  // what others share is about to go
}

void Connection::on_writable() {
  writable_ = true;
  server_.begin_turn();
  send_pending();
}

// What a client changed is answered when it is safe; meanwhile nothing more of it runs.
void Connection::withhold() {
  if (closing_ || std::exchange(withheld_, true)) return;
  server_.append_only().withhold(*this);
}

// Another command may be running now: what this client sent meanwhile runs on its own.
void Connection::release() {
  withheld_ = false;
  send_pending();
  go_on_later();
}

void Connection::send_pending() {
  if (closing_ || withheld_ || output_bytes() == 0 || !writable_) return;
  if (shared_push_.size != 0) {
    auto bytes = server_.pushes().bytes_of(std::exchange(shared_push_, {}));
    bytes.remove_prefix(send_some(bytes));
    if (!bytes.empty() && !closing_) keep_output(bytes);
  }
  while (writable_ && !closing_ && !output_.empty()) output_.consume(send_some(output_.front()));
  if (!output_.empty()) return;
  soft_limit_since_ms_ = 0;
  if (close_after_replies_) close_soon();
}

void Connection::close_if_over_output_limit(std::size_t more_bytes) {
  const auto& limit = server_.output_limit(client_.client_class);
  if ((limit.hard_bytes | limit.soft_bytes) == 0 && soft_limit_since_ms_ == 0) return;
  const auto bytes = static_cast<std::int64_t>(output_bytes() + more_bytes);
  const auto now = server_.keyspace().now();
  const bool over_hard = limit.hard_bytes > 0 && bytes >= limit.hard_bytes &&
                         output_bytes() + more_bytes > limits::kUnlimitedReplyBytes;
  if (limit.soft_bytes <= 0 || bytes < limit.soft_bytes) {
    soft_limit_since_ms_ = 0;
  } else if (soft_limit_since_ms_ == 0) {
    soft_limit_since_ms_ = now;
  }
  const bool over_soft =
      soft_limit_since_ms_ != 0 && now - soft_limit_since_ms_ > limit.soft_seconds * 1000;
  if (closing_ || (!over_hard && !over_soft)) return;
  ++server_.statistics().output_buffer_limit_disconnections;
  log::warning("Client id={} addr={} closed for overcoming of output buffer limits.", client_.id,
               client_.peer_address);
  close_soon();
}

}  // namespace larder::server
