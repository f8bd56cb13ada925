// Writes snapshots: all databases, and the libraries of functions, as an RDB file that Redis 7.0
// and everything later loads. What those do not know goes into auxiliary fields, which they pass
// over: there the deadlines of elements are lost, and Bloom filters.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/function_ref.h"
#include "keyspace/keyspace.h"
#include "settings/settings.h"

namespace larder::persist {

// Where a snapshot's bytes go: a file, the head of an append-only file, a replica.
class SnapshotSink {
 public:
  // False where they could not be written; it is not called again then.
  virtual bool write(std::string_view bytes) = 0;

 protected:
  ~SnapshotSink() = default;
};

struct SnapshotField {
  std::string_view name;
  std::string_view value;
};

struct SnapshotContents {
  keyspace::Keyspace& keyspace;
  const settings::Settings& settings;
  std::span<const std::string_view> libraries = {};      // of functions, their code
  std::span<const SnapshotField> auxiliary_fields = {};  // beyond those that every snapshot has
  std::uint64_t used_memory_bytes = 0;
  bool is_append_only_base = false;
};

// Called after each key.
using KeyWritten = base::FunctionRef<void()>;

// Keys past their deadline are written, too. False where the sink failed.
bool write_snapshot(SnapshotSink& sink, const SnapshotContents& contents, KeyWritten key_written);

}  // namespace larder::persist
