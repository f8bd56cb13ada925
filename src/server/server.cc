#include "server/server.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <utility>

#include "base/log.h"
#include "persist/leftovers.h"
#include "script/engine.h"
#include "server/append_only_log.h"
#include "server/call.h"
#include "server/child_process.h"
#include "server/loading.h"
#include "server/memory.h"
#include "server/peer_link.h"
#include "server/pushes.h"
#include "server/snapshots.h"
#include "server/sockets.h"

namespace larder::server {
namespace {

// Descriptors that are not clients: listeners, the log, epoll, files of snapshots.
constexpr rlim_t kReservedDescriptors = 32;

constexpr std::string_view kProtectedModeText =
    "-DENIED Larder is running in protected mode because protected mode is enabled and no password "
    "is set for the default user. In this mode connections are only accepted from the loopback "
    "interface. To connect from elsewhere, do one of these: 1) run CONFIG SET protected-mode no "
    "from this host, and CONFIG REWRITE to keep it, if the server cannot be reached from the "
    "internet; 2) set protected-mode no in the configuration file and restart; 3) start the server "
    "with --protected-mode no; 4) set a password for the default user (requirepass).\r\n";

std::vector<command::Table::Rename> renames_of(const settings::Settings& settings) {
  std::vector<command::Table::Rename> renames;
  for (const auto& renamed : settings.rename_command) renames.push_back({renamed.from, renamed.to});
  return renames;
}

// What is told of a key some of whose elements expired.
std::pair<command::Event, std::string_view> expiry_event_of(keyspace::Type type) noexcept {
  if (type == keyspace::Type::hash) return {command::Event::hash, "hexpired"};
  if (type == keyspace::Type::set) return {command::Event::set, "sexpired"};
  return {command::Event::sorted_set, "zexpired"};
}

std::string_view removal_of_elements(keyspace::Type type) noexcept {
  if (type == keyspace::Type::hash) return "HDEL";
  return type == keyspace::Type::set ? "SREM" : "ZREM";
}

std::string_view lazy_removal(bool is_lazy) noexcept { return is_lazy ? "UNLINK" : "DEL"; }

}  // namespace

Call::Call(Server& server_in, Connection& connection_in, resp::Writer& reply_in)
    : Call(server_in, connection_in, connection_in.client(), reply_in, server_in.ports()) {}

Call::Call(Server& server_in, Connection& connection_in, Client& client_in, resp::Writer& reply_in,
           const command::Ports& ports)
    : Context(server_in.keyspace(), server_in.settings(), server_in.commands(), server_in.random(),
              reply_in, ports),
      server(server_in),
      connection(connection_in),
      client(client_in) {
  database = &keyspace.database(client.database);
  touch = client.no_touch ? keyspace::Touch::no : keyspace::Touch::yes;
}

Server::Server(settings::Table& settings, std::span<const std::span<const command::Spec>> families,
               Identity identity)
    : settings_table_(settings),
      identity_(std::move(identity)),
      supervisor_(settings.settings().supervised),
      commands_(families, renames_of(settings.settings())),
      keyspace_({.databases = static_cast<int>(settings.settings().databases),
                 .hash_seed = base::secure_random_u64(),
                 .random_seed = base::secure_random_u64()}),
      random_(base::secure_random_u64()),
      turn_(*this),
      journal_([this] { append_only_->hand_over_later(); }),
      clients_(loop_),
      dispatcher_(*this),
      pushes_(std::make_unique<Pushes>(*this)),
      scripts_(std::make_unique<script::Engine>()),
      loading_(std::make_unique<Loading>(*this)),
      snapshots_(std::make_unique<Snapshots>(*this)),
      append_only_(std::make_unique<AppendOnlyLog>(*this)),
      peer_links_(std::make_unique<PeerLinks>()) {
  ports_.scripting = ports_in_scripts_.scripting = scripts_.get();
  ports_.flushes = ports_in_scripts_.flushes = snapshots_.get();
  statistics_.latencies.resize(commands_.id_count());
  keyspace_.set_now(base::unix_ms());
  tell_removals();
  watch_settings();
  choose_notifications();
  choose_lazy_free();
  choose_allocator_thread();
  observation_.choose_thresholds();
}

Server::~Server() = default;

// What goes without a command: keys and elements past their deadline, keys that make room.
void Server::tell_removals() {
  keyspace_.on_expired([this](keyspace::Database& database, std::string_view key) {
    journal_removal(database, {lazy_removal(settings().lazyfree_lazy_expire), key});
    if (ports_.changes == nullptr) return;
    ports_.changes->on_changed(database, command::Event::expired, "expired", key);
  });
  keyspace_.on_elements_expired([this](const keyspace::Keyspace::ExpiredElements& expired) {
    journal_expired_elements(expired);
    if (ports_.changes == nullptr) return;
    const auto [event, name] = expiry_event_of(expired.type);
    ports_.changes->on_changed(expired.database, event, name, expired.key);
    if (!expired.empties_key) return;
    ports_.changes->on_changed(expired.database, command::Event::generic, "del", expired.key);
  });
  keyspace_.on_evicted([this](keyspace::Database& database, std::string_view key) {
    journal_removal(database, {lazy_removal(settings().lazyfree_lazy_eviction), key});
    if (ports_.changes == nullptr) return;
    ports_.changes->on_changed(database, command::Event::evicted, "evicted", key);
  });
}

void Server::journal_removal(const keyspace::Database& database,
                             std::initializer_list<std::string_view> words) {
  if (ports_.journal != nullptr) [[unlikely]]
    ports_.journal->record(database, {words.begin(), words.size()});
}

void Server::journal_expired_elements(const keyspace::Keyspace::ExpiredElements& expired) {
  if (ports_.journal == nullptr) [[likely]]
    return;
  std::vector<std::string_view> words = {removal_of_elements(expired.type), expired.key};
  words.insert(words.end(), expired.names.begin(), expired.names.end());
  ports_.journal->record(expired.database, words);
}

// --- life
// --------------------------------------------------------------------------------------------------------------

base::Result<void> Server::listen() {
  raise_file_limit();
  const auto on_accept = [this](AcceptedSocket accepted) { accept(std::move(accepted)); };
  // Sockets of a supervisor stand for those of the same kind that the settings name.
  listeners_ = adopt_inherited_listeners(loop_, settings(), on_accept);
  const auto count_unix = [](const auto& listener) { return listener->is_unix(); };
  const auto unix_count = std::count_if(listeners_.begin(), listeners_.end(), count_unix);
  if (std::ssize(listeners_) == unix_count) {
    auto opened = open_tcp_listeners(loop_, settings(), on_accept);
    if (!opened) return base::failure(opened.error());
    std::move(opened->begin(), opened->end(), std::back_inserter(listeners_));
  }
  if (!settings().unixsocket.empty() && unix_count == 0) {
    auto unix_listener = open_unix_listener(loop_, settings(), on_accept);
    if (!unix_listener) return base::failure(unix_listener.error());
    listeners_.push_back(std::move(*unix_listener));
  }
  if (listeners_.empty()) {
    return base::failure(std::string("Configured to not listen anywhere, exiting."));
  }
  for (auto& listener : listeners_) listener->start();
  // The first turn with several clients takes it for good: better now than from the data's memory.
  [[maybe_unused]] const auto* const space = turn_.take_space();
  for (const int signal : {SIGTERM, SIGINT}) {
    loop_.on_signal(signal, [this](int received) { on_stop_signal(received); });
  }
  startup_memory_bytes_ = memory_used_bytes();
  if (const auto applied = quotas_.apply(); !applied) return applied;
  quotas_.apply_compression();
  memory_limit_.apply();
  defragmentation_.apply();
  client_memory_.apply();
  if (memory_limit_.is_on() &&
      settings().maxmemory_policy == settings::MaxmemoryPolicy::noeviction) {
    log::notice(
        "maxmemory is {} bytes, and maxmemory-policy noeviction: at the limit, commands that need "
        "memory are refused. Choose another policy to use the server as a cache.",
        memory_limit_.bytes());
  }
  return {};
}

// Replaces the TCP listeners by those that the settings now name; the old ones stay where that
// fails.
base::Result<void> Server::reopen_tcp() {
  for (const auto& listener : listeners_) {
    if (!listener->is_inherited() || listener->is_unix()) continue;
    log::warning("The TCP sockets are the supervisor's: it decides where they listen");
    return base::failure(std::string("The TCP sockets are the supervisor's."));
  }
  Listeners kept;
  Listeners old;
  for (auto& listener : listeners_)
    (listener->is_unix() ? kept : old).push_back(std::move(listener));
  auto opened = open_tcp_listeners(
      loop_, settings(), [this](AcceptedSocket accepted) { accept(std::move(accepted)); });
  auto& chosen = opened ? *opened : old;
  for (auto& listener : chosen) {
    if (opened) listener->start();
    kept.push_back(std::move(listener));
  }
  listeners_ = std::move(kept);
  if (!opened) return base::failure(opened.error());
  return {};
}

base::Result<void> Server::load() {
  is_loading_ = true;
  for (const auto& name : persist::remove_leftover_snapshots()) {
    log::notice("Removed {}, which was left by a process that is gone", name);
  }
  const auto began_us = base::monotonic_us();
  auto loaded = load_data();
  is_loading_ = false;
  read_clock();
  if (shutting_down_) return {};
  if (!loaded) return base::failure(std::move(loaded.error()));
  if (*loaded) {
    const auto seconds = static_cast<double>(base::monotonic_us() - began_us) / 1e6;
    log::notice("DB loaded from {}: {:.3f} seconds",
                settings().appendonly ? "append only file" : "disk", seconds);
  }
  return settings().appendonly ? append_only_->begin() : base::Result<void>{};
}

// From the log where it is on; where that was turned on since the last run, there is none yet, and
// the snapshot has the data.
base::Result<bool> Server::load_data() {
  if (settings().appendonly) {
    auto loaded = append_only_->load(true);
    if (!loaded || *loaded) return loaded;
  }
  auto loaded = loading_->load(settings().dbfilename,
                               {.hears_clients = true, .keeps_expired = settings().appendonly});
  if (loaded) return true;
  if (loaded.error().is_missing) return false;
  const auto& reason = loaded.error().reason;
  log::warning("{}: {}", settings().dbfilename, reason);
  return base::failure("Terminating server after rdb file reading failure. " + reason);
}

bool Server::has_child() const noexcept {
  return snapshots_->child() != nullptr || append_only_->is_rewriting();
}

std::string_view Server::write_refusal() const noexcept {
  const bool has_failed =
      last_snapshot_failed_ && settings().stop_writes_on_bgsave_error && !settings().save.empty();
  return has_failed ? kCannotSave : std::string_view(append_only_->refusal());
}

void Server::run() {
  start_tick_timer();
  rate_timer_ = loop_.every(100, [this] { ten_per_second(); });
  loop_.run();
  clients_.for_each([](Connection& connection) { connection.close_soon(); });
  clients_.destroy_buried();
  listeners_.clear();
}

// --- the end
// --------------------------------------------------------------------------------------------------------------

void Server::on_stop_signal(int signal) {
  if (stop_signal_ != 0 && signal == SIGINT) {
    log::warning("You insist... exiting now.");
    snapshots_->kill_child();
    std::_Exit(EXIT_FAILURE);
  }
  log::warning("Received {} scheduling shutdown...", signal == SIGINT ? "SIGINT" : "SIGTERM");
  stop_signal_ = signal;
  if (!housekeeping_paused_) follow_stop_signal();
}

void Server::follow_stop_signal() {
  const auto signal = std::exchange(stop_signal_, 0);
  const auto& how =
      signal == SIGINT ? settings().shutdown_on_sigint : settings().shutdown_on_sigterm;
  if (shut_down(how)) return;
  log::warning(
      "{} received but errors trying to shut down the server, check the logs for more information",
      signal == SIGINT ? "SIGINT" : "SIGTERM");
}

bool Server::abort_shutdown() {
  if (stop_signal_ == 0) return false;
  stop_signal_ = 0;
  log::notice("Shutdown manually aborted.");
  return true;
}

bool Server::shut_down(const settings::ShutdownOptions& how) {
  if (shutting_down_) return true;
  log::notice("User requested shutdown...");
  // The files on the disk are those of before until that child has ended.
  if (append_only_->is_rewriting() && append_only_->is_on() && !append_only_->is_complete()) {
    log::warning("Writing initial AOF{}", how.force ? ". Exit anyway." : ", can't exit.");
    if (!how.force) return false;
  }
  snapshots_->kill_child();
  append_only_->kill_child();
  if (append_only_->is_on()) {
    log::notice("Calling fsync() on the AOF file.");
    if (!append_only_->flush() && !how.force) {
      log::warning("Can't exit: the append-only log is not on the disk.");
      return false;
    }
  }
  const bool saves = how.save || (!settings().save.empty() && !how.nosave);
  if (saves && !is_loading_) {
    log::notice("Saving the final RDB snapshot before exiting.");
    if (!snapshots_->save_last()) {
      log::warning("Error trying to save the DB, can't exit.");
      if (!how.force) return false;
    }
  }
  shutting_down_ = true;
  supervisor_.tell_stopping();
  listeners_.clear();  // whoever comes now is refused, not accepted and dropped
  loop_.post([this] { loop_.stop(); });
  return true;
}

void Server::start_tick_timer() {
  tick_timer_ = loop_.every(std::max<std::int64_t>(1, 1000 / settings().hz), [this] { tick(); });
}

// --- time
// --------------------------------------------------------------------------------------------------------------

void Server::read_clock() noexcept {
  clock_read_cycles_ = base::cycles();
  if (script_executor_.is_busy()) return;  // a script sees one moment from its beginning to its end
  keyspace_.set_now(base::unix_ms());
}

void Server::tick() {
  read_clock();
  if (housekeeping_paused_ || script_executor_.is_busy()) return;
  if (stop_signal_ != 0) follow_stop_signal();
  if (pause_.is_over(keyspace_.now())) end_pause();
  keyspace_.set_expire_effort(static_cast<int>(settings().active_expire_effort));
  keep_house();
  check_clients();
}

// One step of the keyspace's housekeeping, and while there is more of it another a moment later:
// requests run in between, and get most of the time.
void Server::keep_house() {
  constexpr std::int64_t kStepUs = 250;
  constexpr std::chrono::microseconds kRest{1000};
  constexpr std::chrono::microseconds kShortRest{500};
  read_clock();
  if (pause_.is_on() || housekeeping_paused_ || script_executor_.is_busy()) return;
  const auto started = base::cycles();
  const auto backlog = keyspace_.work(kStepUs);
  observation_.note_event("expire-cycle", base::cycles() - started);
  if (blocking_.has_ready()) blocking_.serve();  // what expired may have been waited for
  if (backlog == keyspace::Backlog::none) return;
  const auto rest = backlog == keyspace::Backlog::much ? kShortRest : kRest;
  house_timer_ = loop_.after(rest, [this] { keep_house(); });
}

void Server::ten_per_second() {
  read_clock();
  cycle_clock_.recalibrate();
  clock_valid_cycles_ = cycle_clock_.cycles_of(250'000);
  observation_.choose_thresholds();
  const auto now = keyspace_.now();
  hot_keys_.look_at_clock(now);
  peer_links_->close_idle(now);
  statistics_.commands_rate.sample(statistics_.commands_processed, now);
  statistics_.bytes_in_rate.sample(statistics_.bytes_in, now);
  statistics_.bytes_out_rate.sample(statistics_.bytes_out, now);
  loop_.figures().set_gap(cycle_clock_.cycles_of(LoopFigures::kGapNs));
  statistics_.turns_rate.sample(loop_.figures().totals().turns, now);
  statistics_.work_rate.sample(loop_.figures().totals().work_cycles, now);
  if (!allocator_has_thread_) decay_allocator();
  memory_limit_.refresh();
  const auto used = memory_used_bytes();
  if (used > statistics_.memory_peak_bytes) {
    statistics_.memory_peak_bytes = used;
    statistics_.memory_peak_ms = now;
  }
  if (housekeeping_paused_ || script_executor_.is_busy()) return;
  defragmentation_.look();
  snapshots_->tick();
  append_only_->tick();
}

// Idle clients, buffers that are too large, output over its soft limit: all clients once a second.
void Server::check_clients() {
  const auto now = keyspace_.now();
  const auto timeout_ms = settings().timeout * 1000;
  clients_.for_each([&](Connection& connection) {
    const auto& client = connection.client();
    if (timeout_ms > 0 && client.client_class == ClientClass::normal && !client.is_monitor &&
        !connection.is_waiting() && now - client.last_active_ms > timeout_ms) {
      log::verbose("Closing idle client id={} addr={}", client.id, client.peer_address);
      connection.close_soon();
      return;
    }
    connection.close_if_over_output_limit();
    if (resizes_buffers_) connection.shrink_buffers(now);
  });
  client_memory_.apply();
}

// --- clients
// -----------------------------------------------------------------------------------------------------------

void Server::raise_file_limit() {
  const auto wanted = static_cast<rlim_t>(settings().maxclients) + kReservedDescriptors;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  const auto before = limit.rlim_cur;
  limit.rlim_cur = wanted;
  limit.rlim_max = std::max(limit.rlim_max, wanted);
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) return;
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const auto clients =
      limit.rlim_cur > kReservedDescriptors ? limit.rlim_cur - kReservedDescriptors : 1;
  log::warning(
      "You requested maxclients of {} requiring at least {} max file descriptors. The limit was {} "
      "and could be raised to {} only: maxclients is now {}.",
      settings().maxclients, wanted, before, limit.rlim_cur, clients);
  settings_table_.correct("maxclients", std::to_string(clients));
}

bool Server::refuse(const AcceptedSocket& accepted, const Client& client) {
  std::string_view answer;
  if (clients_.size() >= static_cast<std::size_t>(settings().maxclients)) {
    answer = "-ERR max number of clients reached\r\n";
  } else if (settings().protected_mode && !needs_password() && !is_local(client)) {
    answer = kProtectedModeText;
  } else {
    return false;
  }
  ++statistics_.connections_rejected;
  // Best effort: the client learns the reason if its socket takes it at once.
  [[maybe_unused]] const auto sent =
      ::send(accepted.fd.get(), answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return true;
}

void Server::accept(AcceptedSocket accepted) {
  begin_turn();
  Client client;
  client.peer_address = std::move(accepted.peer_address);
  client.local_address = std::move(accepted.local_address);
  client.is_unix_socket = accepted.is_unix_socket;
  client.authenticated = !needs_password();
  client.created_ms = client.last_active_ms = keyspace_.now();
  if (refuse(accepted, client)) return;
  client.id = clients_.next_id();
  ++statistics_.connections_received;
  if (!client.is_unix_socket) set_tcp_options(accepted.fd.get(), settings().tcp_keepalive);
  log::verbose("Accepted {}", client.peer_address);
  clients_.add(std::make_unique<Connection>(*this, std::move(accepted.fd), std::move(client)))
      .start();
}

resp::RequestParser::Limits Server::parser_limits(bool authenticated) const noexcept {
  return {.bulk_bytes_max = settings().proto_max_bulk_len, .authenticated = authenticated};
}

const settings::OutputBufferLimit& Server::output_limit(ClientClass client_class) const noexcept {
  return settings().client_output_buffer_limit[static_cast<std::size_t>(client_class)];
}

void Server::begin_pause(Pause::Scope scope, base::UnixMs until_ms) {
  pause_.begin(scope, until_ms);
  keyspace_.set_remove_expired_on_access(false);  // a removal is a write, too
}

void Server::end_pause() {
  pause_.end();
  resume_paused();
}

void Server::hold_writes(bool held) {
  pause_.hold_writes(held);
  if (!held) return resume_paused();
  keyspace_.set_remove_expired_on_access(false);
}

// Where another reason to wait is left, those whom it concerns wait again.
void Server::resume_paused() {
  keyspace_.set_remove_expired_on_access(!pause_.is_on());
  loop_.post([this] {  // not from within a command: the scratch memory is in use there
    begin_turn();
    clients_.for_each([](Connection& connection) { connection.resume(); });
    blocking_.serve();
  });
}

void Server::choose_notifications() {
  notifications_.choose(settings().notify_keyspace_events);
  if (notifications_.tells_new_keys()) {
    keyspace_.on_created([this](const keyspace::Database& database, std::string_view key) {
      notifications_.tell_new(database, key);
    });
  } else {
    keyspace_.on_created({});
  }
  listen_to_changes();
}

// --- figures
// -----------------------------------------------------------------------------------------------------------

std::size_t Server::memory_used_bytes() const { return memory_allocated_bytes(keyspace_); }

void Server::reset_statistics() {
  scripts_->reset_statistics();
  statistics_.reset();
  loop_.figures().reset();
  keyspace_.reset_counters();
  defragmentation_.reset_statistics();
  if (auto* parts = keyspace_.parts()) parts->reset_counters();
  memory_limit_.reset_statistics();
  for (const auto* command : commands_.all()) {
    command->statistics = {};
    for (const auto& subcommand : command->subcommands) subcommand->statistics = {};
  }
}

}  // namespace larder::server
