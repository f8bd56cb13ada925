#include "server/change_hub.h"

#include "server/blocking.h"
#include "server/notifications.h"
#include "server/tracking.h"
#include "server/watches.h"

namespace larder::server {

bool ChangeHub::is_needed() const noexcept {
  return blocking_.clients() != 0 || !watches_.is_empty() || notifications_.is_on() ||
         tracking_.is_needed();
}

void ChangeHub::on_changed(keyspace::Database& database, command::Event event,
                           std::string_view name, std::string_view key) {
  blocking_.on_changed(database, key);
  if (event == command::Event::expired) {
    watches_.on_expired(database, key);
  } else {
    watches_.on_changed(database, key);
  }
  if (tracking_.is_needed()) {
    tracking_.on_changed(key, event == command::Event::expired ? 0 : author_);
  }
  if (notifications_.is_on()) notifications_.tell(database, event, name, key);
}

void ChangeHub::on_miss(const keyspace::Database& database, std::string_view key) {
  if (notifications_.is_on()) notifications_.tell_miss(database, key);
}

void ChangeHub::on_flushed(keyspace::Database* database) {
  blocking_.on_flushed(database);
  watches_.on_flushed(database);
  tracking_.on_flushed();
}

void ChangeHub::on_swapped(keyspace::Database& one, keyspace::Database& other) {
  blocking_.on_swapped(one, other);
  watches_.on_swapped(one, other);
  tracking_.on_flushed();  // copies are known by their keys' names alone
}

}  // namespace larder::server
