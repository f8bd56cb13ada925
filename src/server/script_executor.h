// Runs the commands of scripts: as a client of their own that may not wait, under the rules that
// hold for scripts.
#pragma once

#include <string_view>

#include "command/ports.h"
#include "command/table.h"
#include "server/client.h"

namespace larder::server {

class Call;
class Server;

class ScriptExecutor final : public command::Executor {
 public:
  explicit ScriptExecutor(Server& server) noexcept : server_(server) {}

  void begin(command::Context& context) override;
  void end(command::Context& context, bool is_counted) override;
  void run(command::Context& context, command::Args args, resp::Writer& reply,
           const command::ScriptRules& rules) override;

 private:
  // Why the command may not run; empty where it may.
  std::string_view refusal(const Call& call, command::Args args, const command::Command* command,
                           const command::ScriptRules& rules) const;

  Server& server_;
  Client client_;  // what a script selects does not change its caller's choice
};

}  // namespace larder::server
