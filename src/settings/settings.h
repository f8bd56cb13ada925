// The values of settings that modules read, a field a directive: `max-ttl` is `max_ttl`. What they
// are called, their bounds and texts: definitions_*.cc. Read freely by the layers above; changed
// through settings::Table only.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/log_level.h"

namespace larder::settings {

// Who may use what the directive guards: nobody, everybody, or only clients on the same host.
enum class Allow : std::uint8_t { no, yes, local };

enum class Supervised : std::uint8_t { no, upstart, systemd, automatic };

// What oom-score-adj-values are: without effect, added to the score that the process began with, or
// scores as they are.
enum class OomScoreAdj : std::uint8_t { no, relative, absolute };

enum class ValueCompression : std::uint8_t { no, lz4 };

enum class MaxmemoryPolicy : std::uint8_t {
  volatile_lru,
  volatile_lfu,
  volatile_random,
  volatile_ttl,
  allkeys_lru,
  allkeys_lfu,
  allkeys_random,
  noeviction,
  volatile_lrm,  // least recently modified: reading a key does not keep it
  allkeys_lrm,
  volatile_adaptive,
  allkeys_adaptive
};

// `maxmemory auto`.
inline constexpr std::int64_t kMaxmemoryAuto = INT64_MIN;

// Whether payloads and files of versions that Larder does not know are refused.
enum class AppendSync : std::uint8_t { no, everysec, always };
enum class RdbVersionCheck : std::uint8_t { strict, relaxed };

// What a signal's shutdown does beyond the default: flags of SHUTDOWN's options.
struct ShutdownOptions {
  bool save = false;
  bool nosave = false;
  bool now = false;
  bool force = false;
};

// Classes of clients with output buffer limits of their own.
enum class ClientClass : std::uint8_t { normal, replica, pubsub };
inline constexpr std::size_t kClientClasses = 3;

// A client is closed above `hard_bytes`, or after `soft_seconds` without a pause above
// `soft_bytes`. 0: no limit.
struct OutputBufferLimit {
  std::int64_t hard_bytes = 0;
  std::int64_t soft_bytes = 0;
  std::int64_t soft_seconds = 0;
};

// A snapshot is due after so many seconds with at least so many changes.
struct SavePoint {
  std::int64_t seconds;
  std::int64_t changes;
};

// What holds for the keys of one database, or for those that begin alike.
struct Quota {
  std::string name;
  std::optional<int> database = {};  // all of them where it is empty
  std::string prefix = {};
  std::int64_t maxmemory = 0;                              // bytes; 0: no limit of its own
  std::optional<ValueCompression> value_compression = {};  // likewise
  std::optional<MaxmemoryPolicy> maxmemory_policy = {};    // the server's where it is empty
};

struct RenamedCommand {
  std::string from;
  std::string to;  // empty: removed
};

struct Settings {
  // Network
  std::vector<std::string> bind = {
      "*", "-::*"};                 // a leading `-`: no error where the address is not available
  std::int64_t port = 6379;         // 0: none
  std::string unixsocket;           // empty: none; a leading `@`: the abstract name space
  std::int64_t unixsocketperm = 0;  // 0: as the umask says
  std::string unixsocketgroup;
  std::int64_t tcp_backlog = 511;
  std::int64_t tcp_keepalive = 300;  // seconds; 0: off
  std::int64_t timeout = 0;          // seconds without a request; 0: never
  std::int64_t socket_mark_id = 0;
  std::int64_t max_new_connections_per_cycle = 10;

  // Clients
  std::int64_t maxclients = 10'000;
  std::int64_t client_query_buffer_limit = 1LL << 30;  // bytes
  std::int64_t proto_max_bulk_len = 512LL << 20;       // bytes
  std::array<OutputBufferLimit, kClientClasses> client_output_buffer_limit = {
      {{0, 0, 0}, {256LL << 20, 64LL << 20, 60}, {32LL << 20, 8LL << 20, 60}}};
  std::int64_t maxmemory_clients =
      0;  // bytes of all clients' buffers; negative: percent of maxmemory; 0: no limit

  // Access
  bool protected_mode = true;
  std::string requirepass;
  Allow enable_protected_configs = Allow::no;
  Allow enable_debug_command = Allow::no;
  std::vector<RenamedCommand> rename_command;

  // Process
  bool daemonize = false;
  Supervised supervised = Supervised::no;
  std::string pidfile;
  std::string dir;  // the working directory
  bool set_proc_title = true;
  std::string proc_title_template = "{title} {listen-addr} {server-mode}";
  std::int64_t shutdown_timeout = 10;  // seconds
  ShutdownOptions shutdown_on_sigint;
  ShutdownOptions shutdown_on_sigterm;
  bool always_show_logo = false;
  OomScoreAdj oom_score_adj = OomScoreAdj::no;
  std::array<int, 3> oom_score_adj_values = {0, 200, 800};  // primary, replica, forked child
  bool disable_thp = true;
  std::string server_cpulist;  // empty: all cores
  std::string bio_cpulist;
  std::string locale_collate;  // empty: the environment's
  std::string availability_zone;

