// Replays a trace against a running server over its Unix socket, a few requests at once: GET, and
// SET of what it missed.
#pragma once

#include <cstddef>
#include <string>

#include "trace.h"

namespace larder::eviction_bench {

struct ServerReplay {
  std::size_t hits = 0;
  std::size_t requests = 0;
};

// Ends the program where the server does not answer as expected. `clock_path` names the file that
// the server's time of day is read from (trace_clock.c), where there is one.
ServerReplay replay_on_server(const Trace& trace, const std::string& socket_path,
                              const std::string& clock_path, double time_span_seconds);

std::string name_of(std::uint32_t object);

}  // namespace larder::eviction_bench
