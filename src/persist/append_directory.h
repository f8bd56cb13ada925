// The directory of an append-only log: its manifest is replaced as a whole, and only after the
// files that it lists are there, so that a crash at any moment leaves a log that can be loaded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"
#include "persist/append_manifest.h"

namespace larder::persist {

// Failures are texts: what was to be done, and why it could not be.
class AppendDirectory {
 public:
  AppendDirectory(std::string directory, std::string prefix)
      : directory_(std::move(directory)), prefix_(std::move(prefix)) {}

  const AppendManifest& manifest() const noexcept { return manifest_; }
  std::string path_of(std::string_view name) const;
  std::string base_path(bool is_snapshot) const {  // that the next base will have
    return path_of(manifest_.next_base_name(prefix_, is_snapshot));
  }

  // Reads the manifest. False where there is none.
  base::Result<bool> read();
  base::Result<void> create();
  // Makes `path`, a log of a single file, the base.
  base::Result<void> adopt(const std::string& path);

  struct Opened {
    base::UniqueFd fd;
    std::string name;
    std::uint64_t bytes = 0;
  };
  // The file to append to: the last increment, or a new one where there is none.
  base::Result<Opened> open_last_increment();
  base::Result<Opened> add_increment();
  // A file that becomes an increment with replace_base().
  base::Result<Opened> open_temporary_increment();

  // Makes the file `path` the base, and the log that and what was appended since: the newest
  // `kept_increments`, or the temporary one.
  base::Result<void> replace_base(const std::string& path, bool is_snapshot,
                                  std::size_t kept_increments);
  base::Result<void> replace_all(const std::string& path, bool is_snapshot);
  // Removes files that are no part of the log any more.
  base::Result<void> remove_history();
  void remove_temporary_increment() const;

 private:
  base::Result<void> publish(const AppendManifest& manifest);
  base::Result<Opened> open(const std::string& name, int flags) const;
  std::string temporary_increment() const;

  std::string directory_;
  std::string prefix_;
  AppendManifest manifest_;
};

}  // namespace larder::persist
