#include "server/turn.h"

#include <utility>

#include "server/connection.h"
#include "server/fetch_ahead.h"
#include "server/server.h"

namespace larder::server {

char* Turn::take_space() {
  if (ready_.size() == kConnectionsMax) run();
  bytes_.reserve(kConnectionsMax * kBytesMax);
  return bytes_.data() + ready_.size() * kBytesMax;
}

void Turn::add(const Gathered& gathered) {
  ready_.push_back(gathered);
  if (!is_posted_) post();
}

void Turn::post() {
  is_posted_ = true;
  server_.loop().post([this] {  // after every handler that is ready now
    if (server_.script_executor().is_busy()) {
      is_held_up_ = true;
      return;
    }
    is_posted_ = false;
    server_.begin_turn();
    run();
  });
}

void Turn::go_on() {
  if (std::exchange(is_held_up_, false)) post();
}

void Turn::run() {
  fetch_entries(server_, ready_);
  for (std::size_t i = 0; i < ready_.size(); ++i) {
    if (ready_[i].connection != nullptr) ready_[i].connection->run_gathered(ready_[i]);
  }
  gathers_ = ready_.size() >= kConnectionsWorthIt;
  ready_.clear();
  server_.scratch().batch.clear();
  server_.scratch().arguments.clear();
}

void Turn::forget(const Connection& connection) noexcept {
  for (auto& gathered : ready_) {
    if (gathered.connection == &connection) gathered.connection = nullptr;
  }
}

}  // namespace larder::server
