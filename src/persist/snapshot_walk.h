// Reads a snapshot from its first byte to its last and tells a visitor what stands there: RDB files
// of Redis and Valkey in all versions up to 12, and Valkey's 80, from strangers. What becomes of
// the keys is the visitor's business; no more than one of them is in memory at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "keyspace/types.h"
#include "persist/snapshot_source.h"
#include "persist/value_io.h"
#include "persist/values.h"

namespace larder::persist {

// What a snapshot tells of itself.
struct SnapshotFacts {
  int version = 0;
  bool is_of_valkey = false;  // by its signature, since Valkey 9
  bool has_checksum = false;
  bool is_append_only_base = false;
  std::uint64_t used_memory_bytes = 0;
  std::int64_t created_s = 0;  // Unix time
  std::string written_by;      // the server's version
  // Of the stream of writes to replicas, where the snapshot stands in it.
  int stream_database = -1;
  std::string replication_id;
  std::int64_t replication_offset = -1;
};

// What stands before a key and holds for it.
struct KeyProperties {
  keyspace::Deadline deadline = keyspace::kNever;
  std::optional<std::uint64_t> idle_seconds;
  std::optional<std::uint8_t> frequency;
};

// Texts are valid until the call returns. A failure ends the walk.
class SnapshotVisitor {
 public:
  virtual base::Result<void> on_database(std::uint64_t index) = 0;
  // How many keys that database has, if the file is right.
  virtual void on_key_count(std::uint64_t) {}
  virtual base::Result<void> on_library(std::string_view code) = 0;
  virtual base::Result<void> on_key(std::string_view name, LoadedValue&& value,
                                    const KeyProperties& properties) = 0;
  virtual base::Result<void> on_empty_key(std::string_view name) = 0;
  // What eviction had learned: see Keyspace::restore_learned.
  virtual void on_learned(std::string_view) {}
  // Of the key before; the grammar is element_deadlines.h's.
  virtual base::Result<void> on_element_deadlines(std::string_view value) = 0;
  virtual base::Result<void> on_end() { return {}; }  // of the keys; the checksum follows

 protected:
  ~SnapshotVisitor() = default;
};

struct WalkOptions {
  ValueContext context;
  bool verifies_checksum = true;
};

// `source` stands behind the snapshot's end then. `facts` are filled as they come. The failure says
// where and why.
base::Result<void> walk_snapshot(SnapshotSource& source, const WalkOptions& options,
                                 SnapshotFacts& facts, SnapshotVisitor& visitor);

}  // namespace larder::persist
