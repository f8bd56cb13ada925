// One numbered database: shards of bucket tables, its strings, deadlines and counts. Commands work
// on this interface alone; how an entry lies in memory is known to block.h, slab.h and table.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/function_ref.h"
#include "base/numbers.h"
#include "base/random.h"
#include "keyspace/block.h"
#include "keyspace/bucket.h"
#include "keyspace/parts.h"
#include "keyspace/types.h"
#include "value/cell.h"

namespace larder::keyspace {

class Database;
class Keyspace;
class Store;

// A live entry found in a database. It is a position, not an owner: any change of the database
// other than through it (and any that its own documentation names) ends its validity, as does
// Keyspace::work().
class EntryRef {
 public:
  EntryRef() = default;
  explicit operator bool() const noexcept { return slot_ != nullptr; }

  Type type() const noexcept { return block_.type(); }
  std::string_view key() const noexcept { return block_.key(); }
  Deadline deadline() const noexcept { return block_.deadline(); }  // kNever where it has none
  bool has_deadline() const noexcept { return block_.has_deadline(); }
  bool is_expired(Deadline now) const noexcept { return block_.deadline() <= now; }

  // Strings. REQUIRES: type() == Type::string.
  StringEncoding string_encoding() const noexcept;
  std::optional<std::int64_t> integer() const noexcept {  // set where the encoding is integer
    if (block_.form() != Form::integer) return std::nullopt;
    return block_.integer();
  }
  std::size_t length() const noexcept {  // of the text, in bytes
    if (block_.is_compressed()) return compressed().length;
    if (block_.value_is_outside()) return block_.large()->length();
    base::IntegerText scratch;
    return block_.text(scratch).size();
  }
  // The text; an integer's digits are written to `scratch`. Where it is kept compressed, it is
  // there until Keyspace::release_inflated().
  std::string_view text(base::IntegerText& scratch) const {
    return block_.is_compressed() ? inflated() : block_.text(scratch);
  }
  bool is_compressed() const noexcept { return block_.is_compressed(); }
  // As what it is kept. REQUIRES: is_compressed()
  value::CompressedText compressed() const noexcept {
    return value::CompressedText::read(block_.compressed_form());
  }

  // Collections: their packed bytes or, where it is not null, their object. REQUIRES: type() !=
  // Type::string.
  value::Object* object() const noexcept {
    return block_.value_is_outside() ? block_.object() : nullptr;
  }
  std::string_view packed() const noexcept {
    return block_.value_is_outside() ? std::string_view() : block_.packed();
  }

  // Metadata of use. Reading it is no use.
  std::uint64_t idle_seconds() const noexcept;
  std::uint8_t frequency() const noexcept;  // faded by now

  // Bytes of used_memory that this entry accounts for: its block, its share of the table, memory
  // behind pointers.
  std::size_t memory_bytes() const noexcept;

 private:
  friend class Database;
  friend class PartCount;
  friend class Recompression;
  std::string_view inflated() const;
  EntryRef(Database& database, Slot* slot, Block block) noexcept
      : database_(&database), slot_(slot), block_(block) {}

  Database* database_ = nullptr;
  Slot* slot_ = nullptr;
  Block block_;
};

class Database {
 public:
  Database(Keyspace& keyspace, int index) noexcept;
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // --- look-up
  // -------------------------------------------------------------------------------------------------------
  // The live entry of `key`. One that is past its deadline counts as absent, and is removed and
  // counted as expired unless the keyspace is told not to (replicas, paused writes). Does not count
  // hits or misses.
  EntryRef find(const Key& key, Touch touch = Touch::yes);
  // Whether an entry is there, be it past its deadline.
  bool contains_even_expired(const Key& key) const noexcept { return find_slot(key) != nullptr; }
  bool contains(const Key& key) { return static_cast<bool>(find(key, Touch::no)); }

  // For a batch of keys: ask for all buckets, then for all entries, then find. Never reads memory
  // that is not there.
  void prefetch_bucket(std::uint64_t hash) const noexcept;
  void prefetch_entry(std::uint64_t hash) const noexcept;
  // The object of an entry with that hash (or one like it), asked for; nullptr where it has none.
  // REQUIRES: nothing has changed the database before the result is used.
  const value::Object* prefetch_object(std::uint64_t hash) const noexcept;

  // --- change
  // --------------------------------------------------------------------------------------------------------
  // Sets `key` to a string, whatever it was before, with this deadline (kNever: none). The text of
  // a canonical 64-bit integer is kept as the integer. `value` and the key's name must not point
  // into this database.
  EntryRef set_string(const Key& key, std::string_view value, Deadline deadline);
  EntryRef set_integer(const Key& key, std::int64_t value, Deadline deadline);

  // Replaces the value of a string in place, keeping its deadline; `entry` stays valid (it may
  // point elsewhere after). `value` is kept as text even where it is an integer's, and must not
  // point into this database.
  void update_integer(EntryRef& entry, std::int64_t value);
  void update_string(EntryRef& entry, std::string_view value);

