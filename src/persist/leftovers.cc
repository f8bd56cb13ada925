#include "persist/leftovers.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>

#include "base/numbers.h"

namespace larder::persist {
namespace {

namespace fs = std::filesystem;

std::optional<pid_t> writer_of(std::string_view name) noexcept {
  constexpr std::string_view kBegin = "temp-";
  constexpr std::string_view kEnd = ".rdb";
  if (!name.starts_with(kBegin) || !name.ends_with(kEnd)) return std::nullopt;
  name.remove_prefix(kBegin.size());
  if (name.size() <= kEnd.size()) return std::nullopt;
  name.remove_suffix(kEnd.size());
  const auto pid = base::parse_i64(name);
  if (!pid || *pid <= 0 || *pid > std::numeric_limits<pid_t>::max()) return std::nullopt;
  return static_cast<pid_t>(*pid);
}

// This process has begun none yet: one of its number is that of another that is gone.
bool is_gone(pid_t pid) noexcept {
  return pid == ::getpid() || (::kill(pid, 0) != 0 && errno == ESRCH);
}

}  // namespace

std::vector<std::string> remove_leftover_snapshots() {
  std::vector<std::string> removed;
  std::error_code error;
  for (fs::directory_iterator file(".", error), end; !error && file != end; file.increment(error)) {
    auto name = file->path().filename().string();
    const auto writer = writer_of(name);
    if (!writer || !is_gone(*writer)) continue;
    std::error_code not_a_file;
    if (!file->is_regular_file(not_a_file)) continue;
    if (::unlink(name.c_str()) == 0) removed.push_back(std::move(name));
  }
  return removed;
}

}  // namespace larder::persist
