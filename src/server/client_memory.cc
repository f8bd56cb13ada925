#include "server/client_memory.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/log.h"
#include "server/connection.h"
#include "server/server.h"

namespace larder::server {

unsigned ClientMemory::bucket_of(std::size_t bytes) noexcept {
  const auto bits = static_cast<unsigned>(std::bit_width(bytes));
  return std::min(bits <= kSmallestBits ? 0 : bits - kSmallestBits, kBuckets - 1);
}

void ClientMemory::apply() {
  const auto setting = server_.settings().maxmemory_clients;
  const auto size = static_cast<std::size_t>(setting < 0 ? -setting : setting);
  limit_bytes_ = setting < 0 ? server_.memory_limit().bytes() / 100 * size : size;
  server_.clients().for_each([this](Connection& connection) {
    connection.memory_place().is_trimmed = false;
    is_on() ? count(connection) : forget(connection);
  });
}

void ClientMemory::take_out(Place& place) noexcept {
  if (place.bucket == Place::kNoBucket) return;
  auto& bucket = buckets_[place.bucket];
  bucket[place.index] = bucket.back();
  bucket[place.index]->memory_place().index = place.index;
  bucket.pop_back();
  place.bucket = Place::kNoBucket;
}

void ClientMemory::count(Connection& connection) {
  if (connection.is_closing()) return;
  const auto& client = connection.client();
  auto& place = connection.memory_place();
  const bool is_counted = client.client_class != ClientClass::replica;
  const auto bytes = is_counted ? connection.memory_bytes() : 0;
  bytes_ += bytes - place.bytes;
  place.bytes = bytes;
  const auto bucket = is_counted && !client.no_evict ? bucket_of(bytes) : Place::kNoBucket;
  if (bucket != place.bucket) {
    take_out(place);
    if (bucket != Place::kNoBucket) {
      place.bucket = bucket;
      place.index = buckets_[bucket].size();
      buckets_[bucket].push_back(&connection);
    }
  }
  if (bytes_ > limit_bytes_) close_largest_later();
}

void ClientMemory::forget(Connection& connection) noexcept {
  auto& place = connection.memory_place();
  take_out(place);
  bytes_ -= place.bytes;
  place.bytes = 0;
}

// What is on the stack now may be going through a list of clients.
void ClientMemory::close_largest_later() {
  if (is_posted_) return;
  is_posted_ = true;
  server_.loop().post([this] {
    is_posted_ = false;
    server_.begin_turn();
    close_largest();
  });
}

// Gives back what the buffers have to spare: once between two ticks, since it costs a copy and the
// next bytes from the client make them grow again. Returns whether that was something.
bool ClientMemory::trim(Connection& connection) {
  auto& place = connection.memory_place();
  if (std::exchange(place.is_trimmed, true)) return false;
  const auto before = place.bytes;
  connection.trim_buffers();
  count(connection);
  return place.bytes < before;
}

bool ClientMemory::is_too_large(Connection& connection) const noexcept {
  const auto& client = connection.client();
  return connection.input_bytes() > limit_bytes_ && !client.no_evict &&
         client.client_class != ClientClass::replica;
}

bool ClientMemory::close(Connection& connection) {
  const auto& client = connection.client();
  log::notice("Evicting client: id={} addr={} name={} tot-mem={}", client.id, client.peer_address,
              client.name, connection.memory_bytes());
  ++server_.statistics().evicted_clients;
  connection.close_soon();
  return true;
}

// The largest of the clients that came into a bucket last: they differ by a factor of two at most,
// and it is not worth a look at thousands.
Connection& ClientMemory::largest_in(const std::vector<Connection*>& bucket) noexcept {
  constexpr std::size_t kComparedMax = 64;
  const auto compared = std::min(bucket.size(), kComparedMax);
  return **std::max_element(bucket.end() - static_cast<std::ptrdiff_t>(compared), bucket.end(),
                            [](Connection* a, Connection* b) {
                              return a->memory_place().bytes < b->memory_place().bytes;
                            });
}

void ClientMemory::close_largest() {
  if (!is_on() || server_.script_executor().is_busy()) return;  // the next tick comes back to it
  for (auto bucket = buckets_.rbegin(); bucket != buckets_.rend(); ++bucket) {
    while (bytes_ > limit_bytes_ && !bucket->empty()) {
      auto& connection = largest_in(*bucket);
      if (trim(connection)) continue;  // it may stand in another bucket now
      close(connection);
    }
  }
  // At once: who runs next must not evict keys for what they held.
  server_.clients().destroy_buried();
}

}  // namespace larder::server
