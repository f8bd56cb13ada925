// The context of one connection's commands with the server and the client in it. Commands that
// steer the server take it from their Context; data commands, which cannot see this header, never
// do.
#pragma once

#include "command/context.h"
#include "server/client.h"

namespace larder::server {

class Connection;
class Server;

class Call : public command::Context {
 public:
  Call(Server& server_in, Connection& connection_in, resp::Writer& reply);
  // Of a command that runs for `connection_in`, but as another client: a script's.
  Call(Server& server_in, Connection& connection_in, Client& client_in, resp::Writer& reply,
       const command::Ports& ports);

  Server& server;
  Connection& connection;
  Client& client;
  const command::Command* command = nullptr;  // being run: a subcommand's own entry
  command::Args arguments;                    // its own
  std::size_t request_bytes = 0;              // that it came as
  std::string_view request;                   // those, where it came alone; or of what ran it
  bool may_wait = true;                       // whether it may wait for a key
  std::uint64_t errors_inside = 0;  // of its reply, that the commands of a transaction answered
  bool error_is_counted = false;    // the error it answers with was a nested command's, and counted
};

// REQUIRES: `context` is of a command that a connection runs; the server makes no other.
inline Call& call_of(command::Context& context) noexcept { return static_cast<Call&>(context); }

}  // namespace larder::server
