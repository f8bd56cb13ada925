// Client-side caching: which clients hold copies of which keys, and telling them when a copy is
// out of date. By default the server remembers who read a key; in broadcast mode clients name
// prefixes instead, and nothing is remembered about keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/byte_buffer.h"
#include "command/table.h"
#include "server/event_loop.h"
#include "server/reader_table.h"

namespace larder::server {

class Call;
class Connection;
class Server;

// What one client asked for with CLIENT TRACKING ON.
struct TrackingMode {
  std::uint64_t redirect = 0;  // the client that is told instead; 0: itself
  bool broadcast = false;
  bool opt_in = false;   // keys are remembered only after CLIENT CACHING YES
  bool opt_out = false;  // and here unless after CLIENT CACHING NO
  bool no_loop = false;  // is not told of its own changes
  bool caching = false;  // CLIENT CACHING was said for the next command
  bool broken_redirect = false;
  std::vector<std::string> prefixes;  // of broadcast mode
  ReaderTable::Reader reader;         // of the other modes
};

class Tracking {
 public:
  explicit Tracking(Server& server) noexcept : server_(server) {}

  bool is_needed() const noexcept { return clients_ != 0; }

  // Begins, or changes what is allowed to change. `mode.prefixes` are added to those there are.
  void start(Connection& connection, TrackingMode mode);
  void stop(Connection& connection);

  // After each command of a client that tracks: remembers the keys it has read.
  void after_command(Call& call, command::Args args, const command::Command& command);
  // Asks for the memory that remembering such a key will need. REQUIRES: some client is not in
  // broadcast mode.
  void prefetch(std::uint64_t hash) const noexcept { readers_.prefetch(hash); }

  // `by` is the client that made the change, 0 where none did.
  void on_changed(std::string_view key, std::uint64_t by);
  void on_flushed();

  // Forgets keys at random, and tells those who hold them, until there are no more than the setting
  // tracking-table-max-keys allows.
  void hold_limit();

  // For INFO.
  std::size_t clients() const noexcept { return clients_; }
  std::size_t keys() const noexcept { return readers_.keys(); }
  std::size_t items() const noexcept { return readers_.items(); }
  std::size_t prefixes() const noexcept { return prefixes_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const noexcept {
      return std::hash<std::string_view>{}(name);
    }
  };

  // Clients that named one prefix, and the keys under it that changed in this turn, with who did
  // it.
  using Changed = std::map<std::string, std::uint64_t, std::less<>>;
  struct Prefix {
    std::vector<std::uint64_t> clients;
    Changed changed;
  };

  void invalidate(std::string_view key, const std::vector<std::uint64_t>& readers,
                  std::uint64_t by);
  void sweep();
  void go_on_later();
  void note_broadcast(std::string_view key, std::uint64_t by);
  void send_broadcasts();
  void send_broadcast(const Changed& changed, Connection& connection);
  void leave_prefixes(std::uint64_t client, const TrackingMode& mode);
  template <class WriteKeys>
  void tell(Connection& connection, WriteKeys write_keys);

  Server& server_;
  ReaderTable readers_;
  Timer sweep_timer_;
  bool is_sweeping_ = false;  // the timer is set
  std::unordered_map<std::string, Prefix, Hash, std::equal_to<>> prefixes_;
  std::multiset<std::size_t> prefix_lengths_;
  std::set<std::string> changed_prefixes_;  // with something to broadcast at the end of the turn
  std::size_t clients_ = 0;
  base::ByteBuffer message_;
};

}  // namespace larder::server
