// The connection of a client that debugs a script, while nothing else of the server runs: bytes are
// read and sent here, and waited for.
#pragma once

#include <string_view>
#include <vector>

#include "base/byte_buffer.h"
#include "resp/parser.h"
#include "script/debugging.h"
#include "server/interrupt_watch.h"

namespace larder::server {

class DebugLink final : public script::DebugConsole {
 public:
  // Over when `watch`, if there is one, hears a signal. `fd` is non-blocking, and outlives this.
  DebugLink(int fd, const InterruptWatch* watch) noexcept : fd_(fd), watch_(watch) {}

  Heard listen() override;
  void tell(std::string_view reply) override;

 private:
  bool receive();
  bool wait_for(short event, int timeout_ms) const;

  int fd_;
  const InterruptWatch* watch_;
  bool is_over_ = false;
  resp::RequestParser parser_;
  base::ByteBuffer input_;
  std::size_t taken_ = 0;  // of it, by the command that was heard last
  std::vector<std::string_view> words_;
};

}  // namespace larder::server
