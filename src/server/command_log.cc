#include "server/command_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace larder::server {

std::vector<std::string> logged_arguments(const command::Spec& spec, command::Args args,
                                          const LoggedArguments& limits) {
  const auto count = std::min(args.size(), std::max<std::size_t>(limits.count_max, 1));
  const auto shown = count == args.size() ? count : count - 1;
  std::vector<std::string> logged;
  logged.reserve(count);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto argument = args[i];
    if (is_secret(spec, args, i)) {
      logged.emplace_back(kRedacted);
    } else if (argument.size() > limits.bytes_max) {
      logged.push_back(fmt::format("{}... ({} more bytes)", argument.substr(0, limits.bytes_max),
                                   argument.size() - limits.bytes_max));
    } else {
      logged.emplace_back(argument);
    }
  }
  if (shown < args.size()) {
    logged.push_back(fmt::format("... ({} more arguments)", args.size() - shown));
  }
  return logged;
}

void CommandLog::add(Entry entry, std::size_t entries_max) {
  entry.id = next_id_++;
  entries_.push_front(std::move(entry));
  trim(entries_max);
}

void CommandLog::trim(std::size_t entries_max) {
  if (entries_.size() > entries_max) entries_.resize(entries_max);
}

}  // namespace larder::server
