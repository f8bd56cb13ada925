// The server's log: four levels and three line formats, over spdlog. One place decides both; the
// rest of the tree says log::notice("text {}", value).
//
// Thread: any. Lines are formatted without locks and written by one system call each, so they never
// mix, and a child that was forked at any moment may log. The setters are for one thread, the one
// that changes settings.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/log_level.h"
#include "base/result.h"

namespace larder::log {

// legacy: `pid:role dd Mon yyyy hh:mm:ss.mmm <.-*#> message`, with role M (primary), S (replica), C
// (child). logfmt and json: pid, role, timestamp, level and message.
void set_level(Level level);
void set_format(Format format);
void set_timestamp_format(TimestampFormat format);
void set_role(char role);

// To be called in a child that was forked without an exec, before it closes its parent's
// descriptors.
void become_child();

// Where lines go: a file's path, or standard output where empty. The file is opened for each line,
// so that it can be moved away; here it is only tried. A relative path is made absolute at once.
base::Result<void> set_file(const std::string& path);

// Sends lines to syslog(3), too.
void set_syslog(bool enabled, const std::string& ident, int facility);

bool is_on(Level level) noexcept;
void write(Level level, std::string_view message);

// A whole line, its end included, as the log would have it.
struct Line {
  Level level = Level::notice;
  Format format = Format::legacy;
  TimestampFormat timestamp_format = TimestampFormat::legacy;
  char role = 'M';
  int pid = 0;
  std::int64_t unix_ms = 0;
  std::int64_t utc_offset_seconds = 0;
  std::string_view message;
};
std::string line_text(const Line& line);

template <class... Args>
void at(Level level, fmt::format_string<Args...> format, Args&&... args) {
  if (is_on(level)) write(level, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  at(Level::debug, format, std::forward<Args>(args)...);
}
template <class... Args>
void verbose(fmt::format_string<Args...> format, Args&&... args) {
  at(Level::verbose, format, std::forward<Args>(args)...);
}
template <class... Args>
void notice(fmt::format_string<Args...> format, Args&&... args) {
  at(Level::notice, format, std::forward<Args>(args)...);
}
template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
  at(Level::warning, format, std::forward<Args>(args)...);
}

}  // namespace larder::log
