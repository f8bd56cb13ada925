#include "server/pushes.h"

#include <algorithm>

#include "server/connection.h"
#include "server/server.h"

namespace larder::server {
namespace {

// Connections that are sent something between two turns: some 50 to 250 us of the kernel's work.
constexpr std::size_t kConnectionsAtOnce = 64;
constexpr std::size_t kAhead = 4;

}  // namespace

SharedBytes Pushes::share(std::string_view bytes) {
  if (is_sending_ || bytes.size() > kSharedBytesMax - shared_.size()) return {};
  const auto begin = shared_end();
  shared_.append(bytes);
  waiting_bytes_ += bytes.size();
  return {begin, static_cast<std::uint32_t>(bytes.size())};
}

void Pushes::add(Connection& connection) {
  connection.set_push_place(gone_ + waiting_.size());
  waiting_.push_back({&connection, message_begin_});
  if (waiting_.size() == 1) post();
}

void Pushes::forget(const Connection& connection) noexcept {
  const auto place = connection.push_place() - gone_;
  if (place < waiting_.size() && waiting_[place].connection == &connection)
    waiting_[place].connection = nullptr;
}

void Pushes::post() {
  server_.loop().post([this] { send_some(); });
}

void Pushes::send_some() {
  const bool is_much = waiting_bytes_ > kSharedBytesMax / 2;
  auto count = is_much ? waiting_.size() : std::min(waiting_.size(), kConnectionsAtOnce);
  is_sending_ = true;
  for (; count != 0; --count) {
    if (waiting_.size() > kAhead && waiting_[kAhead].connection != nullptr)
      waiting_[kAhead].connection->prefetch();
    if (auto* const connection = waiting_.front().connection) connection->send_pushes();
    waiting_.pop_front();
    ++gone_;
  }
  is_sending_ = false;
  drop_sent();
  if (!waiting_.empty()) post();
}

// What is shared is dropped in large pieces: the rest of it moves.
void Pushes::drop_sent() {
  if (waiting_.empty()) {
    dropped_bytes_ = message_begin_ = shared_end();
    shared_.clear();
    waiting_bytes_ = 0;
    return;
  }
  const std::size_t sent = waiting_.front().shared_from - dropped_bytes_;
  if (sent < shared_.size() / 2) return;
  shared_.consume(sent);
  dropped_bytes_ += static_cast<std::uint32_t>(sent);
}

}  // namespace larder::server
