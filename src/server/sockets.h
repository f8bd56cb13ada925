// Small facts about sockets: options and how addresses are written.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

namespace larder::server {

// No delay for small replies; keep-alive probes after `keepalive_s` seconds of silence, 0 for none.
// Best effort.
void set_tcp_options(int fd, std::int64_t keepalive_s) noexcept;

// "127.0.0.1:6379", "[::1]:6379"; for Unix sockets "path:0".
std::string address_text(const sockaddr_storage& address, const std::string& unix_path);

}  // namespace larder::server
