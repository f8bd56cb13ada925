#include "server/monitors.h"

#include <fmt/format.h>

#include <iterator>

#include "server/command_log.h"
#include "server/connection.h"

namespace larder::server {
namespace {

void append_quoted(std::string& line, std::string_view text) {
  constexpr std::string_view kEscaped = "\\\"\n\r\t\a\b";
  constexpr std::string_view kLetters = "\\\"nrtab";
  line += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (const auto at = kEscaped.find(c); at != std::string_view::npos) {
      line += '\\';
      line += kLetters[at];
    } else if (byte < 0x20 || byte > 0x7e) {
      fmt::format_to(std::back_inserter(line), "\\x{:02x}", byte);
    } else {
      line += c;
    }
  }
  line += '"';
}

}  // namespace

std::string monitor_line(const MonitoredCommand& command) {
  auto line = fmt::format("+{}.{:06} [{} {}]", command.unix_us / 1'000'000,
                          command.unix_us % 1'000'000, command.database, command.source);
  for (std::size_t i = 0; i < command.args.size(); ++i) {
    line += ' ';
    const bool hides = is_secret(command.spec, command.args, i);
    append_quoted(line, hides ? kRedacted : command.args[i]);
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
