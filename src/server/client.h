// What the server knows of one client: who it is, what it selected and said, and how much it used.
// No sockets here: commands and CLIENT LIST look at this, connection.h moves the bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "command/table.h"
#include "resp/writer.h"
#include "server/pubsub.h"
#include "server/tracking.h"
#include "server/transaction.h"
#include "settings/settings.h"

namespace larder::server {

// CLIENT REPLY: whether replies are sent. `skip_next` drops the reply of the command after this
// one.
enum class ReplyMode : std::uint8_t { on, off, skip_next, skip_current };

using settings::ClientClass;

struct Client {
  std::uint64_t id = 0;
  std::string name;
  std::string library_name;
  std::string library_version;
  std::string peer_address;  // "127.0.0.1:50412", "[::1]:50412", "/path/of/socket:0"
  std::string local_address;
  bool is_unix_socket = false;

  int database = 0;
  resp::Protocol protocol = resp::Protocol::resp2;
  bool authenticated = false;
  ReplyMode reply_mode = ReplyMode::on;
  bool no_evict = false;
  bool no_touch = false;
  bool capa_redirect = false;
  bool import_source = false;
  bool is_monitor = false;
  ClientClass client_class = ClientClass::normal;

  base::UnixMs created_ms = 0;
  base::UnixMs last_active_ms = 0;
  const command::Command* last_command = nullptr;
  std::uint64_t commands = 0;
  std::size_t watched_keys = 0;
  std::size_t watched_bytes = 0;
  std::uint64_t journaled_until = 0;  // where in the journal the last change of this client ends
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;

  std::unique_ptr<Transaction> transaction;      // made by the first MULTI
  std::unique_ptr<Subscriptions> subscriptions;  // made by the first SUBSCRIBE
  std::unique_ptr<TrackingMode> tracking;        // while CLIENT TRACKING is on
  bool is_subscribed() const noexcept {
    return subscriptions != nullptr && !subscriptions->is_empty();
  }
  bool is_queueing() const noexcept { return transaction != nullptr && transaction->is_open(); }

  // Back to how a new connection is (RESET), apart from who it is and what it used.
  void reset_session(bool needs_no_password) {
    name.clear();
    database = 0;
    protocol = resp::Protocol::resp2;
    authenticated = needs_no_password;
    reply_mode = ReplyMode::on;
    no_evict = no_touch = capa_redirect = import_source = false;
    transaction.reset();
  }
};

// Whether the client is on the server's own host.
inline bool is_local(const Client& client) noexcept {
  const std::string_view peer = client.peer_address;
  return client.is_unix_socket || peer.starts_with("127.") || peer.starts_with("[::1]") ||
         peer.starts_with("[::ffff:127.");
}

}  // namespace larder::server
