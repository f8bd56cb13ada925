#include "script/shebang.h"

#include <fmt/format.h>

#include <algorithm>

namespace larder::script {
namespace {

// Takes the next word of `line`.
std::string_view take_word(std::string_view& line) {
  const auto start = line.find_first_not_of(" \t\r");
  if (start == std::string_view::npos) return line = {};
  const auto end = std::min(line.find_first_of(" \t\r", start), line.size());
  const auto word = line.substr(start, end - start);
  line.remove_prefix(end);
  return word;
}

// Sets the flags that `names`, separated by commas, name; the first that is unknown is the failure.
base::Result<void, std::string_view> read_flags(std::string_view names, Flags& flags) {
  while (!names.empty()) {
    const auto end = std::min(names.find(','), names.size());
    const auto name = names.substr(0, end);
    if (!set_flag(flags, name)) return base::failure(name);
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return {};
}

}  // namespace

bool set_flag(Flags& flags, std::string_view name) {
  for (const auto& known : kFlagNames) {
    if (known.name != name) continue;
    flags.*known.field = true;
    return true;
  }
  return false;
}

base::Result<ScriptHeader> read_script_header(std::string_view source) {
  ScriptHeader header;
  header.body = source;
  if (!source.starts_with("#!")) return header;
  const auto end = source.find('\n');
  if (end == std::string_view::npos) return base::failure(std::string("Invalid script shebang"));
  auto line = source.substr(0, end);
  if (const auto engine = take_word(line); engine != "#!lua") {
    return base::failure(fmt::format("Unexpected engine in script shebang: {}", engine));
  }
  while (true) {
    const auto word = take_word(line);
    if (word.empty()) break;
    constexpr std::string_view kFlags = "flags=";
    if (!word.starts_with(kFlags)) {
      return base::failure(fmt::format("Unknown lua shebang option: {}", word));
    }
    const auto read = read_flags(word.substr(kFlags.size()), header.flags);
    if (!read) {
      return base::failure(fmt::format("Unexpected flag in script shebang: {}", read.error()));
    }
  }
  header.has_shebang = true;
  header.body = source.substr(end);
  return header;
}

}  // namespace larder::script
