// The clients that MONITOR: each command that runs is shown to all of them as one line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "command/spec.h"

namespace larder::server {

class Connection;

// What a line says of a command besides its arguments.
struct MonitoredCommand {
  const command::Spec& spec;
  command::Args args;
  std::int64_t unix_us;
  int database;
  std::string_view source;  // "127.0.0.1:50412", "unix:/path", "lua"
};

// `+1339518083.107412 [0 127.0.0.1:60866] "keys" "*"` and its end of line. Secrets are not shown.
std::string monitor_line(const MonitoredCommand& command);

class Monitors {
 public:
  bool is_empty() const noexcept { return connections_.empty(); }
  void add(Connection& connection);
  void remove(Connection& connection);

  void show(const MonitoredCommand& command);

 private:
  std::vector<Connection*> connections_;
};

}  // namespace larder::server
