#include "server/process_title.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace larder::server {
namespace {

// Where clients find the server, in a word.
std::string listening_address(const settings::Settings& settings) {
  if (settings.port == 0) return settings.unixsocket;
  std::string_view address = settings.bind.empty() ? "*" : std::string_view(settings.bind.front());
  if (address.starts_with('-')) address.remove_prefix(1);
  return fmt::format("{}:{}", address, settings.port);
}

std::string variable(const settings::Settings& settings, std::string_view name,
                     std::string_view title, std::string_view config_file) {
  if (name == "title") return std::string(title);
  if (name == "listen-addr") return listening_address(settings);
  if (name == "port") return std::to_string(settings.port);
  if (name == "tls-port") return "0";
  if (name == "unixsocket") return settings.unixsocket;
  if (name == "config-file") return std::string(config_file);
  return {};  // server-mode: of a server that is neither a sentinel nor in a cluster
}

}  // namespace

TitleSpace TitleSpace::take(int argc, char** argv) {
  TitleSpace space;
  if (argc == 0) return space;
  space.program_ = argv[0];
  space.begin_ = argv[0];
  // They lie behind each other, the environment behind the arguments.
  char* end = argv[0] + std::strlen(argv[0]) + 1;
  const auto follows = [&](char* text) {
    if (text == end) end += std::strlen(text) + 1;
  };
  for (int i = 1; i < argc; ++i) follows(argv[i]);
  std::size_t count = 0;
  for (; ::environ[count] != nullptr; ++count) follows(::environ[count]);
  // Kept for the process's life, as the old one was, whatever is unset meanwhile.
  static auto* const texts = new std::vector<std::string>(::environ, ::environ + count);
  auto** const moved = new char*[count + 1];
  std::transform(texts->begin(), texts->end(), moved,
                 [](std::string& text) { return text.data(); });
  moved[count] = nullptr;
  ::environ = moved;
  space.bytes_ = static_cast<std::size_t>(end - space.begin_);
  return space;
}

void TitleSpace::show(std::string_view title) noexcept {
  if (bytes_ == 0) return;
  const auto length = std::min(title.size(), bytes_ - 1);
  std::memcpy(begin_, title.data(), length);
  std::memset(begin_ + length, 0, bytes_ - length);
}

std::string title_text(const settings::Settings& settings, std::string_view name,
                       std::string_view config_file) {
  std::string text;
  std::string_view rest = settings.proc_title_template;
  while (!rest.empty()) {
    const auto open = rest.find('{');
    text += rest.substr(0, open);
    if (open == rest.npos) break;
    const auto close = rest.find('}', open);
    text += variable(settings, rest.substr(open + 1, close - open - 1), name, config_file);
    rest.remove_prefix(close == rest.npos ? rest.size() : close + 1);
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace larder::server
