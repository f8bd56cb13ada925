// Replays a trace against a running server over its Unix socket, one request after the other: GET,
// and SET of what it missed.
#pragma once

#include <cstddef>
#include <string>

#include "trace.h"

namespace larder::eviction_bench {

struct ServerReplay {
  std::size_t hits = 0;
  std::size_t requests = 0;
};

// Ends the program where the server does not answer as expected.
ServerReplay replay_on_server(const Trace& trace, const std::string& socket_path);

std::string name_of(std::uint32_t object);

}  // namespace larder::eviction_bench
