// CONFIG REWRITE: brings a configuration file up to date with the settings' values. Comments, blank
// lines, the order, and lines that still say what is true stay as they are; what is new goes to the
// end.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "settings/table.h"

namespace larder::settings {

// The lines of a file that give a setting its value: one, or one for each save point or class of
// clients.
std::vector<std::string> lines_of(const Definition& definition, const Value& value);

// The new content for `old_content`. With `all`, settings at their initial value are written, too.
std::string rewritten(const Table& table, std::string_view old_content, bool all = false);

// Replaces the file at `path`, all of it or nothing, keeping its permissions; creates it where
// there is none.
base::Result<void> rewrite_file(const Table& table, const std::string& path, bool all = false);

}  // namespace larder::settings
