#include "app/options.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "base/numbers.h"
#include "larder/version.h"
#include "settings/lexer.h"

#if defined(LARDER_JEMALLOC)
#include <jemalloc/jemalloc.h>
#endif

namespace larder::app {
namespace {

using Arguments = std::span<const std::string_view>;

// Builds the lines that the arguments stand for; they are read like those of a file.
class CommandLine {
 public:
  explicit CommandLine(settings::Sources& sources) noexcept : sources_(sources) {}

  void take(Arguments arguments, std::size_t index, Options::Action& action) {
    const auto argument = arguments[index];
    const bool is_first = index == 0;
    const bool is_last = index + 1 == arguments.size();
    const bool may_be_name = !lacks_value_ && argument.starts_with("--");
    if (argument == "-" && (is_first || is_last)) {
      sources_.standard_input = true;
    } else if (may_be_name && argument == "--check-config") {
      action = Options::Action::check_config;
    } else if (may_be_name) {
      take_name(argument, is_last ? std::string_view() : arguments[index + 1], is_last);
    } else {
      take_value(argument);
    }
  }

 private:
  void take_name(std::string_view argument, std::string_view next, bool is_last) {
    auto& line = sources_.directives.emplace_back(argument.substr(2));
    const auto words = settings::split_words(argument);
    lacks_value_ = words && words->size() == 1;  // "--port 7777" may be one argument
    // `--save` alone has always meant an empty list.
    if (base::equal_ignoring_case(argument, "--save") && (is_last || next.starts_with("--"))) {
      line += " \"\"";
      lacks_value_ = false;
    }
  }

  void take_value(std::string_view argument) {
    if (sources_.directives.empty()) sources_.directives.emplace_back();
    auto& line = sources_.directives.back();
    if (!line.empty()) line += ' ';
    line += settings::quote(argument);
    lacks_value_ = false;
  }

  settings::Sources& sources_;
  bool lacks_value_ = false;
};

std::string allocator_name() {
#if defined(LARDER_JEMALLOC)
  return fmt::format("jemalloc-{}.{}.{}", JEMALLOC_VERSION_MAJOR, JEMALLOC_VERSION_MINOR,
                     JEMALLOC_VERSION_BUGFIX);
#else
  return "libc";
#endif
}

}  // namespace

base::Result<Options> parse_options(Arguments arguments) {
  Options options;
  if (arguments.empty()) return options;
  if (arguments.front() == "--check-config") {
    options.action = Options::Action::check_config;
    arguments = arguments.subspan(1);
    if (arguments.empty()) return options;
  }
  const auto first = arguments.front();
  if (first == "--version" || first == "-v") {
    options.action = Options::Action::show_version;
    return options;
  }
  if (first == "--help" || first == "-h") {
    options.action = Options::Action::show_help;
    return options;
  }
  std::size_t index = 0;
  if (!first.starts_with('-')) {
    std::error_code error;
    const auto path = std::filesystem::absolute(std::filesystem::path(first), error);
    if (error) return base::failure(fmt::format("{}: {}", first, error.message()));
    options.sources.file = path.lexically_normal().string();
    ++index;
  }
  CommandLine line(options.sources);
  for (; index < arguments.size(); ++index) line.take(arguments, index, options.action);
  return options;
}

std::string version_text() {
  return fmt::format("Larder server v={} redis={} malloc={} bits={}", kLarderVersion, kRedisVersion,
                     allocator_name(), sizeof(void*) * 8);
}

std::string help_text() {
  return R"(Usage: larder-server [config-file | -] [--directive value ...]
       larder-server --check-config [config-file | -] [--directive value ...]
       larder-server -v | --version
       larder-server -h | --help

The configuration file is that of Redis; `-` reads it from standard input. Each directive of the file can be given
on the command line, too, where it comes last and so decides.

Examples:
  larder-server
  larder-server /etc/larder/larder.conf
  larder-server /etc/larder/larder.conf --port 7777 --bind 127.0.0.1 ::1
  larder-server --unixsocket /run/larder.sock --port 0 --loglevel verbose
  echo 'maxclients 500' | larder-server - --port 7777)";
}

}  // namespace larder::app
