// Holds the memory of all clients' connections to maxmemory-clients: above it, the clients that
// take the most are closed. Those are known without a search: clients stand in buckets, one for
// each doubling of their memory.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace larder::server {

class Connection;
class Server;

class ClientMemory {
 public:
  explicit ClientMemory(Server& server) noexcept : server_(server) {}

  // Where a connection stands, kept by the connection.
  struct Place {
    static constexpr unsigned kNoBucket = ~0U;
    std::size_t bytes = 0;  // as counted in the sum
    unsigned bucket = kNoBucket;
    std::size_t index = 0;    // in the bucket
    bool is_trimmed = false;  // since the settings were applied last
  };

  // Takes the settings over (maxmemory-clients may be a percentage of maxmemory) and counts all
  // clients. To be called some times a second, too.
  void apply();

  bool is_on() const noexcept { return limit_bytes_ != 0; }
  std::size_t limit_bytes() const noexcept { return limit_bytes_; }
  std::size_t bytes() const noexcept { return bytes_; }  // of all clients as counted last

  // To be called where the memory of a connection may have changed. It closes nothing at once: that
  // happens when the turn is over.
  void update(Connection& connection) {
    if (is_on()) [[unlikely]]
      count(connection);
  }
  // Closes a connection whose buffered request is over the limit on its own; it is not run then.
  bool close_if_too_large(Connection& connection) {
    return is_on() && is_too_large(connection) && close(connection);
  }
  // The connection is closing.
  void forget(Connection& connection) noexcept;

 private:
  // Up to 32 KiB, then one for each power of two up to 4 GiB.
  static constexpr unsigned kSmallestBits = 15;
  static constexpr unsigned kBuckets = 18;
  static unsigned bucket_of(std::size_t bytes) noexcept;
  static Connection& largest_in(const std::vector<Connection*>& bucket) noexcept;

  void count(Connection& connection);
  void take_out(Place& place) noexcept;
  void close_largest_later();
  void close_largest();
  bool is_too_large(Connection& connection) const noexcept;
  bool trim(Connection& connection);
  bool close(Connection& connection);

  Server& server_;
  std::size_t limit_bytes_ = 0;
  std::size_t bytes_ = 0;
  bool is_posted_ = false;
  std::array<std::vector<Connection*>, kBuckets> buckets_;  // those that may be closed
};

}  // namespace larder::server
