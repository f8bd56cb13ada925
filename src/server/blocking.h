// Clients that wait for a key: BLPOP and its kind. A command that waits is kept as it was sent, and
// run again from its beginning when one of its keys was changed: in the order of the changes, and
// for each key in the order in which clients came.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/byte_buffer.h"
#include "command/ports.h"
#include "command/table.h"
#include "server/event_loop.h"
#include "server/places.h"

namespace larder::server {

class Connection;
class Server;

class Blocking final : public command::Waiting {
 public:
  explicit Blocking(Server& server) noexcept : server_(server) {}

  bool wait(command::Context& context, const command::Wait& wait) override;

  void on_changed(const keyspace::Database& database, std::string_view key);
  void on_flushed(const keyspace::Database* database);
  void on_swapped(const keyspace::Database& one, const keyspace::Database& other);

  // Runs the commands that changes have made ready. To be called after each command.
  bool has_ready() const noexcept { return !ready_.empty(); }
  void serve();

  // Ends a client's wait as its timeout would, or with an error (CLIENT UNBLOCK). False where it
  // does not wait.
  enum class As { timeout, error };
  bool unblock(Connection& connection, As as);
  // Runs a client's command again, whatever changed; nothing where it does not wait.
  void wake(std::uint64_t client);
  // Keeps a message for the client whose command is being run again, for after its reply. False
  // where that is another client.
  bool keep_push(const Connection& connection, std::string_view bytes);
  // A connection that is closing waits no more.
  void forget(const Connection& connection);

  // For INFO.
  std::size_t clients() const noexcept { return waiters_.size(); }
  std::size_t clients_with_deadline() const noexcept { return deadlines_.size(); }
  std::size_t keys() const noexcept { return by_key_.size(); }
  std::size_t keys_awaited_to_vanish() const noexcept;

 private:
  struct Waiter {
    Connection* connection;
    const command::Command* command;
    std::vector<std::string> arguments;
    std::vector<std::string> keys;
    int database;
    keyspace::Type type;
    command::Wait::OnTimeout on_timeout;
    bool also_on_removal;
    base::UnixMs deadline;                  // keyspace::kNever: none
    base::UnixMs again = keyspace::kNever;  // when it is run again, whatever changes
    std::size_t request_bytes = 0;
    std::uint64_t cycles = 0;  // that its runs took, but for the first
    bool waits_on = false;     // was run again, and could not be served yet
  };

  // Those who wait for one key, in the order in which they came.
  struct Queue {
    std::vector<std::uint64_t> clients;
    bool is_ready = false;  // is in ready_
  };

  Waiter* find(std::uint64_t client) noexcept;
  void make_ready(std::pair<const Place, Queue>& entry);
  void make_ready_in(int database);
  void serve_key(const Place& place);
  std::optional<keyspace::Type> type_at(const Place& place);
  void run_again(Waiter& waiter, bool may_wait = true);
  void set_again(Waiter& waiter, std::int64_t again_ms);
  void finish(Waiter& waiter, std::string_view reply);
  std::unique_ptr<Waiter> take(std::uint64_t client);
  void arm_timer();
  void on_timer();

  Server& server_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Waiter>> waiters_;  // by client
  std::map<Place, Queue, PlaceOrder> by_key_;
  std::vector<Place> ready_;
  std::set<std::pair<base::UnixMs, std::uint64_t>> deadlines_;
  std::set<std::pair<base::UnixMs, std::uint64_t>> agains_;
  Timer timer_;
  base::UnixMs timer_due_ = 0;  // 0: not armed
  Waiter* running_ = nullptr;   // whose command is being run again
  bool serving_ = false;
  base::ByteBuffer reply_;
  base::ByteBuffer pushes_;  // for after reply_
};

}  // namespace larder::server
