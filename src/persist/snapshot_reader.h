// Loads snapshots into a keyspace. A file that is cut off or damaged is refused; what was loaded
// until then stays.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "keyspace/keyspace.h"
#include "persist/snapshot_walk.h"
#include "settings/settings.h"

namespace larder::persist {

struct LoadOptions {
  const settings::Settings& settings;
  bool keeps_expired = false;  // keys past their deadline: commands that follow may depend on them
  bool replaces_keys = false;  // that are there already; refused otherwise
  bool verifies_checksum = true;
};

struct LoadedSnapshot : SnapshotFacts {
  std::uint64_t keys = 0;
  std::uint64_t expired_keys = 0;  // left out
  std::uint64_t empty_keys = 0;    // likewise
};

class LoadObserver {
 public:
  // The code of a library of functions. The failure ends the loading.
  virtual base::Result<void> on_library(std::string_view code) = 0;
  // Called after each key. False ends the loading.
  virtual bool on_key(const LoadedSnapshot& loaded) = 0;

 protected:
  ~LoadObserver() = default;
};

// Adds a snapshot's keys to `keyspace`. `source` stands behind the snapshot's end then. The failure
// says where and why.
base::Result<LoadedSnapshot> load_snapshot(SnapshotSource& source, keyspace::Keyspace& keyspace,
                                           const LoadOptions& options, LoadObserver& observer);

}  // namespace larder::persist
