#include "server/dispatcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/clock.h"
#include "base/numbers.h"
#include "server/limits.h"
#include "server/loading.h"
#include "server/running_call.h"
#include "server/server.h"

namespace larder::server {
namespace {

constexpr std::string_view kDebugNotAllowed =
    "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you "
    "can run it from a local "
    "connection, otherwise you need to set this option in the configuration file, and then restart "
    "the server.";

constexpr std::string_view kLoading = "LOADING Redis is loading the dataset in memory";

std::string_view quoted(std::string_view text) {
  return text.substr(0, limits::kQuotedArgumentBytes);
}

// What runs others leaves it to them; of those that read, some keep what they found out (PFCOUNT).
bool is_journaled_as_sent(const command::Spec& spec) noexcept {
  namespace flag = command::flag;
  const bool keeps = (spec.flags & flag::readonly) != 0 && (spec.flags & flag::may_replicate) != 0;
  return (spec.flags & flag::write) != 0 || keeps;
}

// Lengths of elements have 32 bits, with some room for what stands around them.
constexpr std::size_t kElementBytesMax = UINT32_MAX - 64;

// Only where proto-max-bulk-len was raised far above its default.
bool has_too_long_element(const command::Spec& spec, command::Args args) noexcept {
  using command::Group;
  constexpr Group kOfStrings[] = {Group::string, Group::bitmap, Group::connection, Group::pubsub,
                                  Group::server};
  if (std::find(std::begin(kOfStrings), std::end(kOfStrings), spec.group) != std::end(kOfStrings)) {
    return false;
  }
  return std::any_of(args.begin(), args.end(),
                     [](std::string_view each) { return each.size() > kElementBytesMax; });
}

// CLIENT REPLY: takes back what the command wrote where the client wants no reply.
void apply_reply_mode(Client& client, base::ByteBuffer& out, std::size_t before) {
  switch (client.reply_mode) {
    case ReplyMode::on:
      return;
    case ReplyMode::off:
      break;
    case ReplyMode::skip_next:
      client.reply_mode = ReplyMode::skip_current;
      break;
    case ReplyMode::skip_current:
      client.reply_mode = ReplyMode::on;
      break;
  }
  out.truncate(before);
}

// Messages for the client whose command runs stand where they are due: before or after its reply.
void write_pushes(Call& call) {
  auto& pushes = call.server.scratch().pushes;
  if (pushes.empty()) [[likely]]
    return;
  call.reply.raw(pushes.view());
  pushes.clear();
}

}  // namespace

void Dispatcher::run(Call& call, command::Args args, const command::Command* resolved,
                     std::uint64_t& started) {
  const auto reply_before = call.reply.buffer().size();
  if (admit(call, args, resolved)) [[likely]] {
    call.client.last_command = resolved;
    ++call.client.commands;
    if (call.client.is_queueing() && !resolved->has(command::flag::immediate)) [[unlikely]] {
      call.client.transaction->queue(*resolved, args, call.request_bytes,
                                     server_.script_executor().flags_of(*resolved, args));
      call.reply.simple("QUEUED");
    } else {
      execute(call, args, *resolved, started);
      if (server_.blocking().has_ready()) [[unlikely]] {
        server_.blocking().serve();
      }
    }
  }
  if (call.client.reply_mode != ReplyMode::on) [[unlikely]] {
    apply_reply_mode(call.client, call.reply.buffer(), reply_before);
  }
  write_pushes(call);
}

// Calls the command's function with all that it and what it changes see of the call.
void Dispatcher::invoke(Call& call, command::Args args, const command::Command& command) {
  call.command = &command;
  call.spec = command.spec;
  call.arguments = args;
  server_.change_hub().set_author(call.client.id);
  if (server_.memory_limit().counts_changes_only()) [[unlikely]] {
    const bool is_use = command.has(command::flag::write) && !call.client.no_touch;
    call.touch = is_use ? keyspace::Touch::yes : keyspace::Touch::no;
  }
  call.keyspace.release_inflated();
  const RunningCall running(call);
  if (call.is_journaled()) [[unlikely]]
    return invoke_journaled(call, args, command);
  command.spec->handler(call, args);
}

// All that the command does is one unit of the journal; EXEC and scripts come here within one.
void Dispatcher::invoke_journaled(Call& call, command::Args args, const command::Command& command) {
  auto& journal = server_.journal();
  const auto changes = call.changes();
  const auto journaled = call.journaled();
  const Journal::Unit unit(journal);
  command.spec->handler(call, args);
  const bool has_changed = call.changes() != changes;
  if (has_changed && is_journaled_as_sent(*command.spec) && call.journaled() == journaled) {
    journal.record_as_sent(*call.database, args, call.request);
  }
  if (has_changed && server_.gives_new_keys_deadlines()) [[unlikely]]
    journal_deadlines(call, args, command);
  if (has_changed) call.client.journaled_until = journal.end_of_unit();
}

// Settings gave keys deadlines that no command names, and that others would not give them.
void Dispatcher::journal_deadlines(Call& call, command::Args args,
                                   const command::Command& command) {
  if (!command.has(command::flag::write)) return;
  for (const auto& position : command::find_keys(*command.spec, args).keys) {
    const auto name = args[position.index];
    const auto entry = call.database->find(call.key(name), keyspace::Touch::no);
    if (entry && entry.has_deadline()) call.journal("PEXPIREAT", name, entry.deadline());
  }
}

void Dispatcher::execute(Call& call, command::Args args, const command::Command& command,
                         std::uint64_t& started) {
  const auto errors_before = call.reply.errors();
  const auto reply_before = call.reply.buffer().size();
  invoke(call, args, command);
  if (call.client.tracking != nullptr) [[unlikely]]
    server_.tracking().after_command(call, args, command);
  auto ended = base::cycles();
  call.command = &command;  // EXEC ran others
  count(call, errors_before, ended - started);
  if (server_.hot_keys().is_on()) [[unlikely]] {
    const auto bytes = call.request_bytes + call.reply.buffer().size() - reply_before;
    server_.hot_keys().note(call, *command.spec, args, ended - started, bytes);
  }
  const Observation::Used used{ended - started, call.request_bytes,
                               call.reply.buffer().size() - reply_before};
  if (server_.observation().concerns(used)) [[unlikely]] {
    server_.observation().note(call, args, command, used);
    ended = base::cycles();  // the next command is not charged for it
  }
  started = ended;
}

// What may not be queued was refused then: here every command runs, and none may wait.
void Dispatcher::run_transaction(Call& call, const Transaction& transaction) {
  std::vector<std::string_view> arguments;
  auto started = base::cycles();
  const auto request_bytes = call.request_bytes;
  const auto errors_before = call.reply.errors();
  call.may_wait = false;
  call.reply.array(transaction.size());
  for (std::size_t i = 0; i < transaction.size(); ++i) {
    transaction.arguments(i, arguments);
    call.request_bytes = transaction.request_bytes(i);
    execute(call, arguments, transaction.command(i), started);
  }
  call.may_wait = true;
  call.request_bytes = request_bytes;
  call.errors_inside = call.reply.errors() - errors_before;
}

void Dispatcher::run_again(Call& call, command::Args args, const command::Command& command) {
  const auto errors_before = call.reply.errors();
  invoke(call, args, command);
  if (call.reply.errors() == errors_before) return;
  ++command.statistics.failed;
  server_.statistics().count_error(call.reply.last_error_code());
}

void Dispatcher::replay(Call& call, command::Args args, const command::Command& command) {
  auto& client = call.client;
  if (client.is_queueing() && command.has(command::flag::takes_queue)) {
    const auto transaction = client.transaction->take();
    std::vector<std::string_view> arguments;
    for (std::size_t i = 0; i < transaction.size(); ++i) {
      transaction.arguments(i, arguments);
      invoke(call, arguments, transaction.command(i));
    }
  } else if (client.is_queueing() && !command.has(command::flag::immediate)) {
    client.transaction->queue(command, args, 0, command.spec->flags);
  } else {
    invoke(call, args, command);
  }
}

void Dispatcher::run_nested(Call& call, command::Args args, const command::Command& command) {
  auto started = base::cycles();
  execute(call, args, command, started);
}

void Dispatcher::refuse(Call& call, const command::Command* command, std::string_view error) {
  reject(call, command, error);
}

bool Dispatcher::admit(Call& call, command::Args args, const command::Command* resolved) {
  // A container is resolved to itself where its subcommand is unknown.
  const bool is_unknown = resolved == nullptr || resolved->spec->handler == nullptr ||
                          (args.size() > 1 && !resolved->subcommands.empty());
  if (is_unknown) [[unlikely]] {
    reject_unknown(call, args, resolved);
    return false;
  }
  if (!command::arity_fits(*resolved->spec, args.size())) {
    reject(call, resolved,
           fmt::format("ERR wrong number of arguments for '{}' command", resolved->full_name));
    return false;
  }
  if (call.request_bytes > kElementBytesMax && has_too_long_element(*resolved->spec, args))
      [[unlikely]] {
    reject(call, resolved, "ERR element exceeds maximum allowed size (4gb)");
    return false;
  }
  if (!call.client.authenticated && !resolved->has(command::flag::no_auth)) {
    reject(call, resolved, "NOAUTH Authentication required.");
    return false;
  }
  if (auto& limit = server_.memory_limit(); limit.is_on()) {
    if (!server_.script_executor().is_busy()) limit.make_room();
    if (call.client.reply_mode == ReplyMode::on) write_pushes(call);  // of keys that are gone now
    if (limit.is_out_of_memory() && needs_memory(call, *resolved)) [[unlikely]] {
      reject(call, resolved, command::errors::kOutOfMemory);
      return false;
    }
  }
  if (server_.quotas().is_any_full()) [[unlikely]] {
    if (!server_.script_executor().is_busy()) server_.quotas().make_room();
    if (resolved->has(command::flag::denyoom)) {
      const auto error = server_.quotas().refusal(*resolved->spec, args, call.client.database);
      if (!error.empty()) {
        reject(call, resolved, error);
        return false;
      }
    }
  }
  if (call.client.protocol == resp::Protocol::resp2 && call.client.is_subscribed() &&
      !resolved->has(command::flag::while_subscribed)) {
    reject(call, resolved,
           fmt::format("ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / "
                       "QUIT / RESET are allowed in this context",
                       resolved->full_name));
    return false;
  }
  if (server_.is_loading() && !resolved->has(command::flag::loading)) {
    reject(call, resolved, kLoading);
    return false;
  }
  if (server_.denies_writes() && resolved->has(command::flag::write | command::flag::needs_saving))
      [[unlikely]] {
    reject(call, resolved, server_.write_refusal());
    return false;
  }
  if (server_.script_executor().is_busy() && !resolved->has(command::flag::allow_busy)) {
    // A script of a log that is loaded again may run for long, too.
    const bool is_loading = server_.loading().is_on() && !resolved->has(command::flag::loading);
    reject(call, resolved, is_loading ? kLoading : server_.script_executor().refusal_while_busy());
    return false;
  }
  if (call.client.is_monitor && resolved->has(command::flag::write | command::flag::readonly |
                                              command::flag::may_replicate)) {
    reject(call, resolved, "ERR Replica can't interact with the keyspace");
    return false;
  }
  if (call.client.is_queueing() && !resolved->has(command::flag::immediate) &&
      resolved->has(command::flag::no_multi)) {
    reject(call, resolved, "ERR Command not allowed inside a transaction");
    return false;
  }
  if (resolved->has(command::flag::restricted) && !is_debugging_allowed(call)) {
    reject(call, resolved, kDebugNotAllowed);
    return false;
  }
  return true;
}

// Queued commands take memory themselves; EXEC needs what they need.
bool Dispatcher::needs_memory(const Call& call, const command::Command& command) {
  namespace flag = command::flag;
  if (!call.client.is_queueing()) return command.has(flag::denyoom);
  if (!command.has(flag::immediate)) return true;
  if (!command.has(flag::takes_queue)) return false;
  const auto& transaction = *call.client.transaction;
  for (std::size_t i = 0; i < transaction.size(); ++i) {
    if (transaction.command(i).has(flag::denyoom)) return true;
  }
  return false;
}

bool Dispatcher::is_debugging_allowed(const Call& call) const {
  switch (server_.settings().enable_debug_command) {
    case settings::Allow::yes:
      return true;
    case settings::Allow::local:
      return is_local(call.client);
    case settings::Allow::no:
      break;
  }
  return false;
}

void Dispatcher::reject(Call& call, const command::Command* command, std::string_view error) {
  if (command != nullptr) ++command->statistics.rejected;
  const bool is_queueing = call.client.is_queueing();
  if (command != nullptr && command->has(command::flag::takes_queue)) {
    if (is_queueing) call.client.transaction->take();
    server_.observation().note_abort(call, *command);
    forget_watches(server_, call.client);
    if (error.starts_with("ERR ")) error.remove_prefix(4);
    call.reply.error(fmt::format("EXECABORT Transaction discarded because of: {}", error));
  } else {
    if (is_queueing) call.client.transaction->fail();
    call.reply.error(error);
  }
  server_.statistics().count_error(call.reply.last_error_code());
}

void Dispatcher::reject_unknown(Call& call, command::Args args, const command::Command* container) {
  if (container != nullptr) {
    if (args.size() < 2) {
      reject(call, container,
             fmt::format("ERR wrong number of arguments for '{}' command", container->full_name));
      return;
    }
    reject(call, container,
           fmt::format("ERR unknown subcommand '{}'. Try {} HELP.", quoted(args[1]),
                       base::to_upper(container->full_name)));
    return;
  }
  std::string rest;
  for (const auto argument : args.subspan(1)) {
    if (rest.size() >= limits::kQuotedArgumentBytes) break;
    rest += fmt::format("'{}' ", argument.substr(0, limits::kQuotedArgumentBytes - rest.size()));
  }
  reject(
      call, nullptr,
      fmt::format("ERR unknown command '{}', with args beginning with: {}", quoted(args[0]), rest));
}

void Dispatcher::count(Call& call, std::uint64_t errors_before, std::uint64_t cycles) {
  auto& statistics = server_.statistics();
  auto& of_command = call.command->statistics;
  ++statistics.commands_processed;
  ++of_command.calls;
  of_command.cycles += cycles;
  if (call.reply.errors() != errors_before) [[unlikely]]
    count_errors(call, errors_before);
  if (server_.settings().latency_tracking) {
    auto& histogram = statistics.latencies[call.command->id];
    if (histogram == nullptr) [[unlikely]] {
      histogram = std::make_unique<LatencyHistogram>();
    }
    histogram->add(cycles);
  }
}

void Dispatcher::count_errors(Call& call, std::uint64_t errors_before) {
  const auto others = std::exchange(call.errors_inside, 0);
  if (call.reply.errors() == errors_before + others) return;
  ++call.command->statistics.failed;
  if (std::exchange(call.error_is_counted, false)) return;
  const bool is_scripts = call.spec->group == command::Group::scripting;
  const auto origin = is_scripts ? Statistics::ErrorFrom::script : Statistics::ErrorFrom::server;
  server_.statistics().count_error(call.reply.last_error_code(), origin);
}

}  // namespace larder::server
