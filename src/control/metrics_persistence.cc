// INFO: the section Persistence.
#include "control/metrics.h"
#include "server/append_only_log.h"
#include "server/child_process.h"
#include "server/loading.h"
#include "server/snapshots.h"

namespace larder::control {
namespace {

std::string zero(const Snapshot&) { return "0"; }

bool is_loading(const Snapshot& s) { return s.server.loading().is_on(); }
const server::AppendOnlyLog& log_of(const Snapshot& s) { return s.server.append_only(); }
bool is_appending(const Snapshot& s) { return log_of(s).is_on(); }
// Of a snapshot or of a rewrite.
const server::ChildProcess* child(const Snapshot& s) {
  const auto* const of_snapshot = s.server.snapshots().child();
  return of_snapshot != nullptr ? of_snapshot : log_of(s).child();
}
const persist::SnapshotLifecycle& lifecycle(const Snapshot& s) {
  return s.server.snapshots().lifecycle();
}

std::uint64_t copied_bytes(const Snapshot& s) {
  return child(s) == nullptr ? 0 : child(s)->report().copied_bytes;
}
std::uint64_t saved_keys(const Snapshot& s) {
  return child(s) == nullptr ? 0 : child(s)->report().keys;
}
std::uint64_t keys_to_save(const Snapshot& s) {
  return child(s) == nullptr ? 0 : s.server.snapshots().figures().keys_total;
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  const auto share = whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
  return fmt::format("{:.2f}", share * 100);
}

// Milliseconds in seconds, or -1.
std::int64_t seconds_of(std::int64_t ms) { return ms < 0 ? -1 : ms / 1000; }

constexpr Metric kPersistence[] = {
    {"loading", "Whether data is being loaded",
     [](const Snapshot& s) { return text_of(is_loading(s) ? 1 : 0); }},
    {"async_loading", "Whether data is being loaded beside the old", zero},
    {"current_cow_peak", "Most memory copied since the fork for the child that runs, in bytes",
     [](const Snapshot& s) { return text_of(copied_bytes(s)); }},
    {"current_cow_size", "Memory copied since that fork, in bytes",
     [](const Snapshot& s) { return text_of(copied_bytes(s)); }},
    {"current_cow_size_age", "Seconds since that was measured",
     [](const Snapshot& s) {
       const auto reported = child(s) == nullptr ? 0 : child(s)->reported_ms();
       return text_of(reported == 0 ? 0 : (base::monotonic_us() / 1000 - reported) / 1000);
     }},
    {"current_fork_perc", "How much of its work the child has done, in percent",
     [](const Snapshot& s) { return percent(saved_keys(s), keys_to_save(s)); }},
    {"current_save_keys_processed", "Keys that the child has written",
     [](const Snapshot& s) { return text_of(saved_keys(s)); }},
    {"current_save_keys_total", "Keys that it has to write",
     [](const Snapshot& s) { return text_of(keys_to_save(s)); }},
    {"rdb_changes_since_last_save", "Changes since the last snapshot",
     [](const Snapshot& s) { return text_of(s.server.statistics().changes_since_save); }},
    {"rdb_bgsave_in_progress", "Whether a child is writing a snapshot",
     [](const Snapshot& s) { return text_of(s.server.snapshots().child() != nullptr ? 1 : 0); }},
    {"rdb_last_save_time", "When the last snapshot succeeded, or the start, in Unix seconds",
     [](const Snapshot& s) { return text_of(lifecycle(s).last_saved_ms() / 1000); }},
    {"rdb_last_bgsave_status", "How the last snapshot ended",
     [](const Snapshot& s) { return std::string(lifecycle(s).has_failed() ? "err" : "ok"); }},
    {"rdb_last_bgsave_time_sec", "Seconds of the last snapshot",
     [](const Snapshot& s) { return text_of(seconds_of(lifecycle(s).last_duration_ms())); }},
    {"rdb_current_bgsave_time_sec", "Seconds of the running snapshot",
     [](const Snapshot& s) {
       return text_of(seconds_of(lifecycle(s).running_ms(base::unix_ms())));
     }},
    {"rdb_saves", "Snapshots that succeeded since the start",
     [](const Snapshot& s) { return text_of(lifecycle(s).saved_count()); }},
    {"rdb_last_cow_size", "Memory copied for the last child, in bytes",
     [](const Snapshot& s) { return text_of(s.server.snapshots().last_copied_bytes()); }},
    {"rdb_last_load_keys_expired", "Keys past their deadline in the snapshot loaded last",
     [](const Snapshot& s) { return text_of(s.server.loading().loaded().expired_keys); }},
    {"rdb_last_load_keys_loaded", "Keys loaded from it",
     [](const Snapshot& s) { return text_of(s.server.loading().loaded().keys); }},
    {"aof_enabled", "Whether changes are appended to a log",
     [](const Snapshot& s) { return text_of(log_of(s).is_on() ? 1 : 0); }},
    {"aof_rewrite_in_progress", "Whether the append-only log is being rewritten",
     [](const Snapshot& s) { return text_of(log_of(s).is_rewriting() ? 1 : 0); }},
    {"aof_rewrite_scheduled", "Whether it is to be rewritten as soon as it can be",
     [](const Snapshot& s) { return text_of(log_of(s).is_rewrite_scheduled() ? 1 : 0); }},
    {"aof_last_rewrite_time_sec", "Seconds of the last rewrite",
     [](const Snapshot& s) {
       return text_of(seconds_of(log_of(s).lifecycle().last_duration_ms()));
     }},
    {"aof_current_rewrite_time_sec", "Seconds of the running rewrite",
     [](const Snapshot& s) {
       return text_of(seconds_of(log_of(s).lifecycle().running_ms(base::unix_ms())));
     }},
    {"aof_last_bgrewrite_status", "How the last rewrite ended",
     [](const Snapshot& s) {
       return std::string(log_of(s).lifecycle().has_failed() ? "err" : "ok");
     }},
    {"aof_rewrites", "Rewrites begun since the start",
     [](const Snapshot& s) { return text_of(log_of(s).lifecycle().rewrites()); }},
    {"aof_last_write_status", "How the last write to it, or sync of it, ended",
     [](const Snapshot& s) { return std::string(log_of(s).has_write_error() ? "err" : "ok"); }},
    {"aof_last_cow_size", "Memory copied for the last rewrite, in bytes",
     [](const Snapshot& s) { return text_of(log_of(s).last_copied_bytes()); }},
    {"aof_current_size", "Bytes of the log's files",
     [](const Snapshot& s) { return text_of(log_of(s).current_bytes()); }, is_appending},
    {"aof_base_size", "Bytes of them when it was rewritten last, or loaded",
     [](const Snapshot& s) { return text_of(log_of(s).base_bytes()); }, is_appending},
    {"aof_pending_rewrite", "Whether it is to be rewritten after the snapshot",
     [](const Snapshot& s) { return text_of(log_of(s).is_rewrite_scheduled() ? 1 : 0); },
     is_appending},
    {"aof_buffer_length", "Bytes that wait to be written to it",
     [](const Snapshot& s) { return text_of(log_of(s).buffer_bytes()); }, is_appending},
    {"aof_pending_bio_fsync", "Whether what was written waits to be synced",
     [](const Snapshot& s) {
       return text_of(log_of(s).is_synced_until(s.server.journal().offset()) ? 0 : 1);
     },
     is_appending},
    {"aof_delayed_fsync", "Syncs that took so long that writes had to wait",
     [](const Snapshot& s) { return text_of(log_of(s).delayed_syncs()); }, is_appending},
    {"module_fork_in_progress", "Whether a module's child runs", zero},
    {"module_fork_last_cow_size", "Memory copied for the last of those, in bytes", zero},
    {"loading_start_time", "When the loading began, in Unix seconds",
     [](const Snapshot& s) { return text_of(s.server.loading().started_ms() / 1000); }, is_loading},
    {"loading_total_bytes", "Bytes of the file that is being loaded",
     [](const Snapshot& s) { return text_of(s.server.loading().total_bytes()); }, is_loading},
    {"loading_rdb_used_mem", "Memory of the server that wrote it, in bytes",
     [](const Snapshot& s) { return text_of(s.server.loading().loaded().used_memory_bytes); },
     is_loading},
    {"loading_loaded_bytes", "Bytes of it that are loaded",
     [](const Snapshot& s) { return text_of(s.server.loading().loaded_bytes()); }, is_loading},
    {"loading_loaded_perc", "The same in percent",
     [](const Snapshot& s) {
       return percent(s.server.loading().loaded_bytes(), s.server.loading().total_bytes());
     },
     is_loading},
    {"loading_eta_seconds", "Seconds that the rest will take",
     [](const Snapshot& s) { return text_of(s.server.loading().seconds_left()); }, is_loading},
};

}  // namespace

std::span<const Metric> persistence_metrics() { return kPersistence; }

}  // namespace larder::control
