#include "server/pushes.h"

#include <utility>

#include "server/connection.h"
#include "server/server.h"

namespace larder::server {

SharedBytes Pushes::share(std::string_view bytes) {
  if (is_sending_ || bytes.size() > kSharedBytesMax - shared_.size()) return {};
  const auto begin = shared_.size();
  shared_.append(bytes);
  return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(bytes.size())};
}

void Pushes::add(Connection& connection) {
  connection.set_push_place(waiting_.size());
  waiting_.push_back(&connection);
  if (waiting_.size() == 1) server_.loop().post([this] { send(); });
}

void Pushes::forget(const Connection& connection) noexcept {
  const auto place = connection.push_place();
  if (place < waiting_.size() && waiting_[place] == &connection) waiting_[place] = nullptr;
}

void Pushes::send() {
  constexpr std::size_t kAhead = 4;
  const auto connections = std::exchange(waiting_, {});
  is_sending_ = true;
  for (std::size_t i = 0; i < connections.size(); ++i) {
    const auto next = i + kAhead;
    if (next < connections.size() && connections[next] != nullptr) connections[next]->prefetch();
    if (connections[i] != nullptr) connections[i]->send_pushes();
  }
  is_sending_ = false;
  shared_.clear();
}

}  // namespace larder::server
