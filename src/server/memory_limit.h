// Holds the process to maxmemory: before a command runs, keys are evicted where too much memory is
// used. What counts is used_memory whole: data, tables, clients and scripts.
//
// One round is bounded in time (maxmemory-eviction-tenacity). Where it was too short the command
// runs nevertheless, and eviction goes on between the turns of the loop until there is room; the
// commands of a turn start no rounds of their own unless memory grows on.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "keyspace/eviction_rules.h"
#include "server/memory.h"
#include "settings/settings.h"

namespace larder::server {

class Server;

// The order that a policy stands for; what other settings say is left as it is by default.
keyspace::EvictionRules eviction_rules(settings::MaxmemoryPolicy policy);
// How long one round of eviction may take, by maxmemory-eviction-tenacity.
std::int64_t eviction_round_us(std::int64_t tenacity);

class MemoryLimit {
 public:
  explicit MemoryLimit(Server& server) noexcept : server_(server) {}

  // Takes the settings over; evicts where the limit is lower than before.
  void apply();
  // To be called some times a second: other threads use memory, too, and what `auto` and
  // percentages are of changes while the process runs.
  void refresh();

  bool is_on() const noexcept { return limit_bytes_ != 0; }
  std::size_t bytes() const noexcept { return limit_bytes_; }

  // To be called before each command, where there is a limit.
  void make_room() {
    if (used_bytes() > limit_bytes_) [[unlikely]] {
      evict();
    } else if (is_exceeded_) [[unlikely]] {
      has_room();
    }
  }
  // Whether memory was over its limit and nothing could be evicted when last looked at.
  bool is_out_of_memory() const noexcept { return is_out_of_memory_; }

  // Whether reading a key is no use of it: under the policies that go by changes.
  bool counts_changes_only() const noexcept { return counts_changes_only_; }

  // used_memory less what is about to be freed: exact but for what other threads did in the last
  // millisecond or so.
  std::size_t used_bytes() const noexcept;

  // How long memory was over the limit after a round of eviction.
  std::int64_t total_exceeded_us() const noexcept;
  std::int64_t current_exceeded_us() const noexcept;
  void reset_statistics() noexcept { total_exceeded_us_ = 0; }

 private:
  void evict();
  void has_room();
  void go_on_later();
  bool may_evict() const noexcept;

  Server& server_;
  AllocatorBalance balance_;
  std::size_t limit_bytes_ = 0;
  std::size_t bearable_bytes_ = 0;  // up to which a command need not wait for the posted round
  base::UnixMs synchronized_ms_ = 0;
  base::UnixMs limit_read_ms_ = 0;
  std::int64_t exceeded_since_us_ = 0;  // monotonic
  std::int64_t total_exceeded_us_ = 0;
  bool counts_changes_only_ = false;
  bool is_out_of_memory_ = false;
  bool is_exceeded_ = false;
  bool goes_on_ = false;  // a further round is posted
};

}  // namespace larder::server
