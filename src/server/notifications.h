// Keyspace notifications: changes of keys as messages, as `notify-keyspace-events` chooses.
#pragma once

#include <bitset>
#include <string>
#include <string_view>

#include "command/ports.h"
#include "keyspace/database.h"

namespace larder::server {

class PubSub;

class Notifications {
 public:
  explicit Notifications(PubSub& pubsub) noexcept : pubsub_(pubsub) {}

  // The setting's letters: K and E for the two kinds of channel, others for classes of events.
  void choose(std::string_view letters);

  // Whether any event would be told.
  bool is_on() const noexcept { return (by_key_ || by_event_) && classes_.any(); }
  bool tells_new_keys() const noexcept { return is_on() && has('n'); }

  void tell(const keyspace::Database& database, command::Event event, std::string_view name,
            std::string_view key);
  void tell_miss(const keyspace::Database& database, std::string_view key);
  void tell_new(const keyspace::Database& database, std::string_view key);

 private:
  bool has(char letter) const noexcept { return classes_[static_cast<unsigned char>(letter)]; }
  void publish(const keyspace::Database& database, char letter, std::string_view name,
               std::string_view key);

  PubSub& pubsub_;
  bool by_key_ = false;
  bool by_event_ = false;
  std::bitset<128> classes_;  // by letter
  std::string channel_;       // space for a channel's name
};

}  // namespace larder::server
