#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/sink.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/log_target.h"
#include "base/unique_fd.h"

namespace larder::log {
namespace {

// spdlog's levels only carry ours: it has four between trace and critical, too.
spdlog::level::level_enum carrier(Level level) noexcept {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::verbose:
      return spdlog::level::info;
    case Level::notice:
      return spdlog::level::warn;
    case Level::warning:
      return spdlog::level::err;
    case Level::nothing:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

Level carried(spdlog::level::level_enum level) noexcept {
  switch (level) {
    case spdlog::level::trace:
    case spdlog::level::debug:
      return Level::debug;
    case spdlog::level::info:
      return Level::verbose;
    case spdlog::level::warn:
      return Level::notice;
    default:
      return Level::warning;
  }
}

std::atomic<Level> g_level{Level::notice};
std::atomic<Format> g_format{Format::legacy};
std::atomic<TimestampFormat> g_timestamp_format{TimestampFormat::legacy};
std::atomic<char> g_role{'M'};

// Seconds east of UTC, looked up again each quarter of an hour (where daylight saving may begin). A
// child keeps what it inherited: localtime_r takes a lock that may have been held at the fork.
std::int64_t utc_offset_seconds(std::int64_t unix_seconds) noexcept {
  constexpr std::int64_t kQuarterSeconds = 900;
  static std::atomic<std::int64_t> checked_quarter{INT64_MIN};
  static std::atomic<std::int64_t> offset{0};
  const auto quarter = unix_seconds / kQuarterSeconds;
  if (checked_quarter.load(std::memory_order_acquire) != quarter && g_role != 'C') {
    const time_t seconds = unix_seconds;
    tm local{};
    ::localtime_r(&seconds, &local);
    offset = local.tm_gmtoff;
    checked_quarter.store(quarter, std::memory_order_release);
  }
  return offset;
}

std::string line_of(const spdlog::details::log_msg& message) {
  const auto unix_ms = base::unix_ms();
  return line_text({.level = carried(message.level),
                    .format = g_format,
                    .timestamp_format = g_timestamp_format,
                    .role = g_role,
                    .pid = ::getpid(),
                    .unix_ms = unix_ms,
                    .utc_offset_seconds = utc_offset_seconds(unix_ms / 1000),
                    .message = {message.payload.data(), message.payload.size()}});
}

// A line that cannot be written has nowhere to be told.
void write_line(int fd, std::string_view line) noexcept {
  while (!line.empty()) {
    const auto count = ::write(fd, line.data(), line.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    line.remove_prefix(static_cast<std::size_t>(count));
  }
}

// A sink without a mutex and with its own line formats.
class Sink : public spdlog::sinks::sink {
 public:
  void flush() override {}
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}
};

class StandardOutput final : public Sink {
 public:
  void log(const spdlog::details::log_msg& message) override {
    write_line(STDOUT_FILENO, line_of(message));
  }
};

int open_for_appending(const char* path) noexcept {
  return ::open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
}

class File final : public Sink {
 public:
  explicit File(std::string path) : path_(std::move(path)) {}
  void log(const spdlog::details::log_msg& message) override {
    const base::UniqueFd fd(open_for_appending(path_.c_str()));
    if (fd) write_line(fd.get(), line_of(message));
  }

 private:
  std::string path_;
};

class Syslog final : public Sink {
 public:
  Syslog(std::string ident, int facility) : ident_(std::move(ident)) {
    ::openlog(ident_.c_str(), LOG_PID | LOG_NDELAY | LOG_NOWAIT, facility);
  }
  void log(const spdlog::details::log_msg& message) override {
    static constexpr int kPriorities[] = {LOG_DEBUG, LOG_INFO, LOG_NOTICE, LOG_WARNING, LOG_ERR};
    ::syslog(kPriorities[static_cast<int>(carried(message.level))], "%.*s",
             static_cast<int>(message.payload.size()), message.payload.data());
  }

 private:
  std::string ident_;  // openlog keeps a pointer to it
};

// Loggers are never changed, only followed by others, and those that were replaced live on: a
// thread may still be writing with one. There is one more
// with each change of the log's target.
class Loggers {
 public:
  Loggers() { set_file(""); }

  spdlog::logger& current() const noexcept { return *current_.load(std::memory_order_acquire); }

  // Empty for standard output.
  const char* path() const noexcept { return raw_path_.load(std::memory_order_acquire); }

  void set_file(const std::string& path) {
    if (output_ && path == path_) return;
    path_ = path;
    raw_path_.store(paths_.emplace_back(std::make_unique<std::string>(path))->c_str(),
                    std::memory_order_release);
    output_ = path.empty() ? spdlog::sink_ptr(std::make_shared<StandardOutput>())
                           : std::make_shared<File>(path);
    follow();
  }

  void set_syslog(bool enabled, const std::string& ident, int facility) {
    if (!enabled && !syslog_) return;
    if (enabled && syslog_ && ident == ident_ && facility == facility_) return;
    ident_ = ident;
    facility_ = facility;
    syslog_ = enabled ? std::make_shared<Syslog>(ident, facility) : nullptr;
    follow();
  }

 private:
  void follow() {
    std::vector<spdlog::sink_ptr> sinks = {output_};
    if (syslog_) sinks.push_back(syslog_);
    auto next = std::make_unique<spdlog::logger>("larder", sinks.begin(), sinks.end());
    next->set_level(spdlog::level::trace);  // is_on() has decided already
    current_.store(next.get(), std::memory_order_release);
    all_.push_back(std::move(next));
  }

  std::string path_;
  std::vector<std::unique_ptr<std::string>> paths_;  // who reads raw_path_ may still hold the last
  std::atomic<const char*> raw_path_{""};
  spdlog::sink_ptr output_;
  std::string ident_;
  int facility_ = 0;
  spdlog::sink_ptr syslog_;
  std::vector<std::unique_ptr<spdlog::logger>> all_;
  std::atomic<spdlog::logger*> current_{nullptr};
};

// Never destroyed: destructors of other statics may log.
Loggers& loggers() {
  static auto* const kLoggers = new Loggers;
  return *kLoggers;
}

}  // namespace

void set_level(Level level) { g_level = level; }
void set_format(Format format) { g_format = format; }
void set_timestamp_format(TimestampFormat format) { g_timestamp_format = format; }
void set_role(char role) { g_role = role; }

void become_child() {
  g_role = 'C';
  ::closelog();  // opened again where it is needed
}

base::Result<void> set_file(const std::string& path) {
  if (path.empty()) {
    loggers().set_file("");
    return {};
  }
  if (const base::UniqueFd fd(open_for_appending(path.c_str())); !fd) {
    return base::failure(fmt::format("Can't open the log file: {}", ::strerror(errno)));
  }
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error);
  loggers().set_file(error ? path : absolute.string());
  return {};
}

int open_target() noexcept {
  const char* const path = loggers().path();
  if (*path == '\0') return STDOUT_FILENO;
  const int fd = open_for_appending(path);
  return fd < 0 ? STDERR_FILENO : fd;
}

void set_syslog(bool enabled, const std::string& ident, int facility) {
  loggers().set_syslog(enabled, ident, facility);
}

bool is_on(Level level) noexcept {
  const auto least = g_level.load(std::memory_order_relaxed);
  return level >= least && least != Level::nothing;
}

void write(Level level, std::string_view message) {
  if (!is_on(level)) return;
  loggers().current().log(carrier(level), spdlog::string_view_t(message.data(), message.size()));
}

}  // namespace larder::log
