// The command line: larder-server [config-file | -] [--directive value ...], with the grammar of
// redis-server. An argument that begins with `--` names a directive unless the one before it still
// lacks a value, so a value may begin with `--`, too; all values up to the next directive belong to
// it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "settings/file.h"

namespace larder::app {

struct Options {
  enum class Action { serve, check_config, show_version, show_help };

  Action action = Action::serve;
  settings::Sources sources;  // `file` is absolute: the working directory changes later
};

// `arguments` without the program's name.
base::Result<Options> parse_options(std::span<const std::string_view> arguments);

// Without the end of the last line.
std::string version_text();
std::string help_text();

}  // namespace larder::app
