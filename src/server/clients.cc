#include "server/clients.h"

#include <algorithm>

namespace larder::server {

Connection& Clients::add(std::unique_ptr<Connection> connection) {
  auto& added = *connection;
  by_id_.emplace(added.client().id, std::move(connection));
  largest_ = std::max(largest_, size());
  return added;
}

Connection* Clients::find(std::uint64_t id) noexcept {
  const auto found = by_id_.find(id);
  return found == by_id_.end() || found->second->is_closing() ? nullptr : found->second.get();
}

void Clients::bury(const Connection& connection) {
  if (buried_.empty()) loop_.post([this] { destroy_buried(); });
  buried_.push_back(connection.client().id);
}

void Clients::hold_graves(bool held) {
  graves_are_held_ = held;
  if (!held && !buried_.empty()) loop_.post([this] { destroy_buried(); });
}

void Clients::destroy_buried() {
  if (graves_are_held_) return;
  for (const auto id : std::exchange(buried_, {})) by_id_.erase(id);
}

}  // namespace larder::server
