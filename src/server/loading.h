// Loading the data from a file: at the start clients are heard meanwhile, and told to come back.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "persist/snapshot_reader.h"

namespace larder::persist {
class FileSource;
}

namespace larder::server {

class Server;

class Loading final : public persist::LoadObserver {
 public:
  struct Options {
    bool hears_clients = false;  // not where a command is being run
    bool keeps_expired = false;
    bool replaces_keys = false;
  };
  struct Failure {
    bool is_missing = false;  // there is no such file
    std::string reason;
  };

  explicit Loading(Server& server) noexcept;
  ~Loading();

  // Adds what a snapshot holds to the data.
  base::Result<persist::LoadedSnapshot, Failure> load(const std::string& path,
                                                      const Options& options);

  // Adds what the files of an append-only log hold: snapshots, commands, or one behind the other.
  // What was torn off the last file by a crash is cut off where the settings allow it.
  base::Result<void> load_log(const std::vector<std::string>& paths, bool hears_clients);

  bool is_on() const noexcept { return source_ != nullptr; }
  base::UnixMs started_ms() const noexcept { return started_ms_; }
  std::uint64_t total_bytes() const noexcept;
  std::uint64_t loaded_bytes() const noexcept;
  std::int64_t seconds_left() const noexcept;
  // Of the loading that runs, or else of the last one.
  const persist::LoadedSnapshot& loaded() const noexcept { return loaded_; }

 private:
  struct LogFile;
  class Replay;
  base::Result<void> load_log_file(const LogFile& file);
  base::Result<void> load_preamble(const std::string& path);
  base::Result<void> replay(const LogFile& file);
  base::Result<void> cut_tail(const LogFile& file, std::uint64_t whole_bytes,
                              std::string_view what);
  void begin(std::uint64_t total_bytes);

  base::Result<void> on_library(std::string_view code) override;
  bool on_key(const persist::LoadedSnapshot& loaded) override;
  bool goes_on();
  void tell_progress();

  Server& server_;
  Options options_;
  std::unique_ptr<persist::FileSource> source_;
  persist::LoadedSnapshot loaded_;
  base::UnixMs started_ms_ = 0;
  base::UnixMs next_line_ms_ = 0;      // in the log
  std::uint64_t next_look_bytes_ = 0;  // at clients
  std::uint64_t total_bytes_ = 0;      // of all files
  std::uint64_t done_bytes_ = 0;       // of those before the one at hand
};

}  // namespace larder::server
