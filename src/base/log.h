// The server's log: four levels and three line formats, over spdlog. One place decides both; the
// rest of the tree says log::notice("text {}", value).
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/log_level.h"
#include "base/result.h"

namespace larder::log {

// legacy: `pid:role dd Mon yyyy hh:mm:ss.mmm <.-*#> message`, with role M (primary), S (replica), C
// (child).
void set_level(Level level);
void set_format(Format format);
void set_timestamp_format(TimestampFormat format);
void set_role(char role);

// Where lines go: a file's path, or standard output where empty. The file is opened for appending.
base::Result<void> set_file(const std::string& path);
void set_syslog(bool enabled, const std::string& ident, int facility);

bool is_on(Level level) noexcept;
void write(Level level, std::string_view message);

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