  // Makes the string `length` bytes long, new bytes zero, encoding raw, and returns its writable
  // bytes. Growing repeatedly costs amortised constant time a byte. Keeps the deadline.
  char* resize_string(EntryRef& entry, std::size_t length);

  // A new entry that holds an empty collection, for a value::Cell to fill. REQUIRES: nothing is
  // under `key`, and `type` is not string.
  EntryRef create(const Key& key, Type type, Deadline deadline);

  // Sets `key` to a collection that was made apart, whatever it was before.
  EntryRef put(const Key& key, Type type, value::FreeCell content, Deadline deadline);

  void set_deadline(EntryRef& entry, Deadline deadline);

  // Sets the metadata of use, to what it can tell apart: ages up to Access::kAgeMax, and some
  // frequencies.
  void set_idle_seconds(EntryRef& entry, std::uint64_t seconds) noexcept;
  void set_frequency(EntryRef& entry, std::uint8_t frequency) noexcept;

  bool erase(const Key& key);  // true where a live entry was removed
  void erase(EntryRef entry);

  // Puts the value and deadline of `source` under `target` in `to` (which may be this database),
  // replacing what is there. move_to removes the source and keeps its metadata of use.
  void copy_to(EntryRef source, Database& to, const Key& target);
  void move_to(EntryRef source, Database& to, const Key& target);

  // So many keys are about to be added: their table is made at once rather than grown bit by bit.
  // Nothing happens where there are keys already.
  void reserve(std::size_t keys);
  // Gives back what was reserved for keys that did not come.
  void shrink();

  // Removes everything; returns how many keys. `asynchronous` hands the memory to a background
  // thread.
  std::size_t clear(bool asynchronous);

  // --- walk
  // ----------------------------------------------------------------------------------------------------------
  // Visits live entries from `cursor` on, about `count` of them, and returns the next cursor, 0 at
  // the end. Every key that is there during the whole walk is visited exactly once, whatever grows
  // or shrinks meanwhile. Cursors stay below 2^48, exact in a client's double; any number is a
  // valid one. The visitor must not change the database.
  using Visitor = base::FunctionRef<void(EntryRef)>;
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, Visitor visit);
  // Likewise with those past their deadline that are not yet removed: find() removes them.
  std::uint64_t scan_even_expired(std::uint64_t cursor, std::size_t count, Visitor visit);

  // Visits every live entry. The visitor must not change the database.
  void for_each(Visitor visit);
  // Likewise with those past their deadline that are not yet removed.
  void for_each_even_expired(Visitor visit);

  // A live key drawn with about equal chances; empty where there is none.
  EntryRef random(base::Random& random);

  // --- counts
  // --------------------------------------------------------------------------------------------------------
  std::size_t size() const noexcept;  // keys, also those past their deadline but not yet removed
  std::size_t with_deadline() const noexcept;           // keys that have a deadline
  std::size_t with_element_deadlines() const noexcept;  // keys some of whose elements have one
  std::int64_t average_ttl_ms() const noexcept;         // estimated by the sweep; 0 where unknown
  int index() const noexcept { return index_; }

  // Of the table: its memory, and, by going through all of it, how full its buckets are.
  std::size_t table_bytes() const noexcept;
  struct TableShape {
    std::size_t shards = 0;
    std::array<std::size_t, Bucket::kSlots + 1> buckets = {};  // by how many keys they hold
    std::size_t overflowed = 0;  // buckets that keys passed by on their way to a later one
  };
  TableShape table_shape() const;

  // --- parts: parts.h. Nothing is counted while there are none.
  void count_look_up(std::string_view key, bool found) noexcept {
    if (part_map_ != nullptr) [[unlikely]]
      count_look_up_in_part(key, found);
  }
  // To be called after each change of a key's value.
  void count_change(std::string_view key) noexcept {
    if (part_map_ != nullptr) [[unlikely]]
      count_change_in_part(key);
  }
  // To be called where the object of `entry` was changed otherwise.
  void count_size(const EntryRef& entry) noexcept {
    if (part_map_ != nullptr && entry.block_.holds_object()) charge_object(entry.block_);
  }
  Part* part_of(std::string_view key) const noexcept {
    return part_map_ == nullptr ? nullptr : part_map_->find(key);
  }
  // What this database has of each part, as far as it is counted; by their indices.
  const std::vector<PartSize>& part_sizes() const noexcept { return part_sizes_; }
  Keyspace& keyspace() noexcept { return keyspace_; }

 private:
  friend class EntryCell;
  friend class EntryRef;
  friend class Evictor;
  friend class Keyspace;
  friend class PartCount;
  friend class Recompression;
  friend class Sweeper;

  struct SweptChunk {
    unsigned buckets = 0;     // fewer than asked for at a shard's end
    std::size_t checked = 0;  // keys with a deadline
    std::size_t expired = 0;
  };

  Store& store();  // made where there is none yet
  bool is_live(Slot slot, Block block) const noexcept;
  EntryRef ref(Slot& slot, Block block) noexcept { return {*this, &slot, block}; }

