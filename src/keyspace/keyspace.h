// All databases of a server, what they share (hash key, memory regions, clock of the turn, counters) and the work on
// them that happens between requests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/hash.h"
#include "base/random.h"
#include "keyspace/database.h"
#include "keyspace/types.h"

namespace larder::keyspace {

struct Counters {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t expired = 0;                      // keys removed because their deadline had come
  std::uint64_t expire_sweeps_out_of_time = 0;    // INFO expired_time_cap_reached_count
  double stale_share = 0;                         // estimated share of keys past their deadline, 0 to 1
};

class Keyspace {
 public:
  struct Options {
    int databases = 16;
    std::uint64_t hash_seed = 0;
    std::uint64_t random_seed = 0;
  };
  explicit Keyspace(const Options& options);
  ~Keyspace();

  int database_count() const noexcept;
  Database& database(int index) noexcept;      // REQUIRES: 0 <= index < database_count()
  void swap(int a, int b) noexcept;            // exchanges the contents of two databases

  Key key(std::string_view name) const noexcept { return {name, hasher_(name)}; }

  // The time of this turn of the loop: what deadlines are compared with. Set once a turn.
  void set_now(base::UnixMs now) noexcept { now_ms_ = now; }
  base::UnixMs now() const noexcept { return now_ms_; }

  // DEBUG SET-ACTIVE-EXPIRE, import mode, replicas: whether a look-up may remove what is past its deadline.
  void set_remove_expired_on_access(bool remove) noexcept;

  // Called with each key that is removed because its deadline came, before it is gone.
  using ExpiredCallback = std::function<void(Database&, std::string_view key)>;
  void on_expired(ExpiredCallback callback);

  // One bounded step of the housekeeping: removes keys past their deadline, finishes table growth, gives memory back.
  // Returns true where there is work left that should not wait for the next timer tick.
  bool work(std::int64_t budget_us);

  Counters& counters() noexcept { return counters_; }

  // Removes everything in all databases; returns how many keys.
  std::size_t clear(bool asynchronous);

  // Memory, in bytes.
  struct Memory {
    std::size_t entries = 0;      // blocks of entries in use, as the slabs count them
    std::size_t tables = 0;       // buckets
    std::size_t regions = 0;      // reserved from the system for slabs, used or not
    std::size_t large_values = 0; // behind pointers
  };
  Memory memory() const noexcept;

 private:
  base::KeyHasher hasher_;
  base::UnixMs now_ms_ = 0;
  Counters counters_;
};

}  // namespace larder::keyspace
