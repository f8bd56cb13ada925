// The blocks of one database's entries: size classes 8 bytes apart, carved from regions that hold
// one class each. Every database has an arena of its own, so that emptying one drops whole regions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "keyspace/regions.h"

namespace larder::keyspace {

// A block's place in the reservation, in 8-byte units; 0 is none.
using Handle = std::uint64_t;

class SlabArena {
 public:
  static constexpr std::size_t kBlockBytesMax = 1024;

  // A free block says so in its first byte: the low three bits are all set, which no entry's header
  // has.
  static constexpr unsigned char kFreeMark = 7;

  explicit SlabArena(RegionPool& pool) noexcept : pool_(pool), base_(pool.base()) {}
  ~SlabArena() {
    disown();
    pool_.give_back(owned_);
  }
  SlabArena(const SlabArena&) = delete;
  SlabArena& operator=(const SlabArena&) = delete;

  // REQUIRES: 0 < bytes <= kBlockBytesMax. The content is undefined.
  Handle allocate(std::size_t bytes);
  void free(Handle handle) noexcept;

  unsigned char* at(Handle handle) const noexcept {
    return reinterpret_cast<unsigned char*>(base_) + handle * 8;
  }
  Handle handle_of(const unsigned char* block) const noexcept {
    return static_cast<Handle>(block - reinterpret_cast<const unsigned char*>(base_)) / 8;
  }

  // Counts for the pool no more: another thread is about to destroy this.
  void disown() noexcept {
    if (is_counted_) pool_.add_used(-static_cast<std::ptrdiff_t>(used_bytes()));
    is_counted_ = false;
  }

  // What a block for `bytes` takes.
  static std::size_t rounded(std::size_t bytes) noexcept { return (bytes + 7) & ~std::size_t{7}; }

  std::size_t used_bytes() const noexcept { return used_units_ * 8; }
  std::size_t region_bytes() const noexcept { return owned_.size() * RegionPool::kRegionBytes; }

  // How far compaction goes: a region is worth emptying up to so many eighths of it in use, where
  // its class as a whole has that share of its blocks to spare.
  struct Effort {
    std::size_t used_eighths;
    std::size_t spare_one_in;
  };
  // Three blocks moved free the memory of at least one.
  static constexpr Effort kUsual{.used_eighths = 6, .spare_one_in = 8};
  // Seven do, where memory is short.
  static constexpr Effort kThorough{.used_eighths = 7, .spare_one_in = 32};

  // One step of compaction: blocks in use of a sparse region, for the caller to allocate others in
  // their place and free them before it asks again. Nothing is allocated in that region meanwhile;
  // with its last block it goes back to the pool. None where none of the next few regions is worth
  // it; after a whole round of such steps none is looked for until begin_round().
  std::span<Handle> next_to_move(std::span<Handle> room, const Effort& effort);
  void begin_round() noexcept { looked_at_in_vain_ = 0; }
  bool is_round_over() const noexcept { return looked_at_in_vain_ >= owned_.size(); }

 private:
  static constexpr unsigned kUnitBits = RegionPool::kRegionBits - 3;
  static constexpr unsigned kRegionUnits = 1U << kUnitBits;
  static constexpr std::uint16_t kNoUnit = 0xffff;

  struct SizeClass {
    std::uint32_t current = 0;  // blocks are taken from this region, 0: none
    std::uint32_t partial = 0;  // first of the other regions with room
    std::uint32_t regions = 0;
    std::uint32_t used = 0;  // blocks, in all regions
  };

  static Handle make_handle(std::uint32_t region, unsigned unit) noexcept {
    return (static_cast<Handle>(region) << kUnitBits) | unit;
  }
  static bool has_room(const Region& region) noexcept {
    return region.free_unit != kNoUnit || region.carved_unit + region.block_units <= kRegionUnits;
  }

  void use_next_region(SizeClass& size_class, unsigned units);
  std::uint32_t take_region(unsigned units);
  void release_region(std::uint32_t number) noexcept;
  void link(SizeClass& size_class, std::uint32_t number) noexcept;
  void unlink(SizeClass& size_class, std::uint32_t number) noexcept;
  bool is_worth_draining(std::uint32_t number, const Effort& effort) const noexcept;
  bool choose_draining(const Effort& effort) noexcept;

  RegionPool& pool_;
  std::byte* base_;
  std::size_t used_units_ = 0;
  std::vector<std::uint32_t> owned_;
  bool is_counted_ = true;
  std::uint32_t draining_ = 0;       // the region being emptied, 0: none
  unsigned drained_unit_ = 0;        // how far
  std::size_t looked_for_from_ = 0;  // in owned_, for the next sparse region
  std::size_t looked_at_in_vain_ = 0;
  std::array<SizeClass, kBlockBytesMax / 8 + 1> classes_{};
};

}  // namespace larder::keyspace
