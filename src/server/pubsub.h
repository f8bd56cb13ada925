// Publish and subscribe: who listens to which channels, and delivery of messages. A message is
// encoded and kept once for each protocol; its subscribers are sent it soon after the turn.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/byte_buffer.h"

namespace larder::server {

class Connection;
class Pushes;

// Shard channels are a name space of their own; patterns match plain channels only.
enum class ChannelKind : std::uint8_t { plain, pattern, shard };
inline constexpr std::size_t kChannelKinds = 3;

// What one client listens to.
class Subscriptions {
 public:
  using Names = std::set<std::string, std::less<>>;
  Names& of(ChannelKind kind) noexcept { return names_[static_cast<std::size_t>(kind)]; }
  const Names& of(ChannelKind kind) const noexcept {
    return names_[static_cast<std::size_t>(kind)];
  }
  // Replies to (P)SUBSCRIBE count channels and patterns together, those to SSUBSCRIBE shard
  // channels alone.
  std::size_t shown_with(ChannelKind kind) const noexcept {
    if (kind == ChannelKind::shard) return of(kind).size();
    return of(ChannelKind::plain).size() + of(ChannelKind::pattern).size();
  }
  // Bytes, about: of the names, here and where the channels are.
  std::size_t memory_bytes() const noexcept { return memory_bytes_; }
  void count_memory(std::ptrdiff_t bytes) noexcept {
    memory_bytes_ += static_cast<std::size_t>(bytes);
  }
  bool is_empty() const noexcept {
    return of(ChannelKind::shard).empty() && shown_with(ChannelKind::plain) == 0;
  }

 private:
  std::array<Names, kChannelKinds> names_;
  std::size_t memory_bytes_ = 0;
};

class PubSub {
 public:
  explicit PubSub(Pushes& pushes) noexcept : pushes_(pushes) {}

  void subscribe(Connection& connection, ChannelKind kind, std::string_view name);
  void unsubscribe(Connection& connection, ChannelKind kind, std::string_view name);
  void forget(Connection& connection);  // all of its subscriptions

  // Returns how many clients receive it.
  std::size_t publish(ChannelKind kind, std::string_view channel, std::string_view message);

  bool has_listeners() const noexcept { return clients_ != 0; }
  std::size_t clients() const noexcept { return clients_; }
  std::size_t count(ChannelKind kind) const noexcept { return channels(kind).size(); }
  std::size_t subscribers(ChannelKind kind, std::string_view name) const;
  template <class Visit>
  void for_each_channel(ChannelKind kind, Visit visit) const {
    for (const auto& [name, listeners] : channels(kind)) visit(std::string_view(name));
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const noexcept {
      return std::hash<std::string_view>{}(name);
    }
  };
  using Listeners = std::vector<Connection*>;
  using Channels = std::unordered_map<std::string, Listeners, Hash, std::equal_to<>>;

  // A message in both protocols, made when the first listener needs it.
  struct Encoded {
    base::ByteBuffer bytes[2];
  };

  Channels& channels(ChannelKind kind) noexcept {
    return channels_[static_cast<std::size_t>(kind)];
  }
  const Channels& channels(ChannelKind kind) const noexcept {
    return channels_[static_cast<std::size_t>(kind)];
  }
  void remove(Connection& connection, ChannelKind kind, std::string_view name);
  template <class Write>
  std::size_t deliver(const Listeners& listeners, Write write);

  Pushes& pushes_;
  std::array<Channels, kChannelKinds> channels_;
  std::size_t clients_ = 0;
  Encoded encoded_;
  Listeners targets_;  // of the message being delivered
};

}  // namespace larder::server
