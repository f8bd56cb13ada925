// Reads configuration files, and directives given on the command line, into a Table.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "settings/table.h"

namespace larder::settings {

// Where a directive stands. `file` is a path, or what else the lines came from.
struct Place {
  std::string file = {};
  std::size_t line = 0;   // from 1; 0: the file as a whole
  std::string text = {};  // of the line
};

struct LoadError {
  Place place;
  std::string reason;
};

struct Sources {
  std::string file;                     // empty: none
  bool standard_input = false;          // read after the file
  std::vector<std::string> directives;  // lines read last: those of the command line
};

struct Loaded {
  // Directives beside the settings that belong to features still to come: `user`.
  std::vector<std::string> later;
};

// What is wrong with a rename-command, or empty; the commands are known further up only.
using CheckRename = std::function<std::string(const RenamedCommand&)>;

// Stops at the first error; the table then has what was read before it.
base::Result<Loaded, LoadError> load(Table& table, const Sources& sources,
                                     const CheckRename& check_rename = {});

// One text of lines, as `file` in errors; included files are read, too.
base::Result<Loaded, LoadError> load_text(Table& table, std::string_view text, std::string file,
                                          const CheckRename& check_rename = {});

// What is printed to standard error: for a line that is wrong, the block that scripts look for.
std::string fatal_text(const LoadError& error);

// What is there at `path`, up to kFileBytesMax.
base::Result<std::string> read_file(const std::string& path);

inline constexpr std::size_t kFileBytesMax = 16 << 20;
inline constexpr std::size_t kIncludeDepthMax = 16;
inline constexpr std::size_t kIncludedFilesMax = 4096;

}  // namespace larder::settings
