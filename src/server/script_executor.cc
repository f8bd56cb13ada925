#include "server/script_executor.h"

#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "script/commands.h"
#include "script/engine.h"
#include "server/call.h"
#include "server/dispatcher.h"
#include "server/server.h"

namespace larder::server {

void ScriptExecutor::begin(command::Context& context, command::RunningScript::Kind kind,
                           std::string_view name) {
  caller_ = &call_of(context);
  kind_ = kind;
  name_ = name;
  has_started_clock_ = has_written_ = is_killed_ = false;
  now_us_ = 0;
  const auto& caller = caller_->client;
  client_.id = caller.id;
  client_.database = caller.database;
  client_.authenticated = true;
  client_.no_touch = caller.no_touch;
  server_.observation().note_script(*caller_);
}

void ScriptExecutor::end(command::Context& context, bool is_counted) {
  call_of(context).error_is_counted = is_counted;
  caller_ = nullptr;
  if (!is_busy_) return;
  is_busy_ = false;
  server_.clients().hold_graves(false);
  server_.turn().go_on();
}

// --- scripts that run for long
// ----------------------------------------------------------------------------------------------

// The first call starts the clock: most scripts are over before it, and need not look at one.
bool ScriptExecutor::may_go_on(command::Context&) {
  const auto now = std::chrono::steady_clock::now();
  if (!has_started_clock_) {
    has_started_clock_ = true;
    started_ = now;
  }
  const auto threshold_ms = server_.settings().busy_reply_threshold;
  if (!is_busy_) {
    if (threshold_ms == 0 || now - started_ < std::chrono::milliseconds(threshold_ms)) return true;
    become_busy();
  }
  hear_others();
  return !is_killed_ && !server_.is_shutting_down();
}

void ScriptExecutor::become_busy() {
  is_busy_ = true;
  server_.clients().hold_graves(true);
  log::warning(
      "Slow script detected: still in execution after {} milliseconds. You can try killing the "
      "script using the {} command. Script name is: {}.",
      running()->duration_ms,
      kind_ == command::RunningScript::Kind::script ? "SCRIPT KILL" : "FUNCTION KILL", name_);
}

// Everything that the commands on the stack below have in the shared memory is set aside.
void ScriptExecutor::hear_others() {
  std::swap(server_.scratch(), others_);
  server_.loop().poll();
  std::swap(server_.scratch(), others_);
}

std::optional<command::RunningScript> ScriptExecutor::running() const {
  if (!is_busy_) return std::nullopt;
  const auto duration = std::chrono::steady_clock::now() - started_;
  return command::RunningScript{
      .kind = kind_,
      .name = name_,
      .command = caller_->arguments,
      .duration_ms = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()};
}

std::string_view ScriptExecutor::refusal_while_busy() const noexcept {
  return kind_ == command::RunningScript::Kind::script
             ? "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN "
               "NOSAVE."
             : "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN "
               "NOSAVE.";
}

std::string_view ScriptExecutor::kill(command::RunningScript::Kind kind) {
  if (!is_busy_) return "NOTBUSY No scripts in execution right now.";
  if (kind != kind_) return refusal_while_busy();
  if (has_written_) {
    return "UNKILLABLE Sorry the script already executed write commands against the dataset. You "
           "can either wait the script termination or kill the server in a hard way using the "
           "SHUTDOWN NOSAVE command.";
  }
  is_killed_ = true;
  return {};
}

std::int64_t ScriptExecutor::now_us() noexcept {
  if (caller_ == nullptr) return base::unix_us();
  if (now_us_ == 0) now_us_ = base::unix_us();
  return now_us_;
}

command::Flags ScriptExecutor::flags_of(const command::Command& command, command::Args args) const {
  const auto& spec = *command.spec;
  const bool may_declare =
      spec.group == command::Group::scripting && command.has(command::flag::may_replicate);
  if (!may_declare) return spec.flags;
  return script::flags_of_call(static_cast<script::Engine&>(*server_.ports().scripting), spec,
                               args);
}

// --- commands
// ----------------------------------------------------------------------------------------------

bool ScriptExecutor::is_out_of_memory() const noexcept {
  return server_.memory_limit().is_out_of_memory();
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
  // Never a script in a script: the interpreter is taken.
  const bool is_script = command->spec->group == command::Group::scripting;
  if (command->has(flag::noscript) && (!allows_all_ || is_script)) {
    return "ERR This command is not allowed from script";
  }
  if (rules.is_read_only && command->has(flag::write | flag::may_replicate)) {
    return "ERR Write commands are not allowed from read-only scripts.";
  }
  if (command->has(flag::write) && server_.denies_writes()) return server_.write_refusal();
  // What has begun to write may finish.
  if (command->has(flag::denyoom) && !rules.allows_oom && !has_written_ && is_out_of_memory()) {
    return command::errors::kOutOfMemory;
  }
  return {};
}

void ScriptExecutor::run(command::Context& context, command::Args args, resp::Writer& reply,
                         const command::ScriptRules& rules) {
  auto& outer = call_of(context);
  Call call(server_, outer.connection, client_, reply, server_.ports_in_scripts());
  call.may_wait = false;
  const auto* const command = server_.commands().resolve(args);
  const auto refused = refusal(call, args, command, rules);
  if (!refused.empty()) [[unlikely]] {
    server_.dispatcher().refuse(call, command, refused);
    return;
  }
  // What has begun to write may finish.
  if (command->has(command::flag::denyoom) && !rules.allows_oom && !has_written_) {
    const auto error = server_.quotas().refusal(*command->spec, args, call.client.database);
    if (!error.empty()) {
      server_.dispatcher().refuse(call, command, error);
      return;
    }
  }
  if (command->has(command::flag::write)) has_written_ = true;
  server_.dispatcher().run_nested(call, args, *command);
  ++outer.client.commands;
  outer.add_changes(call.changes());
  if (outer.client.tracking != nullptr) [[unlikely]] {  // what a script reads, its caller has read
    Call reading(server_, outer.connection, reply);
    reading.may_wait = false;
    server_.tracking().after_command(reading, args, *command);
  }
}

}  // namespace larder::server
