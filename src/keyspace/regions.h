// Regions for the slabs of all databases, or for their longer values, out of one reservation of
// address space: a block anywhere in that of the slabs is its base plus eight times a 39-bit
// handle. Pages cost memory only once they are written to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

namespace larder::keyspace {

// What an arena knows about one of its regions; one for longer values needs some of it. Kept apart
// from the region: headers inside would all fall into the same cache sets.
struct Region {
  enum class State : std::uint8_t { full, current, partial, draining };

  std::uint32_t next;  // in the list of partial regions of its class, 0 at the ends
  std::uint32_t previous;
  std::uint32_t owned_index;  // where its arena lists it
  std::uint16_t block_units;  // size of its blocks in 8-byte units
  std::uint16_t free_unit;    // first free block, as its offset in units
  std::uint16_t carved_unit;  // blocks from here on were never used
  std::uint16_t used;         // blocks in use
  State state;
};

// Thread: any may take and give back; a Region belongs to whoever has taken it.
class RegionPool {
 public:
  static constexpr unsigned kRegionBits = 16;  // of those for slabs
  static constexpr std::size_t kRegionBytes = std::size_t{1} << kRegionBits;
  static constexpr unsigned kHandleBits = 39;

  explicit RegionPool(unsigned region_bits = kRegionBits);
  ~RegionPool();
  RegionPool(const RegionPool&) = delete;
  RegionPool& operator=(const RegionPool&) = delete;

  // A region with undefined content; never number 0, so that no block has the handle 0.
  std::uint32_t take();
  void give_back(std::span<const std::uint32_t> regions);

  // Returns the pages of up to `regions_max` spare regions to the system; true where more are to be
  // returned. Some stay at hand: a page that is used again soon would cost a fault.
  bool purge(std::size_t regions_max);

  // Bytes of the blocks in use in all arenas of the owner's thread.
  std::size_t used_bytes() const noexcept { return used_bytes_; }
  void add_used(std::ptrdiff_t bytes) noexcept { used_bytes_ += static_cast<std::size_t>(bytes); }

  std::byte* base() const noexcept { return base_; }
  std::size_t reserved_bytes() const noexcept { return bytes_of(reserved_); }
  Region& info(std::uint32_t region) noexcept { return infos_[region]; }
  const Region& info(std::uint32_t region) const noexcept { return infos_[region]; }

  // Bytes of the regions that are taken, or spare with their pages.
  std::size_t held_bytes() const;

 private:
  std::size_t bytes_of(std::size_t regions) const noexcept { return regions << region_bits_; }
  void reserve();
  void commit_more();
  std::size_t keep_spare() const noexcept;

  unsigned region_bits_;
  std::byte* base_ = nullptr;
  Region* infos_ = nullptr;
  std::size_t reserved_ = 0;   // regions the reservation has room for
  std::size_t committed_ = 0;  // regions from the start that may be written to
  std::size_t fresh_ = 1;      // the first region never taken
  std::size_t used_bytes_ = 0;

  mutable std::mutex mutex_;  // guards what changes after construction
  std::size_t taken_ = 0;
  std::vector<std::uint32_t> spare_;   // with their pages
  std::vector<std::uint32_t> purged_;  // without
};

}  // namespace larder::keyspace
