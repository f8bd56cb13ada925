// What stands out of the commands that run, and who looks on: the logs of commands, the events of
// LATENCY, the clients that MONITOR. The dispatcher asks after each command, with three
// comparisons, whether any of it concerns that command.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "command/table.h"
#include "server/command_log.h"
#include "server/latency_monitor.h"
#include "server/monitors.h"

namespace larder::server {

class Call;
struct Client;
class Server;

class Observation {
 public:
  // What a command used.
  struct Used {
    std::uint64_t cycles;
    std::size_t request_bytes;
    std::size_t reply_bytes;
  };

  explicit Observation(Server& server) noexcept : server_(server) {}

  // Whether the command has to be told to note(). A bit more often than needed: costs no conversion
  // of cycles.
  bool concerns(const Used& used) const noexcept {
    return ((used.cycles >= cycles_min_) | (used.request_bytes >= request_bytes_min_) |
            (used.reply_bytes >= reply_bytes_min_)) != 0;
  }
  // A command has run.
  void note(Call& call, command::Args args, const command::Command& command, const Used& used);
  // One that had to wait has ended.
  void note_late(const Client& client, command::Args args, const command::Command& command,
                 const Used& used);
  // A script begins: it is shown before its commands.
  void note_script(const Call& call);
  // EXEC was refused, and the transaction with it.
  void note_abort(const Call& call, const command::Command& command);

  // An event of the server's own work that took `cycles`, and began to be timed only while
  // latency() is on.
  void note_event(std::string_view event, std::uint64_t cycles);
  void note_duration_us(std::string_view event, std::int64_t duration_us);  // of another thread

  // To be called when a setting changes, and now and then: the rate of the cycles is measured anew.
  void choose_thresholds() noexcept;
  // To be called when a log's bound changes.
  void trim_logs();

  CommandLog& log(LogKind kind) noexcept { return logs_[static_cast<std::size_t>(kind)]; }
  LatencyMonitor& latency() noexcept { return latency_; }

  void add_monitor(Connection& connection);
  void remove_monitor(Connection& connection);

 private:
  // At which value a log takes a command (negative: at none), and how many it keeps.
  struct Bounds {
    std::int64_t from;
    std::int64_t entries_max;

    bool takes(std::uint64_t value) const noexcept {
      return from >= 0 && entries_max > 0 && value >= static_cast<std::uint64_t>(from);
    }
  };
  Bounds bounds(LogKind kind) const noexcept;

  void log(const Client& caller, command::Args args, const command::Command& command, LogKind kind,
           std::uint64_t value);
  void log_all(const Client& caller, command::Args args, const command::Command& command,
               const Used& used, std::uint64_t duration_us);
  void show(const Call& call, command::Args args, const command::Spec& spec);

  Server& server_;
  std::uint64_t cycles_min_ = UINT64_MAX;
  std::uint64_t request_bytes_min_ = UINT64_MAX;
  std::uint64_t reply_bytes_min_ = UINT64_MAX;
  std::array<CommandLog, kLogKinds> logs_;
  LatencyMonitor latency_;
  Monitors monitors_;
  bool has_shown_script_ = false;
};

}  // namespace larder::server
