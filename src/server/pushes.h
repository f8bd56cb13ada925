// What nobody asked for, such as the messages of channels, is sent at the end of the turn. What
// goes to many clients is kept once meanwhile: each is sent it from here, and only what its socket
// does not take becomes its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/byte_buffer.h"

namespace larder::server {

class Connection;
class Server;

// Bytes that Pushes keeps until the end of the turn. No size: none.
struct SharedBytes {
  std::uint32_t begin = 0;
  std::uint32_t size = 0;
};

class Pushes {
 public:
  explicit Pushes(Server& server) noexcept : server_(server) {}

  // Keeps bytes that go to several connections; nothing where that would be too much.
  SharedBytes share(std::string_view bytes);
  std::string_view bytes_of(SharedBytes shared) const noexcept {
    return shared_.view().substr(shared.begin, shared.size);
  }

  // Has a connection send its pushes at the end of the turn.
  void add(Connection& connection);
  void forget(const Connection& connection) noexcept;

 private:
  static constexpr std::size_t kSharedBytesMax = 256 * 1024;

  void send();

  Server& server_;
  std::vector<Connection*> waiting_;  // nullptr: closed meanwhile
  base::ByteBuffer shared_;
  bool is_sending_ = false;
};

}  // namespace larder::server
