#include "server/turn.h"

#include <utility>

#include "server/connection.h"
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
  prefetch();
  for (std::size_t i = 0; i < ready_.size(); ++i) {
    if (ready_[i].connection != nullptr) ready_[i].connection->run_gathered(ready_[i]);
  }
  gathers_ = ready_.size() >= kConnectionsWorthIt;
  ready_.clear();
  server_.scratch().batch.clear();
  server_.scratch().arguments.clear();
}

// Each step asks for the memory that the next one reads, of all commands: nothing is waited for.
void Turn::prefetch() {
  bool has_collections = false;
  for (const auto& gathered : ready_) {
    if (gathered.connection == nullptr) continue;
    gathered.connection->prefetch_entries(gathered);
    has_collections |= gathered.has_collections;
  }
  if (!has_collections) return;
  for (const auto& gathered : ready_) {
    if (gathered.connection != nullptr) gathered.connection->prefetch_objects(gathered);
  }
  for (unsigned step = 0; step < value::Object::kPrefetchSteps; ++step) {
    for (const auto& gathered : ready_) {
      if (gathered.connection == nullptr) continue;
      gathered.connection->prefetch_elements(gathered, step);
    }
  }
}

void Turn::forget(const Connection& connection) noexcept {
  for (auto& gathered : ready_) {
    if (gathered.connection == &connection) gathered.connection = nullptr;
  }
}

}  // namespace larder::server
