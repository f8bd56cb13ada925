// All databases of a server, what they share (hash key, memory regions, clock of the turn,
// counters) and the work on them that happens between requests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/hash.h"
#include "base/random.h"
#include "keyspace/access.h"
#include "keyspace/database.h"
#include "keyspace/eviction_rules.h"
#include "keyspace/inflated.h"
#include "keyspace/types.h"

namespace larder::keyspace {

class BackgroundFree;
class Compression;
class Evictor;
class KeyUse;
class RegionPool;
class Sweeper;

struct Counters {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t expired = 0;                    // keys removed because their deadline had come
  std::uint64_t evicted = 0;                    // keys removed to make room
  std::uint64_t expired_elements = 0;           // fields and members, likewise
  std::uint64_t expire_sweeps_out_of_time = 0;  // INFO expired_time_cap_reached_count
  double stale_share = 0;  // estimated share of keys past their deadline, 0 to 1
  Moves moves;
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
  Keyspace(const Keyspace&) = delete;
  Keyspace& operator=(const Keyspace&) = delete;

  int database_count() const noexcept { return static_cast<int>(databases_.size()); }
  // REQUIRES: 0 <= index < database_count()
  Database& database(int index) noexcept { return *databases_[static_cast<std::size_t>(index)]; }
  void swap(int a, int b) noexcept;  // exchanges the contents of two databases

  Key key(std::string_view name) const noexcept { return {name, hasher_(name)}; }
  // For the large forms of collections, so that those of one server share their order.
  const base::KeyHasher& hasher() const noexcept { return hasher_; }

  // The time of this turn of the loop: what deadlines are compared with. Set once a turn.
  void set_now(base::UnixMs now) noexcept {
    now_ms_ = is_timeless_ ? 0 : now;
    clock_ = static_cast<std::uint32_t>(now / 1000);
  }
  base::UnixMs now() const noexcept { return now_ms_; }
  // While a journal is run again nothing is past its deadline, since it says itself what expired
  // when: now() stays at the beginning of time.
  void set_timeless(bool timeless, base::UnixMs now) noexcept {
    is_timeless_ = timeless;
    set_now(now);
  }

  // Replicas, import mode: whether what is past its deadline may be removed, by a look-up or by the
  // sweep.
  void set_remove_expired_on_access(bool remove) noexcept { removes_expired_ = remove; }
  bool removes_expired() const noexcept { return removes_expired_; }

  // DEBUG SET-ACTIVE-EXPIRE: whether the sweep removes what nothing accesses.
  void set_active_expire(bool active) noexcept { sweep_removes_ = active; }
  // DEBUG SET-SKIP-CHECKSUM-VALIDATION: whether payloads are taken without a look at their
  // checksum.
  void set_skip_checksums(bool skip) noexcept { skips_checksums_ = skip; }
  bool skips_checksums() const noexcept { return skips_checksums_; }

  // While changes are journaled, elements past their deadline go before anything else is done to
  // their key, however many they are: who runs the journal again sees those that are not gone.
  void set_expires_elements_at_once(bool at_once) noexcept { expires_elements_at_once_ = at_once; }

  // Which removed values are freed by a thread of their own, where they are large:
  // `lazyfree-lazy-*`. The others are freed at once.
  struct LazyFree {
    bool expired = true;
    bool evicted = true;
    bool replaced = true;  // and what else commands remove; see FreeingScope
  };
  void set_lazy_free(const LazyFree& lazy) noexcept {
    lazy_free_ = lazy;
    frees_in_background_ = lazy.replaced;
  }
  // While it lives, values that are removed are freed in the background, or at once.
  class FreeingScope {
   public:
    FreeingScope(Keyspace& keyspace, bool in_background) noexcept
        : in_background_(keyspace.frees_in_background_),
          before_(std::exchange(in_background_, in_background)) {}
    ~FreeingScope() { in_background_ = before_; }
    FreeingScope(const FreeingScope&) = delete;
    FreeingScope& operator=(const FreeingScope&) = delete;

   private:
    bool& in_background_;
    bool before_;
  };

