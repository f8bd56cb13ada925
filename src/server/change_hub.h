// Where every change of a key arrives, and who is told of it.
#pragma once

#include <string_view>

#include "command/ports.h"

namespace larder::server {

class Blocking;
class Notifications;
class Tracking;
class Watches;

class ChangeHub final : public command::Changes {
 public:
  ChangeHub(Blocking& blocking, Watches& watches, Notifications& notifications,
            Tracking& tracking) noexcept
      : blocking_(blocking),
        watches_(watches),
        notifications_(notifications),
        tracking_(tracking) {}

  // Whose command runs, so that a change can be told apart from one's own.
  void set_author(std::uint64_t client) noexcept { author_ = client; }

  // Whether anybody wants to know. Asked after whatever may have changed that.
  bool is_needed() const noexcept;

  void on_changed(keyspace::Database& database, command::Event event, std::string_view name,
                  std::string_view key) override;
  void on_miss(const keyspace::Database& database, std::string_view key) override;
  void on_flushed(keyspace::Database* database) override;
  void on_swapped(keyspace::Database& one, keyspace::Database& other) override;

 private:
  Blocking& blocking_;
  Watches& watches_;
  Notifications& notifications_;
  Tracking& tracking_;
  std::uint64_t author_ = 0;
};

}  // namespace larder::server
