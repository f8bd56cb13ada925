// WATCH: which clients watch which keys, and whose keys have changed since.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "keyspace/keyspace.h"
#include "server/places.h"

namespace larder::server {

struct Client;
class Server;

class Watches {
 public:
  explicit Watches(keyspace::Keyspace& keyspace) noexcept : keyspace_(keyspace) {}

  bool is_empty() const noexcept { return clients_.empty(); }

  void watch(std::uint64_t client, keyspace::Database& database, std::string_view key);
  void unwatch(std::uint64_t client);  // all of its keys

  // Whether a key that the client watches has changed, or has expired, since it was watched.
  bool is_dirty(std::uint64_t client);

  void on_changed(keyspace::Database& database, std::string_view key);
  void on_expired(keyspace::Database& database, std::string_view key);
  void on_flushed(const keyspace::Database* database);  // nullptr: all
  void on_swapped(keyspace::Database& one, keyspace::Database& other);

  // For INFO and CLIENT LIST.
  std::size_t clients() const noexcept { return clients_.size(); }
  std::size_t keys() const noexcept { return by_key_.size(); }
  std::size_t keys_of(std::uint64_t client) const noexcept;
  std::size_t bytes_of(std::uint64_t client) const noexcept;

 private:
  struct Watch {
    std::uint64_t client;
    bool existed;      // when it was watched
    bool was_expired;  // likewise: it was there, past its deadline
  };
  struct Watcher {
    bool dirty = false;
    std::vector<Place> places;
    std::size_t bytes = 0;  // about
  };

  void mark(const Watch& watch) { clients_[watch.client].dirty = true; }
  bool exists(const Place& place);
  template <class Visit>
  void for_each_in(int database, Visit visit);

  keyspace::Keyspace& keyspace_;
  std::map<Place, std::vector<Watch>, PlaceOrder> by_key_;
  std::unordered_map<std::uint64_t, Watcher> clients_;
};

// Ends all watches of a client.
void forget_watches(Server& server, Client& client);

}  // namespace larder::server