  // `active-expire-effort`, 1 to 10: how fast the sweep goes while it meets little to remove.
  void set_expire_effort(int effort) noexcept { expire_effort_ = effort; }

  // Called with each key that is removed because its deadline came, before it is gone. It must not
  // change a database.
  using ExpiredCallback = std::function<void(Database&, std::string_view key)>;
  void on_expired(ExpiredCallback callback) { expired_callback_ = std::move(callback); }

  // Elements of one key that were removed because their deadlines came; the key goes next where
  // they were its last.
  struct ExpiredElements {
    Database& database;
    Type type;
    std::string_view key;
    std::span<const std::string> names;
    bool empties_key;
  };
  using ElementsExpiredCallback = std::function<void(const ExpiredElements&)>;
  void on_elements_expired(ElementsExpiredCallback callback) {
    elements_expired_callback_ = std::move(callback);
  }

  // Called with each key that is added, before its value is there. The same holds.
  using CreatedCallback = std::function<void(const Database&, std::string_view key)>;
  void on_created(CreatedCallback callback) { created_callback_ = std::move(callback); }

  // --- eviction
  // Which keys go when there has to be room, and how uses are counted to know it.
  void set_eviction(const EvictionRules& rules);
  // Removes one key. `none_yet`: the search went on for long and has to be continued.
  enum class Evicted : std::uint8_t { one, none_yet, nothing_to_evict };
  Evicted evict_one();
  // Of the entries evicted so far, tables aside.
  std::uint64_t evicted_bytes() const noexcept;
  const Counting& counting() const noexcept { return counting_; }

  // What eviction goes by that it has learned of the worth of keys, for a process to come; empty
  // where there is no such thing. It is taken where the rules are of that kind and nothing is being
  // learned yet; false otherwise, and where the bytes are of another version or nothing of ours.
  std::string learned() const;
  bool restore_learned(std::string_view bytes);

  // Called with each key that is evicted, before it is gone. It must not change a database.
  using EvictedCallback = std::function<void(Database&, std::string_view key)>;
  void on_evicted(EvictedCallback callback) { evicted_callback_ = std::move(callback); }

  // --- parts
  // Tells the keyspace apart by these rules; none: not at all. What is there is counted bit by bit
  // by work(): until then the parts are larger than they say.
  void set_parts(std::vector<PartRules> rules);
  Parts* parts() const noexcept { return parts_.get(); }  // nullptr where there are none
  bool are_parts_counted() const noexcept;
  // Removes one key of a part, by its policy or else the rules of eviction.
  Evicted evict_from(Part& part);
  bool evicts(const Part& part) const noexcept;  // whether that policy lets any key go
  // Counts what is not counted yet, and then all of it once more: what the parts should say, by
  // their indices. For tests: takes as long as there are keys.
  std::vector<PartSize> recount_parts();

  // Which strings are kept compressed, where parts do not say otherwise: from that length on.
  void set_compression(bool compresses, std::size_t length_min);
  // To be called when no text that entries gave is looked at any more: before each command.
  void release_inflated() noexcept { inflated_.release(); }
  // Of the strings that are kept compressed now, and of the dictionaries they are written with.
  struct CompressionFigures {
    std::uint64_t values = 0;
    std::uint64_t raw_bytes = 0;
    std::uint64_t stored_bytes = 0;
    std::uint64_t with_dictionary = 0;  // of the values
    std::size_t dictionaries = 0;
    std::uint64_t dictionaries_learned = 0;  // since the start
  };
  CompressionFigures compression() const noexcept;

  // Hot and large keys: key_use.h.
  KeyUse& use() noexcept { return *use_; }
  // Looks at the large keys that are known: those that are gone are forgotten.
  void look_at_large_keys();

  // Whether work() moves entries out of sparse regions: `activedefrag`.
  void set_moves_entries(bool moves) noexcept { moves_entries_ = moves; }

  // Bytes of all blocks of entries and values in use, in no time; and of what the background thread
  // is about to give back to the allocator.
  std::size_t entry_bytes() const noexcept;
  std::size_t lazyfree_pending_bytes() const noexcept;
  // Bytes of the regions that hold them, and of the spare ones that keep their pages.
  std::size_t region_bytes() const;

