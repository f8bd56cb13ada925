// What a daemon owes the system: working directory, background, pid file, the log's place.
#pragma once

#include <string>

#include "base/result.h"
#include "settings/table.h"

namespace larder::app {

// Absolute path of the running program.
std::string executable_path();

// Enters `dir`, goes into the background where `daemonize` says so and nobody supervises, ignores
// SIGHUP, SIGPIPE and SIGXFSZ, asks the scheduler for short slices.
base::Result<void> become_daemon(const settings::Settings& settings);

// Points the log where the settings say, now and whenever they change. `table` outlives the
// process's work.
base::Result<void> apply_log_settings(settings::Table& table);

// The pid file, from construction to destruction. Without a configured path only a daemon writes
// one.
class PidFile {
 public:
  PidFile(const std::string& configured, bool daemonized);
  ~PidFile();
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;

 private:
  std::string path_;
};

}  // namespace larder::app
