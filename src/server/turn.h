// The connections that are ready in one turn of the loop, read and parsed together so that the
// memory of all their keys is on its way before the first of their commands runs. It pays where
// several are ready at once; a single one is served straight away.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/byte_buffer.h"
#include "server/event_loop.h"

namespace larder::server {

class Connection;
class Server;

// What one connection has sent: its commands stand in the scratch memory, parsed but not run.
struct Gathered {
  Connection* connection;  // nullptr: closed since
  std::string_view bytes;
  std::size_t first_command;
  std::size_t command_count;
  bool is_protocol_error;
  bool has_collections = false;  // some of the keys may be
};

class Turn {
 public:
  explicit Turn(Server& server) noexcept : server_(server) {}

  // Bytes that a connection may send to take part; whoever sends more is busy enough alone.
  static constexpr std::size_t kBytesMax = 4 * 1024;

  // Whether a connection that is ready should take part. Tries a turn once in a while where it did
  // not pay of late.
  bool wants_more() noexcept {
    if (!gathers_ && ++calls_ % kTryEvery == 0) gathers_ = true;
    return gathers_;
  }

  // Space for kBytesMax bytes, valid until the turn is run. Runs the turn first where it is full.
  char* take_space();
  void add(const Gathered& gathered);
  void forget(const Connection& connection) noexcept;
  // Runs what was held up while a script ran for long.
  void go_on();

 private:
  static constexpr std::size_t kConnectionsMax = 32;
  static constexpr std::size_t kConnectionsWorthIt = 3;
  static constexpr std::uint32_t kTryEvery = 64;

  void post();
  void run();

  Server& server_;
  std::vector<Gathered> ready_;
  base::ByteBuffer bytes_;
  bool gathers_ = false;
  bool is_posted_ = false;
  bool is_held_up_ = false;
  std::uint32_t calls_ = 0;
};

}  // namespace larder::server
