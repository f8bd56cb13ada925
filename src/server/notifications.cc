#include "server/notifications.h"

#include <fmt/format.h>

#include <iterator>

#include "server/pubsub.h"

namespace larder::server {
namespace {

constexpr std::string_view kAllClasses = "g$lshzxetd";  // what the letter A stands for

// The setting's letter for a class of events; 0: it has none.
char letter_of(command::Event event) noexcept {
  using command::Event;
  switch (event) {
    case Event::generic:
      return 'g';
    case Event::string:
      return '$';
    case Event::list:
      return 'l';
    case Event::set:
      return 's';
    case Event::hash:
      return 'h';
    case Event::sorted_set:
      return 'z';
    case Event::expired:
      return 'x';
    case Event::evicted:
      return 'e';
    case Event::stream:
      return 't';
    case Event::silent:
      break;
  }
  return 0;
}

}  // namespace

void Notifications::choose(std::string_view letters) {
  by_key_ = letters.find('K') != std::string_view::npos;
  by_event_ = letters.find('E') != std::string_view::npos;
  classes_.reset();
  for (const char letter : letters) {
    if (letter == 'A') {
      for (const char each : kAllClasses) classes_.set(static_cast<unsigned char>(each));
    } else if (letter != 'K' && letter != 'E') {
      classes_.set(static_cast<unsigned char>(letter));
    }
  }
}

void Notifications::publish(const keyspace::Database& database, char letter, std::string_view name,
                            std::string_view key) {
  if (letter == 0 || !has(letter)) return;
  if (by_key_) {
    channel_.clear();
    fmt::format_to(std::back_inserter(channel_), "__keyspace@{}__:{}", database.index(), key);
    pubsub_.publish(ChannelKind::plain, channel_, name);
  }
  if (by_event_) {
    channel_.clear();
    fmt::format_to(std::back_inserter(channel_), "__keyevent@{}__:{}", database.index(), name);
    pubsub_.publish(ChannelKind::plain, channel_, key);
  }
}

void Notifications::tell(const keyspace::Database& database, command::Event event,
                         std::string_view name, std::string_view key) {
  publish(database, letter_of(event), name, key);
}

void Notifications::tell_miss(const keyspace::Database& database, std::string_view key) {
  publish(database, 'm', "keymiss", key);
}

void Notifications::tell_new(const keyspace::Database& database, std::string_view key) {
  publish(database, 'n', "new", key);
}

}  // namespace larder::server
