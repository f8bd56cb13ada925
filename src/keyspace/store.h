// The contents of one database: blocks, table, counts. A unit of its own so that two databases can
// be swapped and a whole one handed to another thread to be freed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/hash.h"
#include "keyspace/block.h"
#include "keyspace/compressed_values.h"
#include "keyspace/deadline_index.h"
#include "keyspace/regions.h"
#include "keyspace/slab.h"
#include "keyspace/table.h"
#include "keyspace/value_arena.h"
#include "value/memory_mover.h"

namespace larder::keyspace {

// How far the sweep through a store has come, and what it met.
struct SweepState {
  std::uint64_t cursor = 0;      // a position in hash space
  double allowance_buckets = 0;  // that may be visited by now
  double stale_share = 0;        // of keys with a deadline met lately, those past it
  double ttl_sum_ms = 0;         // of keys met in this round
  std::uint64_t ttl_count = 0;
  std::int64_t average_ttl_ms = 0;
  base::UnixMs round_ended = 0;
  base::UnixMs clocks_wound = 0;  // when the last round began that did so
  bool winds_clocks = false;      // in this round
};

class Store {
 public:
  Store(RegionPool& slabs, RegionPool& value_regions, const base::KeyHasher& hasher)
      : arena(slabs),
        values(value_regions),
        table(reinterpret_cast<const unsigned char*>(slabs.base()), hasher) {}
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  Block block_of(Slot slot) const noexcept { return Block(arena.at(slot.handle())); }

  // A block's memory outside is counted while the store owns it; that of `values` is by itself.
  void own_outside(const value::LargeString* string) noexcept {
    if (!values.owns(string)) outside_bytes += string->memory_bytes();
  }
  void disown_outside(const value::LargeString* string) noexcept {
    if (!values.owns(string)) outside_bytes -= string->memory_bytes();
  }
  bool has_outside() const noexcept {
    return outside_bytes != 0 || objects != 0 || values.used_bytes() != 0;
  }

  // A string outside, for the key with that hash: in `values`, or with the allocator where it is
  // long.
  value::LargeString* make_large(std::uint64_t hash, std::size_t length, std::size_t capacity);
  value::LargeString* resize_large(std::uint64_t hash, value::LargeString* string,
                                   std::size_t length);
  void destroy_large(value::LargeString* string) noexcept;

  // Moves a few blocks, or values, out of a sparse region, if one is found soon; false where a
  // whole round found none. Some ten microseconds. Ends the validity of every EntryRef.
  bool compact_step(const SlabArena::Effort& effort, Moves& moves);

  // Has some of the memory moved that lies outside of the entries' blocks: parts of the table,
  // strings, what collections are made of; false at the table's end. Some ten microseconds.
  bool move_memory_step(value::MemoryMover::Move moves_piece, Moves& moves);

  SlabArena arena;
  ValueArena values;
  Table table;
  std::size_t with_deadline = 0;
  std::size_t outside_bytes = 0;  // of the allocator's: large strings and long keys
  CompressedValues compressed;
  std::size_t objects = 0;          // collections outside their blocks
  DeadlineIndex element_deadlines;  // of keys whose elements have deadlines
  SweepState sweep;
  bool is_filling = false;  // keys are expected that are not there yet

 private:
  // A collection that is being moved bit by bit.
  struct Unfinished {
    std::uint64_t hash;      // of its key
    std::uint64_t position;  // value::Object::move_memory()
  };

  void free_allocated(Block block) noexcept;  // what it has with the allocator
  bool compact_entries(const SlabArena::Effort& effort, Moves& moves);
  bool compact_values(const SlabArena::Effort& effort, Moves& moves);
  void move(Handle handle, std::uint64_t hash);
  void move_value(const ValueArena::Movable& value);
  void move_outside(Slot slot, value::MemoryMover& mover, Moves& moves);
  void move_unfinished(value::MemoryMover& mover);

  std::uint64_t moving_cursor_ = 0;  // a position in hash space
  std::vector<Unfinished> unfinished_;
};

}  // namespace larder::keyspace
