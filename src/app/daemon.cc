#include "app/daemon.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/log.h"
#include "base/unique_fd.h"
#include "server/supervisor.h"

namespace larder::app {
namespace {

base::Result<void> go_into_background() {
  const auto child = ::fork();
  if (child < 0) return base::failure(fmt::format("fork: {}", std::strerror(errno)));
  if (child > 0) ::_exit(EXIT_SUCCESS);
  ::setsid();
  const base::UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (null) {
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
      ::dup2(null.get(), standard);
  }
  return {};
}

// As sched_setattr(2) has it, for which the C library has no name before 2.41.
struct SchedulingAttributes {
  std::uint32_t bytes;
  std::uint32_t policy;
  std::uint64_t flags;
  std::int32_t niceness;
  std::uint32_t priority;
  std::uint64_t runtime_ns;
  std::uint64_t deadline_ns;
  std::uint64_t period_ns;
};
constexpr std::uint64_t kResetOnFork = 1;

// Threads that free memory or write files, and whoever else computes on this CPU, hold up a request
// for a whole slice of theirs, about 3 ms. Whose own slices are short need not wait for the end of
// others' (Linux 6.12, EEVDF; older ones let wake-ups interrupt anyway). Threads and processes that
// start from here have the usual slices. Where it is refused, requests wait now and then.
void ask_for_short_slices() {
  constexpr std::uint64_t kSliceNs = 100'000;  // the shortest there is
  SchedulingAttributes attributes{};
  if (::syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return;
  if (attributes.policy != SCHED_OTHER || attributes.runtime_ns < kSliceNs) return;
  attributes.flags |= kResetOnFork;
  attributes.runtime_ns = kSliceNs;
  ::syscall(SYS_sched_setattr, 0, &attributes, 0);
}

base::Result<void> point_log(const settings::Settings& settings) {
  log::set_level(settings.loglevel);
  log::set_format(settings.log_format);
  log::set_timestamp_format(settings.log_timestamp_format);
  log::set_syslog(settings.syslog_enabled, settings.syslog_ident,
                  static_cast<int>(settings.syslog_facility));
  return log::set_file(settings.logfile);
}

}  // namespace

std::string executable_path() {
  char path[PATH_MAX];
  const auto length = ::readlink("/proc/self/exe", path, sizeof path);
  return length < 0 ? std::string() : std::string(path, static_cast<std::size_t>(length));
}

base::Result<void> become_daemon(const settings::Settings& settings) {
  std::signal(SIGHUP, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a write says EFBIG instead
  if (!settings.dir.empty() && ::chdir(settings.dir.c_str()) != 0) {
    return base::failure(
        fmt::format("Can't chdir to '{}': {}", settings.dir, std::strerror(errno)));
  }
  const bool is_supervised =
      server::Supervisor::find(settings.supervised) != server::Supervisor::Kind::none;
  if (settings.daemonize && !is_supervised) {
    if (auto gone = go_into_background(); !gone) return gone;
  }
  ask_for_short_slices();
  return {};
}

base::Result<void> apply_log_settings(settings::Table& table) {
  table.on_change({"loglevel", "logfile", "log-format", "log-timestamp-format", "syslog-enabled",
                   "syslog-ident", "syslog-facility"},
                  point_log);
  return point_log(table.settings());
}

PidFile::PidFile(const std::string& configured, bool daemonized) {
  path_ = configured.empty() && daemonized ? "/var/run/larder.pid" : configured;
  if (path_.empty()) return;
  std::FILE* file = std::fopen(path_.c_str(), "w");
  if (file == nullptr) {
    log::warning("Failed to write PID file: {}", std::strerror(errno));
    path_.clear();
    return;
  }
  fmt::print(file, "{}\n", ::getpid());
  std::fclose(file);
}

PidFile::~PidFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

}  // namespace larder::app