  // Log
  log::Level loglevel = log::Level::notice;
  std::string logfile;  // empty: standard output
  log::Format log_format = log::Format::legacy;
  log::TimestampFormat log_timestamp_format = log::TimestampFormat::legacy;
  bool syslog_enabled = false;
  std::string syslog_ident = "larder";
  std::int64_t syslog_facility = 16 << 3;  // syslog(3)'s number
  bool hide_user_data_from_log = true;
  bool crash_log_enabled = true;
  bool use_exit_on_panic = false;
  std::string debug_context;         // what a crash report says besides
  std::int64_t watchdog_period = 0;  // milliseconds; 0: off

  // Data
  std::int64_t databases = 16;
  // Bytes; negative: percent of what the process may have, or kMaxmemoryAuto; 0: no limit.
  std::int64_t maxmemory = 0;
  MaxmemoryPolicy maxmemory_policy = MaxmemoryPolicy::noeviction;
  std::vector<Quota> quota;
  ValueCompression value_compression = ValueCompression::no;
  std::int64_t value_compression_min_bytes = 256;
  std::int64_t maxmemory_samples = 5;
  std::int64_t maxmemory_eviction_tenacity = 10;
  std::int64_t lfu_log_factor = 10;
  std::int64_t lfu_decay_time = 1;  // minutes
  std::int64_t busy_reply_threshold = 5000;
  bool lazyfree_lazy_eviction = true;
  bool lazyfree_lazy_expire = true;
  bool lazyfree_lazy_server_del = true;
  bool lazyfree_lazy_user_del = true;
  bool lazyfree_lazy_user_flush = true;
  bool jemalloc_bg_thread = true;
  bool activedefrag = true;
  std::int64_t active_defrag_ignore_bytes = 100 << 20;
  std::int64_t active_defrag_threshold_lower = 10;  // percent of what is in use
  std::int64_t active_defrag_threshold_upper = 100;
  std::int64_t active_defrag_cycle_min = 1;  // percent of a core
  std::int64_t active_defrag_cycle_max = 25;
  std::int64_t active_defrag_cycle_us = 500;
  bool activerehashing = true;

  // Expiry
  std::int64_t default_ttl = 0;           // seconds; 0: off
  std::int64_t max_ttl = 0;               // seconds; 0: off
  std::int64_t ttl_jitter_percent = 0;    // 0 to 100
  std::int64_t active_expire_effort = 1;  // 1 to 10
  std::int64_t hz = 10;
  bool dynamic_hz = true;

  // Packed forms
  std::int64_t hash_max_listpack_entries = 512;
  std::int64_t hash_max_listpack_value = 64;  // bytes
  std::int64_t list_max_listpack_size = -2;   // entries; -1 to -5: 4, 8, 16, 32, 64 KB
  std::int64_t list_compress_depth = 0;
  std::int64_t set_max_intset_entries = 512;
  std::int64_t set_max_listpack_entries = 128;
  std::int64_t set_max_listpack_value = 64;  // bytes
  std::int64_t zset_max_listpack_entries = 128;
  std::int64_t zset_max_listpack_value = 64;  // bytes
  std::int64_t stream_node_max_bytes = 4096;
  std::int64_t stream_node_max_entries = 100;
  std::int64_t hll_sparse_max_bytes = 3000;

  // Snapshots
  std::vector<SavePoint> save = {{3600, 1}, {300, 100}, {60, 10'000}};
  std::string dbfilename = "dump.rdb";
  bool rdb_compression = true;
  bool rdbchecksum = true;
  bool stop_writes_on_bgsave_error = true;
  bool rdb_save_incremental_fsync = true;
  std::string bgsave_cpulist;           // empty: those of the server
  std::int64_t key_load_delay = 0;      // microseconds a key; negative: keys a microsecond
  std::int64_t rdb_key_save_delay = 0;  // likewise
  std::int64_t loading_process_events_interval_bytes = 2 << 20;
  RdbVersionCheck rdb_version_check = RdbVersionCheck::strict;

  // Append-only log
  bool appendonly = false;
  std::string appendfilename = "appendonly.aof";
  std::string appenddirname = "appendonlydir";
  AppendSync appendfsync = AppendSync::everysec;
  bool no_appendfsync_on_rewrite = false;
  std::int64_t auto_aof_rewrite_percentage = 100;
  std::int64_t auto_aof_rewrite_min_size = 64 << 20;  // bytes
  bool aof_load_truncated = true;
  std::int64_t aof_load_corrupt_tail_max_size = 0;  // bytes
  bool aof_use_rdb_preamble = true;
  bool aof_timestamp_enabled = false;
  bool aof_rewrite_incremental_fsync = true;
  std::string aof_rewrite_cpulist;  // empty: those of the server
  bool aof_disable_auto_gc = false;

  // Observation
  std::int64_t slowlog_log_slower_than = 10'000;  // microseconds; negative: off
  std::int64_t slowlog_max_len = 128;
  std::int64_t slowlog_entry_max_argc = 32;
  std::int64_t slowlog_entry_max_string_len = 128;          // bytes
  std::int64_t commandlog_request_larger_than = 1'048'576;  // bytes; negative: off
  std::int64_t commandlog_large_request_max_len = 128;
  std::int64_t commandlog_reply_larger_than = 1'048'576;  // bytes; negative: off
  std::int64_t commandlog_large_reply_max_len = 128;
  std::string notify_keyspace_events;
  std::int64_t tracking_table_max_keys = 1'000'000;
  bool latency_tracking = true;
  std::vector<double> latency_tracking_info_percentiles = {50, 99, 99.9};
  std::int64_t latency_monitor_threshold = 0;  // milliseconds; 0: off
};

}  // namespace larder::settings
