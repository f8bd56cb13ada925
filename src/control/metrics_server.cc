// INFO: the sections Server, Clients and CPU.

#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "control/metrics.h"
#include "larder/version.h"

namespace larder::control {
namespace {

std::string operating_system() {
  utsname name{};
  ::uname(&name);
  return fmt::format("{} {} {}", name.sysname, name.release, name.machine);
}

std::string supervised_by(const Snapshot& s) {
  switch (s.server.supervisor().kind()) {
    case server::Supervisor::Kind::systemd:
      return "systemd";
    case server::Supervisor::Kind::upstart:
      return "upstart";
    case server::Supervisor::Kind::none:
      break;
  }
  return "no";
}

std::int64_t uptime_seconds(const Snapshot& s) {
  return (s.now_ms - s.server.identity().started_ms) / 1000;
}

// Redis's LRU clock: seconds in 24 bits.
std::int64_t lru_clock(const Snapshot& s) { return (s.now_ms / 1000) & 0xffffff; }

std::string listener_lines(const Snapshot& s) {
  std::string lines;
  int index = 0;
  for (const auto& listener : s.server.listeners()) {
    if (!lines.empty()) lines += fmt::format("\r\nlistener{}:", index);
    lines +=
        fmt::format("name={},bind={}", listener->is_unix() ? "unix" : "tcp", listener->address());
    if (!listener->is_unix()) lines += fmt::format(",port={}", listener->port());
    ++index;
  }
  return lines;
}

constexpr Metric kServer[] = {
    {"redis_version", "Version of Redis whose behaviour clients may expect",
     [](const Snapshot&) { return std::string(kRedisVersion); }},
    {"server_name", "Name of this server", [](const Snapshot&) { return std::string("larder"); }},
    {"larder_version", "Version of this server",
     [](const Snapshot&) { return std::string(kLarderVersion); }},
    {"redis_git_sha1", "Always 0: not built from Redis",
     [](const Snapshot&) { return std::string("00000000"); }},
    {"redis_git_dirty", "Always 0: not built from Redis",
     [](const Snapshot&) { return std::string("0"); }},
    {"redis_build_id", "Version and compiler of the build",
     [](const Snapshot&) {
       return fmt::format("{}-gcc{}", kLarderVersion, __VERSION__[0] == 0 ? "" : __VERSION__);
     }},
    {"redis_mode", "standalone: not part of a cluster",
     [](const Snapshot&) { return std::string("standalone"); }},
    {"os", "Operating system and architecture", [](const Snapshot&) { return operating_system(); }},
    {"arch_bits", "Bits of a pointer", [](const Snapshot&) { return text_of(sizeof(void*) * 8); }},
    {"monotonic_clock", "How durations are measured",
     [](const Snapshot&) {
       return std::string("cycle counter, calibrated against CLOCK_MONOTONIC");
     }},
    {"multiplexing_api", "How the loop waits",
     [](const Snapshot&) { return std::string("epoll"); }},
    {"gcc_version", "Compiler of the build",
     [](const Snapshot&) { return std::string(__VERSION__); }},
    {"process_id", "Process id", [](const Snapshot&) { return text_of(::getpid()); }},
    {"process_supervised", "Supervisor of the process", supervised_by},
    {"run_id", "Random id of this run",
     [](const Snapshot& s) { return s.server.identity().run_id; }},
    {"tcp_port", "TCP port, 0 for none",
     [](const Snapshot& s) { return text_of(s.server.settings().port); }},
    {"server_time_usec", "Wall time in microseconds",
     [](const Snapshot&) { return text_of(base::unix_us()); }},
    {"uptime_in_seconds", "Seconds since start",
     [](const Snapshot& s) { return text_of(uptime_seconds(s)); }},
    {"uptime_in_days", "Days since start",
     [](const Snapshot& s) { return text_of(uptime_seconds(s) / 86400); }},
    {"hz", "Housekeeping rounds a second",
     [](const Snapshot& s) { return text_of(s.server.settings().hz); }},
    {"configured_hz", "Housekeeping rounds a second, as configured",
     [](const Snapshot& s) { return text_of(s.server.settings().hz); }},
    {"lru_clock", "Seconds, modulo 2^24", [](const Snapshot& s) { return text_of(lru_clock(s)); }},
    {"executable", "Path of the program",
     [](const Snapshot& s) { return s.server.identity().executable; }},
    {"config_file", "Path of the configuration file",
     [](const Snapshot& s) { return s.server.identity().config_file; }},
    {"io_threads_active", "Threads for input and output beside the loop",
     [](const Snapshot&) { return std::string("0"); }},
    {"availability_zone", "Name of the host's zone, as configured",
     [](const Snapshot& s) { return s.server.settings().availability_zone; }},
    {"listener0", "What the server listens on, a line each", listener_lines},
};

constexpr Metric kClients[] = {
    {"connected_clients", "Clients that are connected",
     [](const Snapshot& s) { return text_of(s.server.clients().size()); }},
    {"cluster_connections", "Connections of the cluster bus",
     [](const Snapshot&) { return std::string("0"); }},
    {"maxclients", "Most clients at a time",
     [](const Snapshot& s) { return text_of(s.server.settings().maxclients); }},
    {"client_recent_max_input_buffer", "Largest input buffer of a client, in bytes",
     [](const Snapshot& s) { return text_of(s.input_bytes_max); }},
    {"client_recent_max_output_buffer", "Largest output buffer of a client, in bytes",
     [](const Snapshot& s) { return text_of(s.output_bytes_max); }},
    {"blocked_clients", "Clients that wait, in a blocking command or for the end of a pause",
     [](const Snapshot& s) { return text_of(s.paused_clients); }},
    {"tracking_clients", "Clients that track keys",
     [](const Snapshot& s) { return text_of(s.server.tracking().clients()); }},
    {"pubsub_clients", "Clients in pub/sub mode",
     [](const Snapshot& s) { return text_of(s.server.pubsub().clients()); }},
    {"watching_clients", "Clients that watch keys",
     [](const Snapshot& s) { return text_of(s.server.watches().clients()); }},
    {"clients_in_timeout_table", "Clients whose wait has an end",
     [](const Snapshot& s) { return text_of(s.server.blocking().clients_with_deadline()); }},
    {"total_watched_keys", "Keys that are watched",
     [](const Snapshot& s) { return text_of(s.server.watches().keys()); }},
    {"total_blocking_keys", "Keys that clients wait for",
     [](const Snapshot& s) { return text_of(s.server.blocking().keys()); }},
    {"total_blocking_keys_on_nokey", "Keys that clients wait for to vanish",
     [](const Snapshot& s) { return text_of(s.server.blocking().keys_awaited_to_vanish()); }},
    {"paused_reason", "Why clients are paused",
     [](const Snapshot& s) {
       const auto& pause = s.server.pause();
       if (pause.scope() != server::Pause::Scope::none) return std::string("client_pause");
       return std::string(pause.is_on() ? "append_only_log" : "none");
     }},
    {"paused_actions", "What is paused",
     [](const Snapshot& s) {
       switch (s.server.pause().scope()) {
         case server::Pause::Scope::all:
           return std::string("all");
         case server::Pause::Scope::writes:
           return std::string("write");
         case server::Pause::Scope::none:
           break;
       }
       return std::string(s.server.pause().is_on() ? "write" : "none");
     }},
    {"paused_timeout_milliseconds", "How long the pause will last",
     [](const Snapshot& s) {
       const auto& pause = s.server.pause();
       const bool has_end = pause.scope() != server::Pause::Scope::none;
       return text_of(has_end ? std::max<base::UnixMs>(0, pause.until_ms() - s.now_ms) : 0);
     }},
};

std::string seconds_of(const timeval& time) {
  return fmt::format("{}.{:06}", time.tv_sec, time.tv_usec);
}

rusage usage_of(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  return usage;
}

constexpr Metric kCpu[] = {
    {"used_cpu_sys", "System time of the process, in seconds",
     [](const Snapshot&) { return seconds_of(usage_of(RUSAGE_SELF).ru_stime); }},
    {"used_cpu_user", "User time of the process, in seconds",
     [](const Snapshot&) { return seconds_of(usage_of(RUSAGE_SELF).ru_utime); }},
    {"used_cpu_sys_children", "System time of its children, in seconds",
     [](const Snapshot&) { return seconds_of(usage_of(RUSAGE_CHILDREN).ru_stime); }},
    {"used_cpu_user_children", "User time of its children, in seconds",
     [](const Snapshot&) { return seconds_of(usage_of(RUSAGE_CHILDREN).ru_utime); }},
    {"used_cpu_sys_main_thread", "System time of the loop, in seconds",
     [](const Snapshot&) { return seconds_of(usage_of(RUSAGE_THREAD).ru_stime); }},
    {"used_cpu_user_main_thread", "User time of the loop, in seconds",
     [](const Snapshot&) { return seconds_of(usage_of(RUSAGE_THREAD).ru_utime); }},
};

}  // namespace

std::span<const Metric> server_metrics() { return kServer; }
std::span<const Metric> client_metrics() { return kClients; }
std::span<const Metric> cpu_metrics() { return kCpu; }

}  // namespace larder::control
