// One numbered database: shards of bucket tables, its strings, deadlines and counts. Commands work on this interface
// alone; how an entry lies in memory is known to entry.h, slab.h and table.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/numbers.h"
#include "base/random.h"
#include "keyspace/types.h"

namespace larder::keyspace {

class Keyspace;

// A live entry found in a database. It is a position, not an owner: any change of the database other than through it
// (and any that its own documentation names) ends its validity.
class EntryRef {
 public:
  EntryRef() = default;
  explicit operator bool() const noexcept;

  Type type() const noexcept;
  std::string_view key() const noexcept;
  Deadline deadline() const noexcept;  // kNever where it has none
  bool has_deadline() const noexcept { return deadline() != kNever; }

  // Strings. REQUIRES: type() == Type::string.
  StringEncoding string_encoding() const noexcept;
  std::optional<std::int64_t> integer() const noexcept;  // set where the encoding is integer
  std::size_t length() const noexcept;                   // of the text, in bytes
  // The text; an integer's digits are written to `scratch`.
  std::string_view text(base::IntegerText& scratch) const noexcept;

  // Metadata of use. Reading it is no use.
  std::uint64_t idle_seconds() const noexcept;
  std::uint8_t frequency() const noexcept;  // a logarithmic count as OBJECT FREQ shows it, 0 to 255

  // Bytes of used_memory that this entry accounts for: its block, its share of the table, memory behind pointers.
  std::size_t memory_bytes() const noexcept;
};

class Database {
 public:
  // --- look-up -------------------------------------------------------------------------------------------------------
  // The live entry of `key`. One that is past its deadline counts as absent, and is removed and counted as expired
  // unless the keyspace is told not to (replicas, paused writes). Does not count hits or misses.
  EntryRef find(const Key& key, Touch touch = Touch::yes);
  bool contains(const Key& key) { return static_cast<bool>(find(key, Touch::no)); }

  // For a batch of keys: ask for all buckets, then for all entries, then find. Never reads memory that is not there.
  void prefetch_bucket(std::uint64_t hash) const noexcept;
  void prefetch_entry(std::uint64_t hash) const noexcept;

  // --- change --------------------------------------------------------------------------------------------------------
  // Sets `key` to a string, whatever it was before, with this deadline (kNever: none). The text of a canonical 64-bit
  // integer is kept as the integer. `value` must not point into this database.
  EntryRef set_string(const Key& key, std::string_view value, Deadline deadline);
  EntryRef set_integer(const Key& key, std::int64_t value, Deadline deadline);

  // Replaces the value of a string in place, keeping its deadline; `entry` stays valid (it may point elsewhere after).
  void update_integer(EntryRef& entry, std::int64_t value);
  void update_string(EntryRef& entry, std::string_view value);

  // Makes the string `length` bytes long, new bytes zero, encoding raw, and returns its writable bytes. Growing
  // repeatedly costs amortised constant time a byte. Keeps the deadline.
  char* resize_string(EntryRef& entry, std::size_t length);

  void set_deadline(EntryRef& entry, Deadline deadline);

  bool erase(const Key& key);  // true where a live entry was removed
  void erase(EntryRef entry);

  // Puts the value and deadline of `source` under `target` in `to` (which may be this database), replacing what is
  // there. move_to removes the source and keeps its metadata of use.
  void copy_to(EntryRef source, Database& to, const Key& target);
  void move_to(EntryRef source, Database& to, const Key& target);

  // Removes everything; returns how many keys. `asynchronous` hands the memory to a background thread.
  std::size_t clear(bool asynchronous);

  // --- walk ----------------------------------------------------------------------------------------------------------
  // Visits live entries from `cursor` on, about `count` of them, and returns the next cursor, 0 at the end. Every key
  // that is there during the whole walk is visited exactly once, whatever grows or shrinks meanwhile.
  using Visitor = std::function<void(EntryRef)>;
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, const Visitor& visit);

  // Visits every live entry. The visitor must not change the database.
  void for_each(const Visitor& visit);

  // A live key drawn with about equal chances; empty where there is none.
  EntryRef random(base::Random& random);

  // --- counts --------------------------------------------------------------------------------------------------------
  std::size_t size() const noexcept;            // keys, also those past their deadline but not yet removed
  std::size_t with_deadline() const noexcept;   // keys that have a deadline
  std::int64_t average_ttl_ms() const noexcept; // estimated by the sweep; 0 where unknown
  int index() const noexcept;
  Keyspace& keyspace() noexcept;
};

}  // namespace larder::keyspace
