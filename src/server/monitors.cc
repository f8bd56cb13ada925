#include "server/monitors.h"

#include <fmt/format.h>

#include "resp/words.h"
#include "server/command_log.h"
#include "server/connection.h"

namespace larder::server {

std::string monitor_line(const MonitoredCommand& command) {
  auto line = fmt::format("+{}.{:06} [{} {}]", command.unix_us / 1'000'000,
                          command.unix_us % 1'000'000, command.database, command.source);
  for (std::size_t i = 0; i < command.args.size(); ++i) {
    line += ' ';
    const bool hides = is_secret(command.spec, command.args, i);
    resp::append_quoted(line, hides ? kRedacted : command.args[i]);
  }
  line += "\r\n";
  return line;
}

void Monitors::add(Connection& connection) {
  if (connection.client().is_monitor) return;
  connection.client().is_monitor = true;
  connections_.push_back(&connection);
}

void Monitors::remove(Connection& connection) {
  if (!connection.client().is_monitor) return;
  connection.client().is_monitor = false;
  std::erase(connections_, &connection);
}

// One that is over its output limit is closed, which takes it off the list: a copy is gone through.
void Monitors::show(const MonitoredCommand& command) {
  const auto line = monitor_line(command);
  const auto connections = connections_;
  for (auto* connection : connections) connection->push(line);
}

}  // namespace larder::server