  Slot* find_slot(const Key& key) const noexcept;
  void touch(Slot& slot, std::uint64_t hash) noexcept;
  std::optional<Block> likely_block(std::uint64_t hash) const noexcept;
  void point(Slot& slot, std::string_view key, Handle handle, Deadline deadline) noexcept;
  EntryRef place(const Key& key, Type type, Form form, Deadline deadline, std::size_t field_bytes);
  unsigned char* rebuild(EntryRef& entry, const Block::Head& head, std::size_t field_bytes);
  unsigned char* replace_field(EntryRef& entry, Form form, std::size_t field_bytes);
  EntryRef set_text(const Key& key, Form form, std::string_view text, Deadline deadline);
  void drop_value(Block block) noexcept;
  void free_block(Block block) noexcept;
  void fill(Block block, Form form, std::string_view text);
  value::LargeString* place_large(Block block, std::size_t length);
  value::LargeString* take_large(const Key& key, value::LargeString* large, Store& from);
  std::string_view compress(std::string_view key, std::string_view text);
  struct Fitting {
    Form form;
    std::size_t field_bytes;
  };
  static Fitting fit_compressed(const Block::Head& head, std::size_t bytes) noexcept;
  EntryRef set_compressed(const Key& key, std::string_view form, Deadline deadline);
  void update_compressed(EntryRef& entry, std::string_view form);
  void fill_compressed(Block block, std::string_view form);
  void count_compressed(Block block, bool is_new) noexcept;
  void own(Block block, value::LargeString* string);
  void disown(Block block, const value::LargeString* string) noexcept;
  void own(Block block, value::Object* object);
  void disown(Block block, const value::Object* object) noexcept;
  char* resize_outside(Block block, std::size_t length);
  char* resize_packed(EntryRef& entry, std::size_t length);
  void keep_object(EntryRef& entry, value::Object* object);
  char* replace_object(EntryRef& entry, std::size_t packed_bytes);
  EntryRef place_object(const Key& key, Type type, value::Object* object, Deadline deadline);
  EntryRef transplant(EntryRef source, Database& to, const Key& target, bool takes_outside);
  EntryRef transplant_collection(EntryRef source, Database& to, const Key& target,
                                 bool takes_object);

  void index_elements(Block block, std::uint64_t hash);
  void unindex_elements(Block block, std::uint64_t hash);
  void move_element_deadline(const EntryRef& entry, Deadline from, Deadline to);
  bool has_due_elements(Block block) const noexcept;
  void expire_elements(EntryRef& entry, std::uint64_t hash, std::size_t steps_max);
  EntryRef find_with_due_elements(EntryRef entry, std::uint64_t hash);
  bool sweep_elements();

  // Adds to the part that `key` belongs to, if there is one. REQUIRES: there are parts.
  void charge_part(std::string_view key, const PartSize& difference) noexcept;
  void charge_object(Block block) noexcept;
  void note_size(Block block, std::size_t bytes);
  void sample(Block block, std::uint64_t hash);
  static std::int64_t charged_bytes(std::size_t block_bytes) noexcept;
  static PartSize size_of(Block block) noexcept;  // without what lies outside
  void count_look_up_in_part(std::string_view key, bool found) noexcept;
  void count_change_in_part(std::string_view key) noexcept;
  void forget_part_sizes() noexcept;

  void remove(Slot* slot, std::uint64_t hash, bool frees_field = true);
  void expire(Slot* slot, std::uint64_t hash);
  std::uint64_t scan_shard(std::uint64_t first, std::size_t& wanted, std::size_t& buckets_left,
                           Visitor visit);
  EntryRef first_live_from(std::uint64_t hash);
  SweptChunk sweep_chunk(unsigned buckets, bool removes);

  Keyspace& keyspace_;
  int index_;
  std::unique_ptr<Store> store_;  // null while empty

  const PartMap* part_map_ = nullptr;  // null where no key is in any part
  std::vector<PartSize> part_sizes_;
  // Of keys whose hash is lower, or of all: changes of the others are not counted yet.
  std::uint64_t counted_below_ = 0;
  bool is_counted_ = true;
};

// The cell of the collection that an entry holds. `entry` is kept valid through every change.
class EntryCell final : public value::Cell {
 public:
  EntryCell(Database& database, EntryRef& entry) noexcept : database_(database), entry_(entry) {
    const auto packed = entry.packed();
    bytes_ = const_cast<char*>(packed.data());
    size_ = packed.size();
    object_ = entry.object();
  }

 private:
  char* resize(std::size_t size) override { return database_.resize_packed(entry_, size); }
  void keep(value::Object* object) override { database_.keep_object(entry_, object); }
  char* replace_object(std::size_t size) override { return database_.replace_object(entry_, size); }
  void next_deadline_moved(Deadline from, Deadline to) override {
    database_.move_element_deadline(entry_, from, to);
  }

  Database& database_;
  EntryRef& entry_;
};

}  // namespace larder::keyspace
