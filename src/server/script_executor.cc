#include "server/script_executor.h"

#include "base/clock.h"
#include "server/call.h"
#include "server/dispatcher.h"
#include "server/server.h"

namespace larder::server {

void ScriptExecutor::begin(command::Context& context) {
  const auto& caller = call_of(context).client;
  client_.id = caller.id;
  client_.database = caller.database;
  client_.authenticated = true;
  client_.no_touch = caller.no_touch;
}

void ScriptExecutor::end(command::Context& context, bool is_counted) {
  call_of(context).error_is_counted = is_counted;
}

std::string_view ScriptExecutor::refusal(const Call&, command::Args args,
                                         const command::Command* command,
                                         const command::ScriptRules& rules) const {
  namespace flag = command::flag;
  if (command == nullptr || command->spec->handler == nullptr ||
      (args.size() > 1 && !command->subcommands.empty())) {
    return "ERR Unknown command called from script";
  }
  if (!command::arity_fits(*command->spec, args.size())) {
    return "ERR Wrong number of args calling command from script";
  }
  if (command->has(flag::noscript)) return "ERR This command is not allowed from script";
  if (rules.is_read_only && command->has(flag::write)) {
    return "ERR Write commands are not allowed from read-only scripts.";
  }
  return {};
}

void ScriptExecutor::run(command::Context& context, command::Args args, resp::Writer& reply,
                         const command::ScriptRules& rules) {
  auto& outer = call_of(context);
  Call call(server_, outer.connection, client_, reply);
  call.may_wait = false;
  const auto* const command = server_.commands().resolve(args);
  const auto refused = refusal(call, args, command, rules);
  if (!refused.empty()) [[unlikely]] {
    server_.dispatcher().refuse(call, command, refused);
    return;
  }
  server_.dispatcher().run_nested(call, args, *command);
  outer.add_changes(call.changes());
}

}  // namespace larder::server
