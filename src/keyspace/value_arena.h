// Memory of one database's strings of about 1 to 64 KiB, which are too long for their entries'
// blocks: a good fit out of large regions (after TLSF: Masmano, Ripoll, Crespo, Real, 2004), so
// that values of any mix of sizes share pages. Each block tells the hash of the key that it belongs
// to: whoever wants a sparse region empty can find the entry, and move the value.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "keyspace/regions.h"
#include "keyspace/slab.h"

namespace larder::keyspace {

class ValueArena {
 public:
  static constexpr unsigned kRegionBits = 20;
  static constexpr std::size_t kBytesMax = (64 << 10) - 16;  // larger ones have pages of their own

  explicit ValueArena(RegionPool& pool) noexcept : pool_(pool) {}
  ~ValueArena() {
    disown();
    pool_.give_back(owned_);
  }
  ValueArena(const ValueArena&) = delete;
  ValueArena& operator=(const ValueArena&) = delete;

  // REQUIRES: bytes <= kBytesMax. Aligned to 16 bytes, undefined content. `hash` is the key's.
  void* allocate(std::size_t bytes, std::uint64_t hash);
  void free(void* memory) noexcept;

  bool owns(const void* memory) const noexcept {
    const auto offset = static_cast<const std::byte*>(memory) - pool_.base();
    return offset >= 0 && static_cast<std::size_t>(offset) < pool_.reserved_bytes();
  }
  // What there is room for in such memory: at least what was asked for.
  static std::size_t room_bytes(const void* memory) noexcept {
    return block_of(memory)->units * kUnitBytes - sizeof(Block);
  }
  // The value belongs to another key now.
  static void set_hash(void* memory, std::uint64_t hash) noexcept { block_of(memory)->hash = hash; }

  // Counts for the pool no more: another thread is about to destroy this.
  void disown() noexcept {
    if (is_counted_) pool_.add_used(-static_cast<std::ptrdiff_t>(used_bytes()));
    is_counted_ = false;
  }

  std::size_t used_bytes() const noexcept { return used_units_ * kUnitBytes; }
  std::size_t region_bytes() const noexcept { return owned_.size() << kRegionBits; }

  // One step of compaction: values of the sparsest region, for the caller to allocate others in
  // their place and free them before it asks again; with the last one the region goes back to the
  // pool. Not much more than `kBytesAtOnce`. None where no region is worth it.
  struct Movable {
    void* memory;
    std::uint64_t hash;
  };
  static constexpr std::size_t kBytesAtOnce = 32 << 10;
  std::span<Movable> next_to_move(std::span<Movable> room, const SlabArena::Effort& effort);

 private:
  static constexpr std::size_t kUnitBytes = 32;
  static constexpr std::size_t kRegionUnits = (std::size_t{1} << kRegionBits) / kUnitBytes;

  // Before what it holds. Blocks fill a region without gaps.
  struct Block {
    std::uint64_t hash;
    std::uint16_t units;           // with this header
    std::uint16_t previous_units;  // of the block before it, 0 where it is the first
    bool is_free;
  };
  struct Hole : Block {  // a free one; no two lie side by side
    Hole* next;
    Hole* previous;
  };
  static_assert(sizeof(Block) == 16 && sizeof(Hole) == kUnitBytes);

  // Holes by size: exact up to 64 units, from there on 32 lists for each doubling.
  static constexpr unsigned kExactBits = 5;
  static constexpr unsigned shift_of(std::size_t units) noexcept;
  static constexpr std::size_t list_of(std::size_t units) noexcept;
  static constexpr std::size_t kLists = 384;
  static constexpr std::size_t kListsPerWord = 64;

  // Regions by how full they are, in sixteenths.
  static constexpr unsigned kLevelShift = 11;
  static constexpr std::size_t kLevels = (kRegionUnits >> kLevelShift) + 1;

  static Block* block_of(const void* memory) noexcept {
    return static_cast<Block*>(const_cast<void*>(memory)) - 1;
  }
  Block* at(std::uint32_t region, std::size_t unit) const noexcept {
    return reinterpret_cast<Block*>(pool_.base() + (std::size_t{region} << kRegionBits) +
                                    unit * kUnitBytes);
  }
  std::uint32_t region_of(const Block* block) const noexcept {
    return static_cast<std::uint32_t>(offset_of(block) >> kRegionBits);
  }
  std::size_t unit_of(const Block* block) const noexcept {
    return (offset_of(block) & ((std::size_t{1} << kRegionBits) - 1)) / kUnitBytes;
  }
  std::size_t offset_of(const Block* block) const noexcept {
    return static_cast<std::size_t>(reinterpret_cast<const std::byte*>(block) - pool_.base());
  }
  Block* after(Block* block) const noexcept;  // null for the last

  Hole* make_hole(Block* block, std::size_t units, std::size_t previous_units) noexcept;
  void list(Hole* hole) noexcept;
  void unlist(Hole* hole) noexcept;
  std::size_t first_list_from(std::size_t list) const noexcept;
  Hole* take_hole(std::size_t units);
  void split(Hole* hole, std::size_t units) noexcept;
  Hole* join(Block* block) noexcept;
  Hole* add_region();
  void release_region(std::uint32_t number) noexcept;
  void count(std::uint32_t number, std::ptrdiff_t units) noexcept;
  void link(std::uint32_t number) noexcept;
  void unlink(std::uint32_t number) noexcept;
  std::uint32_t sparsest() const noexcept;
  bool choose_draining(const SlabArena::Effort& effort) noexcept;

  RegionPool& pool_;
  std::size_t used_units_ = 0;
  std::vector<std::uint32_t> owned_;
  bool is_counted_ = true;
  std::uint32_t draining_ = 0;    // the region being emptied, 0: none; its holes are in no list
  std::size_t drained_unit_ = 0;  // how far
  std::uint32_t newest_ = 0;      // which what is moved goes to: it is not emptied itself
  std::array<std::uint32_t, kLevels> levels_{};  // the first region of each, 0: none
  std::array<std::uint64_t, kLists / kListsPerWord> has_holes_{};
  std::array<Hole*, kLists> lists_{};
};

}  // namespace larder::keyspace
