#include "server/observation.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/clock.h"
#include "server/call.h"
#include "server/connection.h"
#include "server/server.h"

namespace larder::server {
namespace {

namespace flag = command::flag;

// Commands of scripts run as a client of their own; who called the script stands behind it.
const Client& caller_of(const Call& call) noexcept { return call.connection.client(); }
bool is_of_script(const Call& call) noexcept { return &call.client != &caller_of(call); }

}  // namespace

// --- what is looked for

Observation::Bounds Observation::bounds(LogKind kind) const noexcept {
  const auto& settings = server_.settings();
  switch (kind) {
    case LogKind::slow:
      return {settings.slowlog_log_slower_than, settings.slowlog_max_len};
    case LogKind::large_request:
      return {settings.commandlog_request_larger_than, settings.commandlog_large_request_max_len};
    case LogKind::large_reply:
      break;
  }
  return {settings.commandlog_reply_larger_than, settings.commandlog_large_reply_max_len};
}

void Observation::choose_thresholds() noexcept {
  const auto threshold = [this](LogKind kind) {
    const auto of_log = bounds(kind);
    const bool is_off = of_log.from < 0 || of_log.entries_max == 0;
    return is_off ? UINT64_MAX : static_cast<std::uint64_t>(of_log.from);
  };
  latency_.set_threshold_ms(
      static_cast<std::uint64_t>(server_.settings().latency_monitor_threshold));
  auto duration_us = threshold(LogKind::slow);
  if (latency_.is_on() && latency_.threshold_ms() < UINT64_MAX / 1'000) {
    duration_us = std::min(duration_us, latency_.threshold_ms() * 1'000);
  }
  // The conversion back may come out lower: one in a thousand more is asked after than needed.
  constexpr std::uint64_t kLongestUs = 1'000'000'000'000;
  cycles_min_ =
      duration_us > kLongestUs ? UINT64_MAX : server_.cycle_clock().cycles_of(duration_us * 999);
  if (!monitors_.is_empty()) cycles_min_ = 0;
  request_bytes_min_ = threshold(LogKind::large_request);
  reply_bytes_min_ = threshold(LogKind::large_reply);
}

void Observation::trim_logs() {
  for (const auto kind : {LogKind::slow, LogKind::large_request, LogKind::large_reply}) {
    log(kind).trim(static_cast<std::size_t>(bounds(kind).entries_max));
  }
}

void Observation::add_monitor(Connection& connection) {
  monitors_.add(connection);
  choose_thresholds();
}

void Observation::remove_monitor(Connection& connection) {
  monitors_.remove(connection);
  has_shown_script_ = false;
  choose_thresholds();
}

// --- what is found

void Observation::note(Call& call, command::Args args, const command::Command& command,
                       const Used& used) {
  const auto duration_us = server_.cycle_clock().ns(used.cycles) / 1'000;
  latency_.add(command.has(flag::fast) ? "fast-command" : "command", duration_us / 1'000,
               base::unix_ms() / 1'000);
  const bool waits = call.may_wait && call.connection.is_waiting();
  if (!waits) log_all(caller_of(call), args, command, used, duration_us);
  if (command.has(flag::admin)) return;
  const bool is_shown = command.has(flag::skip_monitor) && std::exchange(has_shown_script_, false);
  if (!is_shown) show(call, args, *command.spec);
}

void Observation::note_late(const Client& client, command::Args args,
                            const command::Command& command, const Used& used) {
  log_all(client, args, command, used, server_.cycle_clock().ns(used.cycles) / 1'000);
}

void Observation::note_script(const Call& call) {
  if (monitors_.is_empty()) return;
  has_shown_script_ = true;
  show(call, call.arguments, *call.spec);
}

void Observation::note_abort(const Call& call, const command::Command& command) {
  const std::string_view name = command.full_name;
  show(call, {&name, 1}, *command.spec);
}

void Observation::note_event(std::string_view event, std::uint64_t cycles) {
  if (!latency_.is_on()) return;
  latency_.add(event, server_.cycle_clock().ns(cycles) / 1'000'000, base::unix_ms() / 1'000);
}

void Observation::note_duration_us(std::string_view event, std::int64_t duration_us) {
  if (!latency_.is_on()) return;
  latency_.add(event, static_cast<std::uint64_t>(duration_us / 1'000), base::unix_ms() / 1'000);
}

void Observation::log_all(const Client& caller, command::Args args, const command::Command& command,
                          const Used& used, std::uint64_t duration_us) {
  if (command.has(flag::skip_slowlog)) return;
  log(caller, args, command, LogKind::slow, duration_us);
  log(caller, args, command, LogKind::large_request, used.request_bytes);
  log(caller, args, command, LogKind::large_reply, used.reply_bytes);
}

void Observation::log(const Client& caller, command::Args args, const command::Command& command,
                      LogKind kind, std::uint64_t value) {
  const auto of_log = bounds(kind);
  if (!of_log.takes(value)) return;
  const auto& settings = server_.settings();
  const LoggedArguments limits{
      .count_max = static_cast<std::size_t>(settings.slowlog_entry_max_argc),
      .bytes_max = static_cast<std::size_t>(settings.slowlog_entry_max_string_len)};
  log(kind).add({.unix_seconds = base::unix_ms() / 1'000,
                 .value = value,
                 .arguments = logged_arguments(*command.spec, args, limits),
                 .peer_address = caller.peer_address,
                 .client_name = caller.name},
                static_cast<std::size_t>(of_log.entries_max));
}

void Observation::show(const Call& call, command::Args args, const command::Spec& spec) {
  if (monitors_.is_empty()) return;
  const auto& client = call.client;
  std::string source = "lua";
  if (!is_of_script(call)) {
    source = client.is_unix_socket ? "unix:" + server_.settings().unixsocket : client.peer_address;
  }
  monitors_.show({spec, args, base::unix_us(), client.database, source});
}

}  // namespace larder::server
