// A connection of the load: a non-blocking socket with the requests to be sent and the replies
// awaited.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/byte_buffer.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "load/reply_reader.h"

namespace larder::load {

// `unix_path` goes first where it is not empty; one that opens with @ is an abstract name.
struct Address {
  std::string host = "127.0.0.1";
  std::uint16_t port = 6379;
  std::string unix_path;
};

class Connection {
 public:
  static base::Result<Connection> open(const Address& address);

  int fd() const noexcept { return fd_.get(); }

  // Requests go here; flush() sends them.
  base::ByteBuffer& out() noexcept { return out_; }

  // Sends what the socket takes; the rest waits for the next call. False where the connection is
  // lost.
  bool flush();
  bool has_unsent() const noexcept { return sent_ != out_.size(); }

  // Reads once. Returns the replies completed, or -1 where the connection is lost or what came is
  // not RESP.
  std::int64_t receive();

  const ReplyReader& replies() const noexcept { return replies_; }

 private:
  base::UniqueFd fd_;
  base::ByteBuffer out_;
  std::size_t sent_ = 0;
  ReplyReader replies_;
};

}  // namespace larder::load
