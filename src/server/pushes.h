// What nobody asked for, such as the messages of channels, is sent behind the turn: to some clients
// after each, so that a message to many holds up no other client, and whoever had to wait gets all
// that came meanwhile at once. What goes to many clients is kept once until then: each is sent it
// from here, and only what its socket does not take becomes its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>

#include "base/byte_buffer.h"

namespace larder::server {

class Connection;
class Server;

// Bytes that Pushes keeps until all whom they are for were sent them. No size: none. `begin` counts
// all bytes ever kept, and wraps.
struct SharedBytes {
  std::uint32_t begin = 0;
  std::uint32_t size = 0;
};

class Pushes {
 public:
  explicit Pushes(Server& server) noexcept : server_(server) {}

  // To be called before the bytes of one message are shared, in as many forms as there are.
  void begin_message() noexcept { message_begin_ = shared_end(); }
  // Keeps bytes that go to several connections; nothing where that would be too much.
  SharedBytes share(std::string_view bytes);
  std::string_view bytes_of(SharedBytes shared) const noexcept {
    return shared_.view().substr(shared.begin - dropped_bytes_, shared.size);
  }
  // Bytes that a connection keeps for itself: where they are many, all are sent what waits.
  void count_own(std::size_t bytes) noexcept { waiting_bytes_ += bytes; }

  // Has a connection send its pushes behind the turn.
  void add(Connection& connection);
  void forget(const Connection& connection) noexcept;

 private:
  static constexpr std::size_t kSharedBytesMax = 256 * 1024;

  struct Waiting {
    Connection* connection;     // nullptr: closed meanwhile
    std::uint32_t shared_from;  // what it shares begins there, or later; so with all behind it
  };

  std::uint32_t shared_end() const noexcept {
    return dropped_bytes_ + static_cast<std::uint32_t>(shared_.size());
  }
  void post();
  void send_some();
  void drop_sent();

  Server& server_;
  std::deque<Waiting> waiting_;
  std::size_t gone_ = 0;  // places of those that were sent theirs
  base::ByteBuffer shared_;
  std::uint32_t dropped_bytes_ = 0;  // of all that was shared; wraps
  std::uint32_t message_begin_ = 0;
  std::size_t waiting_bytes_ = 0;  // that were kept since nobody waited
  bool is_sending_ = false;
};

}  // namespace larder::server
