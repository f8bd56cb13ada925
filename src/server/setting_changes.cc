// What a changed setting does beyond being read at its next use.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/log.h"
#include "server/append_only_log.h"
#include "server/server.h"

namespace larder::server {

void Server::watch_settings() {
  settings_table_.on_change({"port"}, [this](const settings::Settings&) -> base::Result<void> {
    if (reopen_tcp()) return {};
    return base::failure(std::string("Unable to listen on this port. Check server logs."));
  });
  settings_table_.on_change({"bind"}, [this](const settings::Settings&) -> base::Result<void> {
    if (reopen_tcp()) return {};
    return base::failure(std::string("Failed to bind to specified addresses."));
  });
  settings_table_.on_change({"dir"}, [](const settings::Settings& changed) -> base::Result<void> {
    if (::chdir(changed.dir.c_str()) == 0) return {};
    return base::failure(std::string(std::strerror(errno)));
  });
  settings_table_.on_change(
      {"maxclients"}, [this](const settings::Settings&) -> base::Result<void> {
        const auto wanted = settings().maxclients;
        raise_file_limit();
        if (settings().maxclients >= wanted) return {};
        return base::failure(fmt::format(
            "The operating system is not able to handle the specified number of clients, try "
            "with {}",
            settings().maxclients));
      });
  settings_table_.on_change({"notify-keyspace-events"},
                            [this](const settings::Settings&) -> base::Result<void> {
                              choose_notifications();
                              return {};
                            });
  settings_table_.on_change(
      {"slowlog-log-slower-than", "slowlog-max-len", "commandlog-request-larger-than",
       "commandlog-large-request-max-len", "commandlog-reply-larger-than",
       "commandlog-large-reply-max-len", "latency-monitor-threshold"},
      [this](const settings::Settings&) -> base::Result<void> {
        observation_.choose_thresholds();
        observation_.trim_logs();
        return {};
      });
  settings_table_.on_change(
      {"maxmemory", "maxmemory-policy", "maxmemory-samples", "lfu-log-factor", "lfu-decay-time"},
      [this](const settings::Settings&) -> base::Result<void> {
        memory_limit_.apply();
        return {};
      });
  settings_table_.on_change(
      {"activedefrag", "active-defrag-ignore-bytes", "active-defrag-threshold-lower",
       "active-defrag-threshold-upper", "active-defrag-cycle-min", "active-defrag-cycle-max"},
      [this](const settings::Settings&) -> base::Result<void> {
        defragmentation_.apply();
        return {};
      });
  settings_table_.on_change(
      {"lazyfree-lazy-eviction", "lazyfree-lazy-expire", "lazyfree-lazy-server-del"},
      [this](const settings::Settings&) -> base::Result<void> {
        choose_lazy_free();
        return {};
      });
  settings_table_.on_change({"jemalloc-bg-thread"},
                            [this](const settings::Settings&) -> base::Result<void> {
                              choose_allocator_thread();
                              return {};
                            });
  settings_table_.on_change({"maxmemory", "maxmemory-clients"},
                            [this](const settings::Settings&) -> base::Result<void> {
                              client_memory_.apply();
                              return {};
                            });
  settings_table_.on_change({"maxmemory"}, [this](const settings::Settings&) -> base::Result<void> {
    const auto used = memory_used_bytes();
    if (!memory_limit_.is_on() || used <= memory_limit_.bytes()) return {};
    log::warning(
        "The new maxmemory value set via CONFIG SET ({}) is smaller than the current memory "
        "usage ({}). Keys are evicted, or commands refused, as maxmemory-policy says.",
        memory_limit_.bytes(), used);
    return {};
  });
  settings_table_.on_change({"quota"},
                            [this](const settings::Settings&) { return quotas_.apply(); });
  settings_table_.on_change({"value-compression", "value-compression-min-bytes"},
                            [this](const settings::Settings&) -> base::Result<void> {
                              quotas_.apply_compression();
                              return {};
                            });
  settings_table_.on_change({"tracking-table-max-keys"},
                            [this](const settings::Settings&) -> base::Result<void> {
                              tracking_.hold_limit();
                              return {};
                            });
  watch_append_only_settings();
  settings_table_.on_change({"hz"}, [this](const settings::Settings&) -> base::Result<void> {
    start_tick_timer();
    return {};
  });
}

void Server::choose_lazy_free() {
  const auto& chosen = settings();
  keyspace_.set_lazy_free({.expired = chosen.lazyfree_lazy_expire,
                           .evicted = chosen.lazyfree_lazy_eviction,
                           .replaced = chosen.lazyfree_lazy_server_del});
}

void Server::choose_allocator_thread() {
  allocator_has_thread_ = use_allocator_thread(settings().jemalloc_bg_thread);
}

void Server::watch_append_only_settings() {
  settings_table_.on_change({"appendonly"}, [this](const settings::Settings& changed) {
    if (changed.appendonly) return append_only_->turn_on();
    append_only_->turn_off();
    return base::Result<void>{};
  });
  settings_table_.on_change({"appendfsync", "aof-timestamp-enabled", "no-appendfsync-on-rewrite"},
                            [this](const settings::Settings&) -> base::Result<void> {
                              append_only_->apply_settings();
                              return {};
                            });
  settings_table_.on_change({"aof-disable-auto-gc"},
                            [this](const settings::Settings&) -> base::Result<void> {
                              append_only_->apply_history_setting();
                              return {};
                            });
}

}  // namespace larder::server
