// Commands that stood out, newest first, for SLOWLOG and COMMANDLOG: a log each for those that ran
// for long, came as a large request or had a large reply.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "command/spec.h"

namespace larder::server {

enum class LogKind : std::uint8_t { slow, large_request, large_reply };
inline constexpr std::size_t kLogKinds = 3;

// What of a command's arguments a log shows: secrets never, and of what is long or many a part.
struct LoggedArguments {
  std::size_t count_max;  // with the note that stands for the rest
  std::size_t bytes_max;  // of each
};
std::vector<std::string> logged_arguments(const command::Spec& spec, command::Args args,
                                          const LoggedArguments& limits);

// What logs show in the place of a secret.
inline constexpr std::string_view kRedacted = "(redacted)";

// Whether args[index] must not be shown.
inline bool is_secret(const command::Spec& spec, command::Args args, std::size_t index) {
  return spec.is_secret != nullptr && spec.is_secret(args, index);
}

class CommandLog {
 public:
  struct Entry {
    std::uint64_t id = 0;  // counts up for the life of the process
    std::int64_t unix_seconds = 0;
    std::uint64_t value = 0;  // microseconds or bytes
    std::vector<std::string> arguments = {};
    std::string peer_address = {};
    std::string client_name = {};
  };

  // Adds `entry` under the next id; the oldest go beyond `entries_max`.
  void add(Entry entry, std::size_t entries_max);
  void trim(std::size_t entries_max);
  void clear() noexcept { entries_.clear(); }

  std::size_t size() const noexcept { return entries_.size(); }
  // The newest first.
  const std::deque<Entry>& entries() const noexcept { return entries_; }

 private:
  std::deque<Entry> entries_;
  std::uint64_t next_id_ = 0;
};

}  // namespace larder::server
