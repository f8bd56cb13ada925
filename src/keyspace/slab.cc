#include "keyspace/slab.h"

#include <algorithm>
#include <cstring>

#include "keyspace/poison.h"

namespace larder::keyspace {
namespace {

// A free block: its mark, a byte unused, the offset of the next free block in the region. The first
// eight bytes stay readable, since compaction looks for the mark.
constexpr std::size_t kNextOffset = 2;
constexpr std::size_t kReadableBytes = 8;

std::uint16_t next_of(const unsigned char* block) noexcept {
  std::uint16_t next;
  std::memcpy(&next, block + kNextOffset, sizeof next);
  return next;
}

}  // namespace

Handle SlabArena::allocate(std::size_t bytes) {
  const auto units = static_cast<unsigned>((bytes + 7) / 8);
  auto& size_class = classes_[units];
  if (size_class.current == 0 || !has_room(pool_.info(size_class.current))) [[unlikely]] {
    use_next_region(size_class, units);
  }
  auto& region = pool_.info(size_class.current);
  unsigned unit = region.free_unit;
  if (unit != kNoUnit) {
    region.free_unit = next_of(at(make_handle(size_class.current, unit)));
  } else {
    unit = region.carved_unit;
    region.carved_unit = static_cast<std::uint16_t>(unit + units);
  }
  ++region.used;
  ++size_class.used;
  used_units_ += units;
  pool_.add_used(static_cast<std::ptrdiff_t>(units) * 8);
  const auto handle = make_handle(size_class.current, unit);
  unpoison(at(handle), units * std::size_t{8});
  return handle;
}

void SlabArena::free(Handle handle) noexcept {
  const auto number = static_cast<std::uint32_t>(handle >> kUnitBits);
  auto& region = pool_.info(number);
  auto& size_class = classes_[region.block_units];
  auto* block = at(handle);
  block[0] = kFreeMark;
  std::memcpy(block + kNextOffset, &region.free_unit, sizeof region.free_unit);
  poison(block + kReadableBytes, region.block_units * std::size_t{8} - kReadableBytes);
  region.free_unit = static_cast<std::uint16_t>(handle & (kRegionUnits - 1));
  --region.used;
  --size_class.used;
  used_units_ -= region.block_units;
  pool_.add_used(std::ptrdiff_t{-8} * region.block_units);
  if (region.state == Region::State::current) return;
  if (region.used == 0) {
    if (region.state == Region::State::partial) unlink(size_class, number);
    release_region(number);
  } else if (region.state == Region::State::full) {
    link(size_class, number);
  }
}

// The current region is full: goes on with one that has room, or with a new one.
void SlabArena::use_next_region(SizeClass& size_class, unsigned units) {
  if (size_class.current != 0) pool_.info(size_class.current).state = Region::State::full;
  if (size_class.partial != 0) {
    const auto number = size_class.partial;
    unlink(size_class, number);
    size_class.current = number;
  } else {
    size_class.current = take_region(units);
  }
  pool_.info(size_class.current).state = Region::State::current;
}

std::uint32_t SlabArena::take_region(unsigned units) {
  const auto number = pool_.take();
  pool_.info(number) = {.next = 0,
                        .previous = 0,
                        .owned_index = static_cast<std::uint32_t>(owned_.size()),
                        .block_units = static_cast<std::uint16_t>(units),
                        .free_unit = kNoUnit,
                        .carved_unit = 0,
                        .used = 0,
                        .state = Region::State::full};
  owned_.push_back(number);
  ++classes_[units].regions;
  poison(at(make_handle(number, 0)), RegionPool::kRegionBytes);
  return number;
}

void SlabArena::release_region(std::uint32_t number) noexcept {
  if (number == draining_) draining_ = 0;
  const auto& region = pool_.info(number);
  --classes_[region.block_units].regions;
  const auto last = owned_.back();
  owned_[region.owned_index] = last;
  pool_.info(last).owned_index = region.owned_index;
  owned_.pop_back();
  pool_.give_back({&number, 1});
}

void SlabArena::link(SizeClass& size_class, std::uint32_t number) noexcept {
  auto& region = pool_.info(number);
  region.state = Region::State::partial;
  region.previous = 0;
  region.next = size_class.partial;
  if (region.next != 0) pool_.info(region.next).previous = number;
  size_class.partial = number;
}

void SlabArena::unlink(SizeClass& size_class, std::uint32_t number) noexcept {
  const auto& region = pool_.info(number);
  (region.previous != 0 ? pool_.info(region.previous).next : size_class.partial) = region.next;
  if (region.next != 0) pool_.info(region.next).previous = region.previous;
}

bool SlabArena::is_worth_draining(std::uint32_t number, const Effort& effort) const noexcept {
  const auto& region = pool_.info(number);
  if (region.state != Region::State::partial) return false;
  const auto& size_class = classes_[region.block_units];
  const std::size_t region_blocks = kRegionUnits / region.block_units;
  const auto class_blocks = size_class.regions * region_blocks;
  return region.used * std::size_t{8} <= region_blocks * effort.used_eighths &&
         class_blocks - size_class.used >= class_blocks / effort.spare_one_in + region_blocks;
}

// Takes the sparsest of the next few regions out of use.
bool SlabArena::choose_draining(const Effort& effort) noexcept {
  constexpr std::size_t kLookedAtMax = 64;
  const auto count = std::min(kLookedAtMax, owned_.size());
  std::uint32_t best = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = owned_[(looked_for_from_ + i) % owned_.size()];
    if (!is_worth_draining(number, effort)) continue;
    const auto filled = [this](std::uint32_t of) {
      return pool_.info(of).used * pool_.info(of).block_units;
    };
    if (best == 0 || filled(number) < filled(best)) best = number;
  }
  looked_for_from_ += count;
  looked_at_in_vain_ = best == 0 ? looked_at_in_vain_ + count : 0;
  if (best == 0) return false;
  unlink(classes_[pool_.info(best).block_units], best);
  pool_.info(best).state = Region::State::draining;
  draining_ = best;
  drained_unit_ = 0;
  return true;
}

std::span<Handle> SlabArena::next_to_move(std::span<Handle> room, const Effort& effort) {
  if (draining_ == 0 && (is_round_over() || !choose_draining(effort))) return {};
  const auto& region = pool_.info(draining_);
  const auto wanted = std::min<std::size_t>(room.size(), region.used);
  std::size_t found = 0;
  for (; found < wanted; drained_unit_ += region.block_units) {
    const auto handle = make_handle(draining_, drained_unit_);
    if ((*at(handle) & kFreeMark) != kFreeMark) room[found++] = handle;
  }
  return room.first(found);
}

}  // namespace larder::keyspace
