// Decides whether a command may run, runs it and counts it. Gates follow from a command's flags and
// the client's state: nothing here knows a command by name.
#pragma once

#include <cstdint>
#include <string_view>

#include "command/table.h"
#include "server/call.h"

namespace larder::server {

// The answer to writes after a snapshot failed.
inline constexpr std::string_view kCannotSave =
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to "
    "disk. Commands that may modify the data set are disabled, because this instance is configured "
    "to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error "
    "option). Please check the Redis logs for details about the RDB error.";

class Dispatcher {
 public:
  explicit Dispatcher(Server& server) noexcept : server_(server) {}

  // Runs one command, `resolved` by the table (nullptr: unknown), and writes its reply. `started`
  // is the cycle count at which it begins; it is moved on to where it ended, so that a batch reads
  // the counter once a command.
  void run(Call& call, command::Args args, const command::Command* resolved,
           std::uint64_t& started);

  // Runs what was queued between MULTI and EXEC, and answers with all replies as one array.
  void run_transaction(Call& call, const Transaction& transaction);

  // Runs a command that has waited once more. Its first run has been counted; now only its errors
  // are.
  void run_again(Call& call, command::Args args, const command::Command& command);

  // Runs a command of a journal: it passed all gates when it was run first, and counts no more.
  void replay(Call& call, command::Args args, const command::Command& command);

  // Runs a command of another that is running, a script's: the caller has seen to its gates.
  void run_nested(Call& call, command::Args args, const command::Command& command);
  // Refuses such a command with `error`; `command` is nullptr where it is unknown.
  void refuse(Call& call, const command::Command* command, std::string_view error);

 private:
  void invoke(Call& call, command::Args args, const command::Command& command);
  void invoke_journaled(Call& call, command::Args args, const command::Command& command);
  void journal_deadlines(Call& call, command::Args args, const command::Command& command);
  void execute(Call& call, command::Args args, const command::Command& command,
               std::uint64_t& started);
  bool admit(Call& call, command::Args args, const command::Command* resolved);
  static bool needs_memory(const Call& call, const command::Command& command);
  bool is_debugging_allowed(const Call& call) const;
  void reject(Call& call, const command::Command* command, std::string_view error);
  void reject_unknown(Call& call, command::Args args, const command::Command* container);
  void count(Call& call, std::uint64_t errors_before, std::uint64_t cycles);
  void count_errors(Call& call, std::uint64_t errors_before);

  Server& server_;
};

}  // namespace larder::server
