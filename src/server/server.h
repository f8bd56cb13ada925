// The server: owns its parts, wires them together and keeps their time. main makes one; nothing
// else is global.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "command/table.h"
#include "keyspace/keyspace.h"
#include "resp/parser.h"
#include "server/blocking.h"
#include "server/change_hub.h"
#include "server/client_memory.h"
#include "server/clients.h"
#include "server/defragmentation.h"
#include "server/dispatcher.h"
#include "server/event_loop.h"
#include "server/hot_keys.h"
#include "server/journal.h"
#include "server/limits.h"
#include "server/listener.h"
#include "server/memory_limit.h"
#include "server/notifications.h"
#include "server/observation.h"
#include "server/pause.h"
#include "server/pubsub.h"
#include "server/quotas.h"
#include "server/scratch.h"
#include "server/script_executor.h"
#include "server/statistics.h"
#include "server/supervisor.h"
#include "server/turn.h"
#include "server/watches.h"
#include "settings/table.h"

namespace larder::script {
class Engine;
}

namespace larder::server {

class AppendOnlyLog;
class Loading;
class PeerLinks;
class Pushes;
class Snapshots;

// What the process was started as.
struct Identity {
  std::string executable;      // absolute path
  std::string config_file;     // absolute path, empty where there is none
  std::string run_id;          // 40 hexadecimal digits
  std::string replication_id;  // likewise
  base::UnixMs started_ms = 0;
};

class Server {
 public:
  Server(settings::Table& settings, std::span<const std::span<const command::Spec>> families,
         Identity identity);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Opens the listeners. The failure says which address and why.
  base::Result<void> listen();
  // Loads the data that an earlier run left; clients are answered meanwhile. The failure says what
  // is wrong with it.
  base::Result<void> load();
  // Serves until shut_down().
  void run();

  // Ends run() after the event at hand, with the data saved where `how` or save points ask for it.
  // False, and a line in the log, where that failed: then all goes on.
  bool shut_down(const settings::ShutdownOptions& how);
  bool is_shutting_down() const noexcept { return shutting_down_; }
  // Takes back a signal to stop that has not been followed yet. False where there is none.
  bool abort_shutdown();

  bool is_loading() const noexcept { return is_loading_; }
  const Loading& loading() const noexcept { return *loading_; }
  Loading& loading() noexcept { return *loading_; }
  Snapshots& snapshots() noexcept { return *snapshots_; }
  AppendOnlyLog& append_only() noexcept { return *append_only_; }
  PeerLinks& peer_links() noexcept { return *peer_links_; }
  Journal& journal() noexcept { return journal_; }
  // Changes are journaled while somebody takes them.
  void listen_to_journal(bool listens) noexcept {
    ports_.journal = ports_in_scripts_.journal = listens ? &journal_ : nullptr;
    keyspace_.set_expires_elements_at_once(listens);
  }
  bool is_journaled() const noexcept { return ports_.journal != nullptr; }
  // Replies to changes up to there in the journal may be sent.
  std::uint64_t released_until() const noexcept { return released_until_; }
  void set_released_until(std::uint64_t offset) noexcept { released_until_ = offset; }
  // Whether new keys get deadlines that nobody asked for.
  bool gives_new_keys_deadlines() const noexcept {
    return (settings().default_ttl | settings().max_ttl) != 0;
  }
  // Whether a child is writing a snapshot or a new log: there is one at a time.
  bool has_child() const noexcept;

  // Why changes are refused: what was changed of late could not be saved. Empty where they are not.
  std::string_view write_refusal() const noexcept;
  bool denies_writes() const noexcept {
    return (last_snapshot_failed_ || log_has_failed_) && !write_refusal().empty();
  }
  void deny_writes_of_log(bool failed) noexcept { log_has_failed_ = failed; }
  void deny_writes_after_failure(bool failed) noexcept { last_snapshot_failed_ = failed; }

  EventLoop& loop() noexcept { return loop_; }
  keyspace::Keyspace& keyspace() noexcept { return keyspace_; }
  const settings::Settings& settings() const noexcept { return settings_table_.settings(); }
  settings::Table& settings_table() noexcept { return settings_table_; }
  const command::Table& commands() const noexcept { return commands_; }
  Clients& clients() noexcept { return clients_; }
  Dispatcher& dispatcher() noexcept { return dispatcher_; }
  Blocking& blocking() noexcept { return blocking_; }
  Watches& watches() noexcept { return watches_; }
  Pushes& pushes() noexcept { return *pushes_; }
  PubSub& pubsub() noexcept { return pubsub_; }
  Tracking& tracking() noexcept { return tracking_; }
  ChangeHub& change_hub() noexcept { return change_hub_; }
  const command::Ports& ports() const noexcept { return ports_; }
  // Of the commands of scripts: none may run a script itself.
  const command::Ports& ports_in_scripts() const noexcept { return ports_in_scripts_; }
  ScriptExecutor& script_executor() noexcept { return script_executor_; }
  const script::Engine& scripts() const noexcept { return *scripts_; }
  script::Engine& scripts() noexcept { return *scripts_; }
  // Changes are told to somebody only while somebody listens.
  void listen_to_changes() noexcept {
    ports_.changes = change_hub_.is_needed() ? &change_hub_ : nullptr;
    ports_in_scripts_.changes = ports_.changes;
  }
  Observation& observation() noexcept { return observation_; }
  Statistics& statistics() noexcept { return statistics_; }
  ClientMemory& client_memory() noexcept { return client_memory_; }
  MemoryLimit& memory_limit() noexcept { return memory_limit_; }
  const MemoryLimit& memory_limit() const noexcept { return memory_limit_; }
  Defragmentation& defragmentation() noexcept { return defragmentation_; }
  Quotas& quotas() noexcept { return quotas_; }
  HotKeys& hot_keys() noexcept { return hot_keys_; }
  Scratch& scratch() noexcept { return scratch_; }
  Turn& turn() noexcept { return turn_; }
  base::Random& random() noexcept { return random_; }
  const base::CycleClock& cycle_clock() const noexcept { return cycle_clock_; }
  const Identity& identity() const noexcept { return identity_; }
  const Supervisor& supervisor() const noexcept { return supervisor_; }
  const Listeners& listeners() const noexcept { return listeners_; }

