// INFO: the sections Stats, Replication and Debug.

#include <algorithm>

#include "control/metrics.h"
#include "script/engine.h"
#include "server/append_only_log.h"
#include "server/peer_link.h"
#include "server/snapshots.h"

namespace larder::control {
namespace {

std::string zero(const Snapshot&) { return "0"; }

const server::Statistics& of(const Snapshot& s) { return s.server.statistics(); }

const keyspace::Moves& moves_of(const Snapshot& s) { return s.server.keyspace().counters().moves; }

std::string kilobytes(std::uint64_t bytes_per_second) {
  return fmt::format("{:.2f}", static_cast<double>(bytes_per_second) / 1024);
}

const server::LoopFigures::Totals& loop_of(const Snapshot& s) {
  return s.server.loop().figures().totals();
}

std::string microseconds(const Snapshot& s, std::uint64_t cycles) {
  return text_of(s.server.cycle_clock().ns(cycles) / 1'000);
}

constexpr Metric kStats[] = {
    {"total_connections_received", "Connections accepted",
     [](const Snapshot& s) { return text_of(of(s).connections_received); }},
    {"total_commands_processed", "Commands run",
     [](const Snapshot& s) { return text_of(of(s).commands_processed); }},
    {"instantaneous_ops_per_sec", "Commands a second of late",
     [](const Snapshot& s) { return text_of(of(s).commands_rate.per_second()); }},
    {"total_net_input_bytes", "Bytes received",
     [](const Snapshot& s) { return text_of(of(s).bytes_in); }},
    {"total_net_output_bytes", "Bytes sent",
     [](const Snapshot& s) { return text_of(of(s).bytes_out); }},
    {"total_net_repl_input_bytes", "Bytes received for replication", zero},
    {"total_net_repl_output_bytes", "Bytes sent for replication", zero},
    {"instantaneous_input_kbps", "Kilobytes a second received of late",
     [](const Snapshot& s) { return kilobytes(of(s).bytes_in_rate.per_second()); }},
    {"instantaneous_output_kbps", "Kilobytes a second sent of late",
     [](const Snapshot& s) { return kilobytes(of(s).bytes_out_rate.per_second()); }},
    {"rejected_connections", "Connections refused for maxclients or protected mode",
     [](const Snapshot& s) { return text_of(of(s).connections_rejected); }},
    {"sync_full", "Full synchronisations with replicas", zero},
    {"sync_partial_ok", "Partial synchronisations accepted", zero},
    {"sync_partial_err", "Partial synchronisations denied", zero},
    {"expired_keys", "Keys removed because their time had come",
     [](const Snapshot& s) { return text_of(s.server.keyspace().counters().expired); }},
    {"expired_subkeys", "Fields and members removed because their time had come",
     [](const Snapshot& s) { return text_of(s.server.keyspace().counters().expired_elements); }},
    {"expired_stale_perc", "Estimated percentage of keys past their time",
     [](const Snapshot& s) {
       return fmt::format("{:.2f}", s.server.keyspace().counters().stale_share * 100);
     }},
    {"expired_time_cap_reached_count", "Sweeps that ran out of time",
     [](const Snapshot& s) {
       return text_of(s.server.keyspace().counters().expire_sweeps_out_of_time);
     }},
    {"evicted_keys", "Keys removed for maxmemory",
     [](const Snapshot& s) { return text_of(s.server.keyspace().counters().evicted); }},
    {"evicted_clients", "Clients closed for maxmemory-clients",
     [](const Snapshot& s) { return text_of(of(s).evicted_clients); }},
    {"evicted_scripts", "Scripts removed from the cache",
     [](const Snapshot& s) { return text_of(s.server.scripts().evicted_scripts()); }},
    {"total_eviction_exceeded_time", "Milliseconds spent over maxmemory",
     [](const Snapshot& s) { return text_of(s.server.memory_limit().total_exceeded_us() / 1000); }},
    {"current_eviction_exceeded_time", "Milliseconds over maxmemory now",
     [](const Snapshot& s) {
       return text_of(s.server.memory_limit().current_exceeded_us() / 1000);
     }},
    {"eviction_round_us_max", "Microseconds of the longest round of eviction",
     [](const Snapshot& s) { return text_of(s.server.memory_limit().longest_round_us()); }},
    {"eviction_round_cpu_us_max", "Microseconds of CPU of the round that took most of it",
     [](const Snapshot& s) { return text_of(s.server.memory_limit().longest_round_cpu_us()); }},
    {"keyspace_hits", "Look-ups of reading commands that found the key",
     [](const Snapshot& s) { return text_of(s.server.keyspace().counters().hits); }},
    {"keyspace_misses", "Look-ups of reading commands that did not",
     [](const Snapshot& s) { return text_of(s.server.keyspace().counters().misses); }},
    {"pubsub_channels", "Channels with subscribers",
     [](const Snapshot& s) {
       return text_of(s.server.pubsub().count(server::ChannelKind::plain));
     }},
    {"pubsub_patterns", "Patterns with subscribers",
     [](const Snapshot& s) {
       return text_of(s.server.pubsub().count(server::ChannelKind::pattern));
     }},
    {"pubsubshard_channels", "Shard channels with subscribers",
     [](const Snapshot& s) {
       return text_of(s.server.pubsub().count(server::ChannelKind::shard));
     }},
    {"latest_fork_usec", "Microseconds of the last fork",
     [](const Snapshot& s) { return text_of(s.server.snapshots().figures().last_fork_us); }},
    {"total_forks", "Forks",
     [](const Snapshot& s) { return text_of(s.server.snapshots().figures().forks); }},
    {"migrate_cached_sockets", "Sockets kept for MIGRATE",
     [](const Snapshot& s) { return text_of(s.server.peer_links().size()); }},
    {"slave_expires_tracked_keys", "Keys a writable replica expires by itself", zero},
    {"active_defrag_hits", "Pieces of memory moved together",
     [](const Snapshot& s) { return text_of(moves_of(s).moved); }},
    {"active_defrag_misses", "Pieces of memory that were looked at and stayed",
     [](const Snapshot& s) { return text_of(moves_of(s).kept); }},
    {"active_defrag_key_hits", "Keys of which something was moved",
     [](const Snapshot& s) { return text_of(moves_of(s).keys_moved); }},
    {"active_defrag_key_misses", "Keys that have memory outside of their entries, which stayed",
     [](const Snapshot& s) { return text_of(moves_of(s).keys_kept); }},
    {"total_active_defrag_time", "Milliseconds for which there was something to move together",
     [](const Snapshot& s) { return text_of(s.server.defragmentation().total_us() / 1000); }},
    {"current_active_defrag_time", "Of those, since it began last; 0 where it is over",
     [](const Snapshot& s) { return text_of(s.server.defragmentation().current_us() / 1000); }},
    {"tracking_total_keys", "Keys that clients track",
     [](const Snapshot& s) { return text_of(s.server.tracking().keys()); }},
    {"tracking_total_items", "Pairs of key and tracking client",
     [](const Snapshot& s) { return text_of(s.server.tracking().items()); }},
    {"tracking_total_prefixes", "Prefixes that clients track",
     [](const Snapshot& s) { return text_of(s.server.tracking().prefixes()); }},
    {"unexpected_error_replies", "Errors that were answered where none should be",
     [](const Snapshot& s) { return text_of(of(s).unexpected_error_replies); }},
    {"total_error_replies", "Errors answered",
     [](const Snapshot& s) { return text_of(of(s).error_replies); }},
    {"dump_payload_sanitizations", "Payloads that were checked in depth", zero},
    {"total_reads_processed", "Reads from sockets that brought bytes",
     [](const Snapshot& s) { return text_of(of(s).reads); }},
    {"total_writes_processed", "Writes to sockets",
     [](const Snapshot& s) { return text_of(of(s).writes); }},
    {"io_threaded_reads_processed", "Reads by other threads", zero},
    {"io_threaded_writes_processed", "Writes by other threads", zero},
    {"client_query_buffer_limit_disconnections", "Clients closed for too large a request",
     [](const Snapshot& s) { return text_of(of(s).query_buffer_limit_disconnections); }},
    {"client_output_buffer_limit_disconnections", "Clients closed for too many replies not taken",
     [](const Snapshot& s) { return text_of(of(s).output_buffer_limit_disconnections); }},
    {"acl_access_denied_auth", "Wrong passwords",
     [](const Snapshot& s) { return text_of(of(s).auth_denied); }},
    {"acl_access_denied_cmd", "Commands denied", zero},
    {"acl_access_denied_key", "Keys denied", zero},
    {"acl_access_denied_channel", "Channels denied", zero},
    {"eventloop_cycles", "Turns of the loop: from waking to waiting again",
     [](const Snapshot& s) { return text_of(loop_of(s).turns); }},
    {"eventloop_duration_sum", "Microseconds of them",
     [](const Snapshot& s) { return microseconds(s, loop_of(s).work_cycles); }},
    {"eventloop_duration_cmd_sum", "Microseconds of them spent on commands",
     [](const Snapshot& s) { return microseconds(s, of(s).command_cycles); }},
    {"instantaneous_eventloop_cycles_per_sec", "Turns a second of late",
     [](const Snapshot& s) { return text_of(of(s).turns_rate.per_second()); }},
    {"instantaneous_eventloop_duration_usec", "Microseconds a turn of late",
     [](const Snapshot& s) {
       const auto turns = std::max<std::uint64_t>(of(s).turns_rate.per_second(), 1);
       return microseconds(s, of(s).work_rate.per_second() / turns);
     }},
};

constexpr Metric kDebug[] = {
    {"eventloop_duration_aof_sum", "Microseconds of the loop spent on an AOF",
     [](const Snapshot& s) { return microseconds(s, s.server.append_only().loop_cycles()); }},
    {"eventloop_duration_cron_sum", "Microseconds of the loop spent in timers",
     [](const Snapshot& s) { return microseconds(s, loop_of(s).timer_cycles); }},
    {"eventloop_duration_max", "Microseconds of the longest turn",
     [](const Snapshot& s) { return microseconds(s, loop_of(s).longest_turn_cycles); }},
    {"eventloop_cmd_per_cycle_max", "Commands of the fullest turn",
     [](const Snapshot& s) { return text_of(of(s).commands_per_turn_max); }},
};

constexpr Metric kReplication[] = {
    {"role", "master: not a replica", [](const Snapshot&) { return std::string("master"); }},
    {"connected_slaves", "Replicas connected", zero},
    {"master_failover_state", "Progress of FAILOVER",
     [](const Snapshot&) { return std::string("no-failover"); }},
    {"master_replid", "Id of the history of writes",
     [](const Snapshot& s) { return s.server.identity().replication_id; }},
    {"master_replid2", "Id of the history before the last failover",
     [](const Snapshot&) { return std::string(40, '0'); }},
    {"master_repl_offset", "Bytes of the stream of writes", zero},
    {"second_repl_offset", "Offset up to which the second id counts",
     [](const Snapshot&) { return std::string("-1"); }},
    {"repl_backlog_active", "Whether a backlog is kept", zero},
};

}  // namespace

std::span<const Metric> stats_metrics() { return kStats; }
std::span<const Metric> debug_metrics() { return kDebug; }
std::span<const Metric> replication_metrics() { return kReplication; }

}  // namespace larder::control
