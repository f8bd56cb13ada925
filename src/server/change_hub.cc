#include "server/change_hub.h"

#include "server/blocking.h"
#include "server/watches.h"

namespace larder::server {

bool ChangeHub::is_needed() const noexcept {
  return blocking_.clients() != 0 || !watches_.is_empty();
}

void ChangeHub::on_changed(keyspace::Database& database, command::Event event, std::string_view,
                           std::string_view key) {
  blocking_.on_changed(database, key);
  if (event == command::Event::expired) {
    watches_.on_expired(database, key);
  } else {
    watches_.on_changed(database, key);
  }
}

void ChangeHub::on_flushed(keyspace::Database* database) {
  blocking_.on_flushed(database);
  watches_.on_flushed(database);
}

void ChangeHub::on_swapped(keyspace::Database& one, keyspace::Database& other) {
  blocking_.on_swapped(one, other);
  watches_.on_swapped(one, other);
}

}  // namespace larder::server
