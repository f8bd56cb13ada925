// The line that CLIENT LIST and CLIENT INFO show for a client.
#pragma once

#include <string>

#include "server/connection.h"

namespace larder::control {

// Without a line end. `now` in Unix milliseconds.
std::string client_line(const server::Connection& connection, base::UnixMs now);

// The letters of the flags field: N for none, b blocked, x queueing since MULTI, c closing, e
// no-evict, T no-touch, U Unix socket ...
std::string client_flags(const server::Connection& connection);

// normal, replica or pubsub.
std::string_view client_type(const server::Connection& connection);

}  // namespace larder::control
