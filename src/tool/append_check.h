// Looks through the files of an append-only log and can cut off the end of its last one: behind the
// last whole command, or behind what was written up to a moment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace larder::tool {

struct AppendFileCheck {
  std::string path;
  bool is_last = false;
  std::uint64_t size_bytes = 0;
  std::uint64_t whole_bytes = 0;  // up to there all is in order
  std::uint64_t snapshot_keys = 0;
  std::uint64_t commands = 0;
  std::string damage;  // what is wrong behind whole_bytes; empty where nothing is
  // Where the first command stands that is younger than the moment asked for.
  std::optional<std::uint64_t> first_after;
  // Whether it can be used after what is behind whole_bytes was cut off.
  bool can_be_cut = false;
};

// A log's files in the order in which they are read: `path` is a manifest, a folder with one, or a
// single file. The failure is for the user.
base::Result<std::vector<std::string>> append_files(const std::string& path);

// `until_s`: looks for what is younger, in Unix seconds. The failure: the file cannot be read.
base::Result<AppendFileCheck> check_append_file(const std::string& path, bool is_last,
                                                std::optional<std::int64_t> until_s);

// Takes the bytes behind `size_bytes` off the file, after they were copied to one beside it, whose
// path it returns.
base::Result<std::string> cut_file(const std::string& path, std::uint64_t size_bytes);

}  // namespace larder::tool
