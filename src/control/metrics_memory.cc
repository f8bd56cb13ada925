// INFO: the section Memory, and the snapshot that all sections read from.

#include "base/numbers.h"
#include "control/metrics.h"
#include "script/engine.h"
#include "server/append_only_log.h"

namespace larder::control {
namespace {

double ratio(std::size_t a, std::size_t b) {
  return b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b);
}

std::string ratio_text(std::size_t a, std::size_t b) { return fmt::format("{:.2f}", ratio(a, b)); }

std::string percent_text(std::size_t part, std::size_t whole) {
  return fmt::format("{:.2f}%", ratio(part, whole) * 100);
}

std::size_t difference(std::size_t a, std::size_t b) { return a > b ? a - b : 0; }

std::size_t peak_bytes(const Snapshot& s) {
  return std::max(s.used_bytes, s.server.statistics().memory_peak_bytes);
}

// What is not data: tables, what eviction knows of keys, clients and what the process used before
// it had any.
std::size_t overhead_bytes(const Snapshot& s) {
  return s.keyspace.tables + s.keyspace.eviction + s.keyspace.compression + s.client_bytes +
         s.server.startup_memory_bytes();
}

std::size_t dataset_bytes(const Snapshot& s) { return difference(s.used_bytes, overhead_bytes(s)); }

std::string zero(const Snapshot&) { return "0"; }

std::size_t function_interpreter_bytes(const Snapshot& s) {
  return s.server.scripts().libraries().interpreter().memory_bytes();
}

std::size_t interpreters_bytes(const Snapshot& s) {
  return s.server.scripts().interpreter_bytes() + function_interpreter_bytes(s);
}

std::size_t scripts_bytes(const Snapshot& s) {
  return s.server.scripts().scripts().memory_bytes() +
         s.server.scripts().libraries().memory_bytes();
}

constexpr Metric kMemory[] = {
    {"used_memory", "Bytes that the program holds",
     [](const Snapshot& s) { return text_of(s.used_bytes); }},
    {"used_memory_human", "The same with a unit",
     [](const Snapshot& s) { return base::human_bytes(s.used_bytes); }},
    {"used_memory_rss", "Bytes of physical memory",
     [](const Snapshot& s) { return text_of(s.resident_bytes); }},
    {"used_memory_rss_human", "The same with a unit",
     [](const Snapshot& s) { return base::human_bytes(s.resident_bytes); }},
    {"used_memory_peak", "Most that used_memory was",
     [](const Snapshot& s) { return text_of(peak_bytes(s)); }},
    {"used_memory_peak_human", "The same with a unit",
     [](const Snapshot& s) { return base::human_bytes(peak_bytes(s)); }},
    {"used_memory_peak_perc", "used_memory in percent of the peak",
     [](const Snapshot& s) { return percent_text(s.used_bytes, peak_bytes(s)); }},
    {"used_memory_overhead", "Bytes that are not data",
     [](const Snapshot& s) { return text_of(overhead_bytes(s)); }},
    {"used_memory_startup", "Bytes that an empty server holds",
     [](const Snapshot& s) { return text_of(s.server.startup_memory_bytes()); }},
    {"used_memory_dataset", "Bytes of data",
     [](const Snapshot& s) { return text_of(dataset_bytes(s)); }},
    {"used_memory_dataset_perc", "Data in percent of what was added since start",
     [](const Snapshot& s) {
       return percent_text(dataset_bytes(s),
                           difference(s.used_bytes, s.server.startup_memory_bytes()));
     }},
    {"allocator_allocated", "Bytes given out by the allocator, and of entries in their regions",
     [](const Snapshot& s) { return text_of(s.allocator.allocated); }},
    {"allocator_active", "Bytes of the pages and regions that those are in",
     [](const Snapshot& s) { return text_of(s.allocator.active); }},
    {"allocator_resident", "Bytes kept in physical memory for both",
     [](const Snapshot& s) { return text_of(s.allocator.resident); }},
    {"total_system_memory", "Bytes of memory of the machine",
     [](const Snapshot&) { return text_of(server::system_memory_bytes()); }},
    {"total_system_memory_human", "The same with a unit",
     [](const Snapshot&) { return base::human_bytes(server::system_memory_bytes()); }},
    {"used_memory_lua", "Bytes of the interpreter of scripts",
     [](const Snapshot& s) { return text_of(s.server.scripts().interpreter_bytes()); }},
    {"used_memory_vm_eval", "The same",
     [](const Snapshot& s) { return text_of(s.server.scripts().interpreter_bytes()); }},
    {"used_memory_lua_human", "The same with a unit",
     [](const Snapshot& s) { return base::human_bytes(s.server.scripts().interpreter_bytes()); }},
    {"used_memory_scripts_eval", "Bytes of cached scripts",
     [](const Snapshot& s) { return text_of(s.server.scripts().scripts().memory_bytes()); }},
    {"number_of_cached_scripts", "Cached scripts",
     [](const Snapshot& s) { return text_of(s.server.scripts().scripts().size()); }},
    {"number_of_functions", "Functions",
     [](const Snapshot& s) { return text_of(s.server.scripts().libraries().function_count()); }},
    {"number_of_libraries", "Libraries of functions",
     [](const Snapshot& s) { return text_of(s.server.scripts().libraries().all().size()); }},
    {"used_memory_vm_functions", "Bytes of the interpreter of functions",
     [](const Snapshot& s) { return text_of(function_interpreter_bytes(s)); }},
    {"used_memory_vm_total", "Bytes of both interpreters",
     [](const Snapshot& s) { return text_of(interpreters_bytes(s)); }},
    {"used_memory_vm_total_human", "The same with a unit",
     [](const Snapshot& s) { return base::human_bytes(interpreters_bytes(s)); }},
    {"used_memory_functions", "Bytes of libraries",
     [](const Snapshot& s) { return text_of(s.server.scripts().libraries().memory_bytes()); }},
    {"used_memory_scripts", "Bytes of scripts and libraries",
     [](const Snapshot& s) { return text_of(scripts_bytes(s)); }},
    {"used_memory_scripts_human", "The same with a unit",
     [](const Snapshot& s) { return base::human_bytes(scripts_bytes(s)); }},
    {"maxmemory", "Limit of used_memory, 0 for none",
     [](const Snapshot& s) { return text_of(s.server.memory_limit().bytes()); }},
    {"maxmemory_human", "The same with a unit",
     [](const Snapshot& s) { return base::human_bytes(s.server.memory_limit().bytes()); }},
    {"maxmemory_clients", "Limit of the memory of all clients, 0 for none",
     [](const Snapshot& s) { return text_of(s.server.client_memory().limit_bytes()); }},
    {"maxmemory_policy", "What gives way at the limit",
     [](const Snapshot& s) { return s.server.settings_table().text("maxmemory-policy"); }},
    {"allocator_frag_ratio", "Active to allocated",
     [](const Snapshot& s) { return ratio_text(s.allocator.active, s.allocator.allocated); }},
    {"allocator_frag_bytes", "Active less allocated",
     [](const Snapshot& s) {
       return text_of(difference(s.allocator.active, s.allocator.allocated));
     }},
    {"allocator_rss_ratio", "Resident to active",
     [](const Snapshot& s) { return ratio_text(s.allocator.resident, s.allocator.active); }},
    {"allocator_rss_bytes", "Resident less active",
     [](const Snapshot& s) {
       return text_of(difference(s.allocator.resident, s.allocator.active));
     }},
    {"rss_overhead_ratio", "Physical memory of the process to the allocator's",
     [](const Snapshot& s) { return ratio_text(s.resident_bytes, s.allocator.resident); }},
    {"rss_overhead_bytes", "Physical memory of the process less the allocator's",
     [](const Snapshot& s) { return text_of(difference(s.resident_bytes, s.allocator.resident)); }},
    {"mem_fragmentation_ratio", "Physical memory to used_memory",
     [](const Snapshot& s) { return ratio_text(s.resident_bytes, s.used_bytes); }},
    {"mem_fragmentation_bytes", "Physical memory less used_memory",
     [](const Snapshot& s) { return text_of(difference(s.resident_bytes, s.used_bytes)); }},
    {"mem_not_counted_for_evict", "Bytes that maxmemory does not count",
     [](const Snapshot& s) { return text_of(s.server.append_only().buffer_bytes()); }},
    {"compressed_values", "Strings that are kept compressed",
     [](const Snapshot& s) { return text_of(s.server.keyspace().compression().values); }},
    {"compressed_values_raw_bytes", "Their bytes as commands see them",
     [](const Snapshot& s) { return text_of(s.server.keyspace().compression().raw_bytes); }},
    {"compressed_values_stored_bytes", "Their bytes as they are kept",
     [](const Snapshot& s) { return text_of(s.server.keyspace().compression().stored_bytes); }},
    {"compressed_values_with_dictionary", "Those of them that refer to a dictionary",
     [](const Snapshot& s) { return text_of(s.server.keyspace().compression().with_dictionary); }},
    {"compression_dictionaries", "Dictionaries, learned from the values of keys that begin alike",
     [](const Snapshot& s) { return text_of(s.server.keyspace().compression().dictionaries); }},
    {"compression_dictionaries_learned", "Dictionaries learned since the start",
     [](const Snapshot& s) {
       return text_of(s.server.keyspace().compression().dictionaries_learned);
     }},
    {"compression_dictionary_bytes", "Bytes of dictionaries, and of samples to learn them from",
     [](const Snapshot& s) { return text_of(s.keyspace.compression); }},
    {"mem_replication_backlog", "Bytes of the replication backlog", zero},
    {"mem_total_replication_buffers", "Bytes of replication buffers", zero},
    {"mem_clients_slaves", "Bytes of replicas' connections", zero},
    {"mem_clients_normal", "Bytes of clients' connections",
     [](const Snapshot& s) { return text_of(s.client_bytes); }},
    {"mem_cluster_links", "Bytes of the cluster bus", zero},
    {"mem_overhead_db_hashtable_rehashing", "Bytes of tables that are half moved: none ever is",
     zero},
    {"mem_aof_buffer", "Bytes that wait to be written to the append-only log",
     [](const Snapshot& s) { return text_of(s.server.append_only().buffer_bytes()); }},
    {"mem_allocator", "Allocator of large values and buffers",
     [](const Snapshot&) { return std::string(server::allocator_name()); }},
    {"active_defrag_running", "Percentage of a core that moving values together may take now",
     [](const Snapshot& s) { return text_of(s.server.defragmentation().share_percent()); }},
    {"lazyfree_pending_objects", "Values that wait to be freed in the background",
     [](const Snapshot& s) { return text_of(s.server.keyspace().lazyfree_pending_objects()); }},
    {"lazyfreed_objects", "Values freed in the background",
     [](const Snapshot& s) { return text_of(s.server.keyspace().lazyfreed_objects()); }},
};

}  // namespace

Snapshot::Snapshot(server::Server& server_in)
    : server(server_in),
      now_ms(server_in.keyspace().now()),
      allocator(server::allocator_memory()),
      keyspace(server_in.keyspace().memory()),
      used_bytes(server_in.memory_used_bytes()),
      resident_bytes(server::resident_bytes()),
      client_bytes(0) {
  // One account of both, as peers have but one allocator.
  const auto region_bytes = server.keyspace().region_bytes();
  allocator.allocated = used_bytes;
  allocator.active += region_bytes;
  allocator.resident += region_bytes;
  server.clients().for_each([this](server::Connection& connection) {
    client_bytes += connection.memory_bytes();
    paused_clients += connection.is_blocked() ? 1 : 0;
    input_bytes_max =
        std::max(input_bytes_max, connection.input_bytes() + connection.input_free_bytes());
    output_bytes_max = std::max(output_bytes_max, connection.output_capacity());
  });
}

std::span<const Metric> memory_metrics() { return kMemory; }

}  // namespace larder::control
