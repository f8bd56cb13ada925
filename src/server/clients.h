// All connections by id. Closing one only marks it: it is destroyed by a task of its own, when
// nothing on the stack can still point at it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "server/connection.h"

namespace larder::server {

class Clients {
 public:
  explicit Clients(EventLoop& loop) noexcept : loop_(loop) {}

  std::uint64_t next_id() noexcept { return ++last_id_; }

  Connection& add(std::unique_ptr<Connection> connection);
  Connection* find(std::uint64_t id) noexcept;  // nullptr where unknown or closing
  std::size_t size() const noexcept { return by_id_.size() - buried_.size(); }
  std::size_t largest() const noexcept { return largest_; }

  // Visits all that are not closing, in order of id.
  template <class Visit>
  void for_each(Visit visit) {
    for (auto& [id, connection] : by_id_) {
      if (!connection->is_closing()) visit(*connection);
    }
  }

  void bury(const Connection& connection);
  void destroy_buried();
  // While a command on the stack holds up the loop, nothing is destroyed: its connection is on the
  // stack, too.
  void hold_graves(bool held);

 private:
  EventLoop& loop_;
  std::map<std::uint64_t, std::unique_ptr<Connection>> by_id_;
  std::vector<std::uint64_t> buried_;
  bool graves_are_held_ = false;
  std::uint64_t last_id_ = 0;
  std::size_t largest_ = 0;
};

}  // namespace larder::server
