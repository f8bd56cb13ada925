#include "tool/snapshot_scan.h"

#include <utility>

#include "persist/element_deadlines.h"

namespace larder::tool {

// Its clock stays at 0, before every deadline: what is past its own is still looked at.
SnapshotScan::SnapshotScan() : keyspace_({.databases = 1}) {}

persist::ValueContext SnapshotScan::context() const noexcept {
  return {.settings = table_.settings(), .hasher = keyspace_.hasher(), .now = keyspace_.now()};
}

base::Result<void> SnapshotScan::run(persist::SnapshotSource& source, Visitor visit) {
  visit_ = &visit;
  auto walked = persist::walk_snapshot(source, {.context = context()}, facts_, *this);
  finish_key();
  visit_ = nullptr;
  return walked;
}

void SnapshotScan::finish_key() {
  if (!std::exchange(has_key_, false)) return;
  auto& database = keyspace_.database(0);
  auto entry = database.find(keyspace_.key(name_), keyspace::Touch::no);
  if (!entry) return;
  (*visit_)({.name = name_,
             .database = database_,
             .type = entry.type(),
             .deadline = entry.deadline(),
             .memory_bytes = entry.memory_bytes()});
  database.erase(entry);
}

base::Result<void> SnapshotScan::on_database(std::uint64_t index) {
  finish_key();
  database_ = index;
  return {};
}

base::Result<void> SnapshotScan::on_library(std::string_view) {
  ++libraries_;
  return {};
}

base::Result<void> SnapshotScan::on_key(std::string_view name, persist::LoadedValue&& value,
                                        const persist::KeyProperties& properties) {
  finish_key();
  name_ = name;
  has_key_ = true;
  std::move(value).put(keyspace_.database(0), keyspace_.key(name_), properties.deadline);
  return {};
}

base::Result<void> SnapshotScan::on_empty_key(std::string_view name) {
  finish_key();
  name_ = name;
  ++empty_keys_;
  return {};
}

base::Result<void> SnapshotScan::on_element_deadlines(std::string_view value) {
  if (persist::read_element_deadlines(value, keyspace_.database(0), keyspace_, context()))
    return {};
  return base::failure(std::string("Deadlines of elements are malformed"));
}

base::Result<void> SnapshotScan::on_end() {
  finish_key();
  return {};
}

}  // namespace larder::tool
