#include "server/watches.h"

#include <algorithm>

#include "server/client.h"
#include "server/limits.h"
#include "server/server.h"

namespace larder::server {

void Watches::watch(std::uint64_t client, keyspace::Database& database, std::string_view key) {
  auto& watching = clients_[client];
  const Place place(database.index(), key);
  auto& watches = by_key_[place];
  const bool already = std::any_of(watches.begin(), watches.end(),
                                   [&](const Watch& watch) { return watch.client == client; });
  if (already) return;
  const bool was_there = database.contains_even_expired(keyspace_.key(key));
  const bool existed = exists(place);
  watches.push_back({client, existed, was_there && !existed});
  watching.places.push_back(place);
  watching.bytes += 2 * key.size() + limits::kBytesPerName;
}

void Watches::unwatch(std::uint64_t client) {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return;
  for (const auto& place : found->second.places) {
    const auto at = by_key_.find(place);
    std::erase_if(at->second, [&](const Watch& watch) { return watch.client == client; });
    if (at->second.empty()) by_key_.erase(at);
  }
  clients_.erase(found);
}

bool Watches::exists(const Place& place) {
  return keyspace_.database(place.first).contains(keyspace_.key(place.second));
}

// A key whose deadline has come counts as changed even where nothing has removed it yet.
bool Watches::is_dirty(std::uint64_t client) {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return false;
  if (found->second.dirty) return true;
  for (const auto& place : found->second.places) {
    for (const auto& watch : by_key_.find(place)->second) {
      if (watch.client == client && watch.existed && !exists(place)) return true;
    }
  }
  return false;
}

std::size_t Watches::keys_of(std::uint64_t client) const noexcept {
  const auto found = clients_.find(client);
  return found == clients_.end() ? 0 : found->second.places.size();
}

std::size_t Watches::bytes_of(std::uint64_t client) const noexcept {
  const auto found = clients_.find(client);
  return found == clients_.end() ? 0 : found->second.bytes;
}

void Watches::on_changed(keyspace::Database& database, std::string_view key) {
  const auto found = by_key_.find(PlaceView(database.index(), key));
  if (found == by_key_.end()) return;
  for (const auto& watch : found->second) mark(watch);
}

// The removal of what had expired before it was watched changes nothing for its watcher.
void Watches::on_expired(keyspace::Database& database, std::string_view key) {
  const auto found = by_key_.find(PlaceView(database.index(), key));
  if (found == by_key_.end()) return;
  for (auto& watch : found->second) {
    if (!std::exchange(watch.was_expired, false)) mark(watch);
  }
}

template <class Visit>
void Watches::for_each_in(int database, Visit visit) {
  for (auto at = by_key_.lower_bound(PlaceView(database, "")); at != by_key_.end(); ++at) {
    if (at->first.first != database) return;
    for (auto& watch : at->second) visit(at->first, watch);
  }
}

void Watches::on_flushed(const keyspace::Database* database) {
  const auto flush = [this](const Place&, const Watch& watch) {
    if (watch.existed) mark(watch);
  };
  if (database != nullptr) return for_each_in(database->index(), flush);
  for (int i = 0; i < keyspace_.database_count(); ++i) for_each_in(i, flush);
}

void Watches::on_swapped(keyspace::Database& one, keyspace::Database& other) {
  // What has come past its deadline goes when it is looked at, which is no change.
  const auto expect_stale = [](const Place&, Watch& watch) { watch.was_expired = true; };
  const auto swap = [this](const Place& place, Watch& watch) {
    const bool is_there = exists(place);
    if (watch.existed || is_there) mark(watch);
    watch.was_expired = false;
  };
  for (const auto index : {one.index(), other.index()}) {
    for_each_in(index, expect_stale);
    for_each_in(index, swap);
  }
}

void forget_watches(Server& server, Client& client) {
  if (client.watched_keys == 0) return;
  server.watches().unwatch(client.id);
  client.watched_keys = 0;
  client.watched_bytes = 0;
  server.listen_to_changes();
}

}  // namespace larder::server
