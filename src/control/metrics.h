// What INFO shows: each figure is one entry with its name, its meaning and how it is taken.
// Sections are lists of them.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "server/memory.h"
#include "server/server.h"

namespace larder::control {

// The server at the moment of one INFO: what is costly to take is taken once.
struct Snapshot {
  explicit Snapshot(server::Server& server_in);

  server::Server& server;
  base::UnixMs now_ms;
  server::AllocatorMemory allocator;
  keyspace::Keyspace::Memory keyspace;
  std::size_t used_bytes;
  std::size_t resident_bytes;
  std::size_t client_bytes;
  std::size_t input_bytes_max = 0;
  std::size_t output_bytes_max = 0;
  std::size_t paused_clients = 0;
};

struct Metric {
  std::string_view name;
  std::string_view help;
  std::string (*value)(const Snapshot&);
  bool (*is_shown)(const Snapshot&) = nullptr;  // nullptr: always
};

template <class T>
std::string text_of(const T& value) {
  return fmt::format("{}", value);
}

std::span<const Metric> server_metrics();
std::span<const Metric> client_metrics();
std::span<const Metric> memory_metrics();
std::span<const Metric> persistence_metrics();
std::span<const Metric> stats_metrics();
std::span<const Metric> replication_metrics();
std::span<const Metric> cpu_metrics();
std::span<const Metric> debug_metrics();

// Sections whose lines depend on what happened.
std::string command_statistics(const Snapshot& snapshot);
std::string error_statistics(const Snapshot& snapshot);
std::string latency_statistics(const Snapshot& snapshot);
std::string keyspace_statistics(const Snapshot& snapshot);
std::string quota_statistics(const Snapshot& snapshot);

}  // namespace larder::control
