// Runs the commands of scripts: as a client of their own that may not wait, under the rules that
// hold for scripts.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "command/ports.h"
#include "command/table.h"
#include "server/client.h"
#include "server/scratch.h"

namespace larder::server {

class Call;
class Server;

class ScriptExecutor final : public command::Executor {
 public:
  explicit ScriptExecutor(Server& server) noexcept : server_(server) {}

  void begin(command::Context& context, command::RunningScript::Kind kind,
             std::string_view name) override;
  void end(command::Context& context, bool is_counted) override;
  bool is_out_of_memory() const noexcept override;
  void run(command::Context& context, command::Args args, resp::Writer& reply,
           const command::ScriptRules& rules) override;
  bool may_go_on(command::Context& context) override;
  std::optional<command::RunningScript> running() const override;
  std::string_view kill(command::RunningScript::Kind kind) override;

  // Microseconds since 1970: one moment for the whole of a script.
  std::int64_t now_us() noexcept;
  // DEBUG SET-DISABLE-DENY-SCRIPTS: scripts may call what they otherwise may not.
  void set_allows_all(bool allows) noexcept { allows_all_ = allows; }

  // A command's flags; of one that runs a script, by what the script declares about itself.
  command::Flags flags_of(const command::Command& command, command::Args args) const;

  // Whether a script has run for so long that others are heard: commands that are not allowed then
  // are refused with refusal_while_busy(). Time stands still for all, and what is shared between
  // turns belongs to the command that waits for the script.
  bool is_busy() const noexcept { return is_busy_; }
  std::string_view refusal_while_busy() const noexcept;

 private:
  void become_busy();
  void hear_others();
  // Why the command may not run; empty where it may.
  std::string_view refusal(const Call& call, command::Args args, const command::Command* command,
                           const command::ScriptRules& rules) const;

  Server& server_;
  Client client_;           // what a script selects does not change its caller's choice
  Call* caller_ = nullptr;  // of the script that runs
  command::RunningScript::Kind kind_{};
  std::string_view name_;
  std::chrono::steady_clock::time_point started_;
  bool has_started_clock_ = false;
  bool is_busy_ = false;
  bool has_written_ = false;
  bool is_killed_ = false;
  bool allows_all_ = false;
  std::int64_t now_us_ = 0;  // 0: the script has not asked yet
  Scratch others_;           // what others use while the script's turn is held up
};

}  // namespace larder::server
