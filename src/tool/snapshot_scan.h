// Walks through a snapshot's keys without keeping them: each one is built as the server would hold
// it, measured, and dropped before the next.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/function_ref.h"
#include "keyspace/keyspace.h"
#include "persist/snapshot_walk.h"
#include "settings/table.h"

namespace larder::tool {

struct ScannedKey {
  std::string_view name;  // valid until the visitor returns
  std::uint64_t database = 0;
  keyspace::Type type = keyspace::Type::string;
  keyspace::Deadline deadline = keyspace::kNever;
  std::size_t memory_bytes = 0;  // of used_memory
};

class SnapshotScan final : private persist::SnapshotVisitor {
 public:
  using Visitor = base::FunctionRef<void(const ScannedKey&)>;

  SnapshotScan();

  // The failure says where and why the file is damaged; facts() and counts hold up to there.
  base::Result<void> run(persist::SnapshotSource& source, Visitor visit);

  const persist::SnapshotFacts& facts() const noexcept { return facts_; }
  std::uint64_t libraries() const noexcept { return libraries_; }
  std::uint64_t empty_keys() const noexcept { return empty_keys_; }
  const std::string& last_key() const noexcept { return name_; }  // read whole

 private:
  base::Result<void> on_database(std::uint64_t index) override;
  base::Result<void> on_library(std::string_view code) override;
  base::Result<void> on_key(std::string_view name, persist::LoadedValue&& value,
                            const persist::KeyProperties& properties) override;
  base::Result<void> on_empty_key(std::string_view name) override;
  base::Result<void> on_element_deadlines(std::string_view value) override;
  base::Result<void> on_end() override;
  void finish_key();
  persist::ValueContext context() const noexcept;

  settings::Table table_;
  keyspace::Keyspace keyspace_;
  persist::SnapshotFacts facts_;
  Visitor* visit_ = nullptr;
  std::uint64_t database_ = 0;
  std::uint64_t libraries_ = 0;
  std::uint64_t empty_keys_ = 0;
  std::string name_;
  bool has_key_ = false;  // name_ is in the keyspace: fields that follow may belong to it
};

}  // namespace larder::tool