  // One bounded step of the housekeeping: removes keys past their deadline, moves entries out of
  // sparse regions, gives memory back.
  Backlog work(std::int64_t budget_us);

  // Moves memory of the allocator to where others of its size lie close together, where that is
  // worth it; returns where it is then.
  using MoveMemory = void* (*)(void* memory);
  struct Reclaim {
    bool thoroughly = false;           // where memory is short
    MoveMemory move_memory = nullptr;  // for what lies outside of the entries, where it is moved
  };
  // The last part of it alone, until `until_us` (monotonic): moves entries out of sparse regions,
  // gives pages back, then moves what entries have outside. True where there is more to do: all of
  // that is looked at once for each time that it returns false. Ends the validity of every
  // EntryRef, and of what was read of collections.
  bool reclaim(std::int64_t until_us, const Reclaim& how);

  Counters& counters() noexcept { return counters_; }
  void reset_counters() noexcept;  // and lazyfreed_objects()

  // Removes everything in all databases; returns how many keys.
  std::size_t clear(bool asynchronous);

  // Keys whose memory waits for the background thread, and those it has freed.
  std::uint64_t lazyfree_pending_objects() const noexcept;
  std::uint64_t lazyfreed_objects() const noexcept;

  // Memory, in bytes.
  struct Memory {
    std::size_t entries = 0;        // blocks of entries in use, as the slabs count them
    std::size_t tables = 0;         // buckets
    std::size_t regions = 0;        // held for slabs, used or not
    std::size_t values = 0;         // strings outside of entries, in regions of theirs
    std::size_t value_regions = 0;  // held for those
    std::size_t large_strings = 0;  // with the allocator, and long keys
    std::size_t eviction = 0;       // what the adaptive policies know of keys
    std::size_t compression = 0;    // dictionaries, and samples for them
  };
  Memory memory() const noexcept;

 private:
  friend class Database;
  friend class EntryRef;
  friend class Evictor;
  friend class PartCount;
  friend class Sweeper;

  bool count_parts(std::int64_t until_us);
  bool is_fragmented() const;
  bool compact(std::int64_t until_us, bool thoroughly);
  bool move_memory(std::int64_t until_us, MoveMemory move);
  bool purge(std::int64_t until_us);
  void dispose(value::Object* object);  // at once, or by the background thread

  base::KeyHasher hasher_;
  base::Random random_;
  base::UnixMs now_ms_ = 0;
  std::uint32_t clock_ = 0;                // seconds, for metadata of use
  std::int64_t compaction_began_us_ = 0;   // the round through all regions; monotonic
  std::size_t compaction_began_used_ = 0;  // bytes of entries then
  bool compacts_thoroughly_ = false;
  bool moves_entries_ = true;
  std::size_t moving_in_ = 0;  // the database whose memory is moved next
  bool is_timeless_ = false;
  bool removes_expired_ = true;
  bool sweep_removes_ = true;
  bool skips_checksums_ = false;
  bool expires_elements_at_once_ = false;
  LazyFree lazy_free_;
  bool frees_in_background_ = true;
  int expire_effort_ = 1;
  Counting counting_;
  Counters counters_;
  ExpiredCallback expired_callback_;
  EvictedCallback evicted_callback_;
  CreatedCallback created_callback_;
  ElementsExpiredCallback elements_expired_callback_;

  std::unique_ptr<Parts> parts_;
  std::unique_ptr<Compression> compression_;
  Inflated inflated_;
  std::uint32_t until_sampled_ = 1;  // uses of keys
  std::unique_ptr<KeyUse> use_;

  // Databases before what frees them, and that before the regions: they go in the opposite order.
  std::unique_ptr<RegionPool> pool_;        // of entries
  std::unique_ptr<RegionPool> value_pool_;  // of what of their values lies outside of those
  std::unique_ptr<BackgroundFree> background_;
  std::vector<std::unique_ptr<Database>> databases_;
  std::unique_ptr<Sweeper> sweeper_;
  std::unique_ptr<Evictor> evictor_;
};

}  // namespace larder::keyspace