  // Called before the work of each event: what runs until the next sees one time, at most a
  // millisecond old.
  void begin_turn() noexcept {
    if (base::cycles() - clock_read_cycles_ >= clock_valid_cycles_) read_clock();
  }

  bool needs_password() const noexcept { return !settings().requirepass.empty(); }
  resp::RequestParser::Limits parser_limits(bool authenticated) const noexcept;
  const settings::OutputBufferLimit& output_limit(ClientClass client_class) const noexcept;

  const Pause& pause() const noexcept { return pause_; }
  void pause_housekeeping(bool paused) noexcept {
    housekeeping_paused_ = paused;
  }  // DEBUG PAUSE-CRON
  // DEBUG REPLYBUFFER RESIZING: whether idle clients' buffers are made smaller.
  void set_buffer_resizing(bool resizes) noexcept { resizes_buffers_ = resizes; }
  // DEBUG REPLYBUFFER PEAK-RESET-TIME: how long a client says nothing until they are.
  void set_idle_buffer_ms(std::int64_t idle_ms) noexcept { idle_buffer_ms_ = idle_ms; }
  std::int64_t idle_buffer_ms() const noexcept { return idle_buffer_ms_; }
  void renew_replication_id() { identity_.replication_id = base::secure_random_hex(40); }
  void begin_pause(Pause::Scope scope, base::UnixMs until_ms);
  void end_pause();
  // Has commands that write wait, until the append-only log has caught up with those before.
  void hold_writes(bool held);

  std::size_t memory_used_bytes() const;  // INFO used_memory
  std::size_t startup_memory_bytes() const noexcept { return startup_memory_bytes_; }
  void reset_statistics();

 private:
  void read_clock() noexcept;
  void start_tick_timer();
  void tick();  // hz times a second
  void keep_house();
  void ten_per_second();
  void watch_settings();
  void watch_append_only_settings();
  base::Result<bool> load_data();
  void tell_removals();
  void journal_removal(const keyspace::Database& database,
                       std::initializer_list<std::string_view> words);
  void journal_expired_elements(const keyspace::Keyspace::ExpiredElements& expired);
  void choose_notifications();
  void choose_lazy_free();
  void choose_allocator_thread();
  void accept(AcceptedSocket accepted);
  bool refuse(const AcceptedSocket& accepted, const Client& client);
  void check_clients();
  void resume_paused();
  void raise_file_limit();
  base::Result<void> reopen_tcp();
  void on_stop_signal(int signal);
  void follow_stop_signal();

  settings::Table& settings_table_;
  Identity identity_;
  Supervisor supervisor_;
  EventLoop loop_;
  command::Table commands_;
  keyspace::Keyspace keyspace_;
  base::Random random_;
  base::CycleClock cycle_clock_;
  Statistics statistics_;
  Observation observation_{*this};
  Scratch scratch_;
  Turn turn_;
  ClientMemory client_memory_{*this};
  Journal journal_;
  std::uint64_t released_until_ = UINT64_MAX;
  Clients clients_;
  Dispatcher dispatcher_;
  Blocking blocking_{*this};
  Watches watches_{keyspace_};
  std::unique_ptr<Pushes> pushes_;
  PubSub pubsub_{*pushes_};
  Notifications notifications_{pubsub_};
  Tracking tracking_{*this};
  ChangeHub change_hub_{blocking_, watches_, notifications_, tracking_};
  ScriptExecutor script_executor_{*this};
  std::unique_ptr<script::Engine> scripts_;
  command::Ports ports_{&blocking_, nullptr, &script_executor_, nullptr};
  command::Ports ports_in_scripts_{&blocking_, nullptr, nullptr, nullptr};
  MemoryLimit memory_limit_{*this};
  Defragmentation defragmentation_{*this};
  Quotas quotas_{*this, keyspace_};
  HotKeys hot_keys_;
  Pause pause_;
  Listeners listeners_;
  Timer tick_timer_;
  Timer rate_timer_;
  Timer house_timer_;
  std::uint64_t clock_read_cycles_ = 0;
  std::uint64_t clock_valid_cycles_ = 0;  // a quarter of a millisecond, once calibrated
  std::size_t startup_memory_bytes_ = 0;
  bool housekeeping_paused_ = false;
  bool allocator_has_thread_ = false;
  bool resizes_buffers_ = true;
  std::int64_t idle_buffer_ms_ = limits::kIdleBufferMs;
  bool shutting_down_ = false;
  bool is_loading_ = false;
  bool last_snapshot_failed_ = false;
  bool log_has_failed_ = false;
  int stop_signal_ = 0;  // that has come and is not followed yet
  std::unique_ptr<Loading> loading_;
  std::unique_ptr<Snapshots> snapshots_;
  std::unique_ptr<AppendOnlyLog> append_only_;
  std::unique_ptr<PeerLinks> peer_links_;
};

}  // namespace larder::server
