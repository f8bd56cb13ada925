// Holds the process to maxmemory: before a command runs, keys are evicted where too much memory is
// used. What counts is used_memory whole: data, tables, clients and scripts.
//
// One round is bounded in time (maxmemory-eviction-tenacity). Where it was too short the command
// runs nevertheless, and eviction goes on between the turns of the loop until there is room; the
// commands of a turn start no rounds of their own unless memory grows on. Where it grows on all the
// same, commands that need memory wait until there is room: the others are served meanwhile.
//
// The process is to hold little more than it uses, too, unless `activedefrag` says no: where
// fragmentation takes too much, entries are moved together and pages given back in the same rounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "base/clock.h"
#include "keyspace/eviction_rules.h"
#include "server/event_loop.h"
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

  // To be called before each command, where there is a limit. A round ends after `round_us_max` if
  // maxmemory-eviction-tenacity allows so much.
  void make_room(std::int64_t round_us_max = INT64_MAX) {
    if (used_bytes() > target_bytes_) [[unlikely]] {
      evict(round_us_max);
    } else if (is_exceeded_) [[unlikely]] {
      has_room();
    }
  }
  // Whether memory was over its limit and nothing could be evicted when last looked at.
  bool is_out_of_memory() const noexcept { return is_out_of_memory_; }

  // Whether memory is so far over the limit that commands which need some have to wait for it.
  bool is_short() const noexcept {
    return is_on() && (is_crowded() || used_bytes() > held_from_bytes_);
  }
  // Has the client's command wait, unless nothing can be evicted: then false. The connection is
  // resumed when there is room. REQUIRES: is_short(), and the command needs memory.
  bool makes_wait(std::uint64_t client_id);

  // Moves what is used together and gives back what is not, in short steps between other work.
  void tidy_later();

  // Whether reading a key is no use of it: under the policies that go by changes.
  bool counts_changes_only() const noexcept { return counts_changes_only_; }

  // used_memory less what is about to be freed: exact but for what other threads did in the last
  // millisecond or so.
  std::size_t used_bytes() const noexcept;

  // How long memory was over the limit after a round of eviction.
  std::int64_t total_exceeded_us() const noexcept;
  std::int64_t current_exceeded_us() const noexcept;
  // The longest round of eviction, by the clock and in CPU time of the loop's thread: what other
  // work on the machine does shows in the first alone.
  std::int64_t longest_round_us() const noexcept { return longest_round_us_; }
  std::int64_t longest_round_cpu_us() const noexcept { return longest_round_cpu_us_; }
  void reset_statistics() noexcept {
    total_exceeded_us_ = 0;
    longest_round_us_ = 0;
    longest_round_cpu_us_ = 0;
  }

 private:
  // So much more is held than used that memory is short: in pages that are to be tidied up, or only
  // until those on their way back have got there.
  enum class Crowding : std::uint8_t { none, of_what_is_held, of_what_returns };

  bool is_crowded() const noexcept { return crowding_ != Crowding::none; }
  void evict(std::int64_t round_us_max);
  std::size_t run_round(std::int64_t round_us_max);
  void tidy();
  void await_return();
  void end_tidying();
  void evict_more();
  void bear();
  void resume_crowd();
  void has_room();
  void synchronize();
  void weigh_held(std::size_t held);
  std::size_t held_bytes() const;
  void go_on_later();
  void go_on();
  void resume_waiting();
  bool may_evict() const noexcept;

  Server& server_;
  AllocatorBalance balance_;
  ReturningMemory returning_;
  std::size_t limit_bytes_ = 0;
  std::size_t target_bytes_ = 0;       // that, or less where fragmentation takes too much
  std::size_t bearable_bytes_ = 0;     // up to which a command need not wait for the posted round
  std::size_t held_from_bytes_ = 0;    // above, commands that need memory wait
  std::size_t borne_bytes_ = 0;        // held, since neither tidying nor evicting helped
  std::deque<std::uint64_t> waiting_;  // clients whose commands do
  base::UnixMs synchronized_ms_ = 0;
  base::UnixMs limit_read_ms_ = 0;
  std::int64_t exceeded_since_us_ = 0;  // monotonic
  std::int64_t total_exceeded_us_ = 0;
  std::int64_t longest_round_us_ = 0;
  std::int64_t longest_round_cpu_us_ = 0;
  bool counts_changes_only_ = false;
  bool is_out_of_memory_ = false;
  bool is_exceeded_ = false;
  bool goes_on_ = false;              // a further round is posted
  bool is_tidying_ = false;           // a step of tidying is due in a moment
  bool moves_outside_ = false;        // in a round through all that lies outside of the entries
  std::int64_t moving_began_us_ = 0;  // monotonic
  Crowding crowding_ = Crowding::none;
  std::int64_t crowded_since_us_ = 0;  // monotonic, or since more was evicted for it
  std::int64_t rests_until_us_ = 0;    // until another round of tidying may be worth it
  Timer tidy_timer_;
};

}  // namespace larder::server
