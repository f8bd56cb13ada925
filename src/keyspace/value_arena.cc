#include "keyspace/value_arena.h"

#include <bit>

#include "keyspace/poison.h"

namespace larder::keyspace {

constexpr unsigned ValueArena::shift_of(std::size_t units) noexcept {
  const auto bits = static_cast<unsigned>(std::bit_width(units));
  return bits <= kExactBits + 1 ? 0 : bits - kExactBits - 1;
}

// Of those that a hole of so many units belongs to, which all in it have at least.
constexpr std::size_t ValueArena::list_of(std::size_t units) noexcept {
  const auto shift = shift_of(units);
  return (std::size_t{shift} << kExactBits) + (units >> shift);
}

ValueArena::Block* ValueArena::after(Block* block) const noexcept {
  const auto end = unit_of(block) + block->units;
  return end == kRegionUnits ? nullptr : at(region_of(block), end);
}

// --- holes
// -----------------------------------------------------------------------------------------------------------

// Not in a list yet.
ValueArena::Hole* ValueArena::make_hole(Block* block, std::size_t units,
                                        std::size_t previous_units) noexcept {
  auto* const hole = static_cast<Hole*>(block);
  unpoison(hole, sizeof *hole);
  hole->units = static_cast<std::uint16_t>(units);
  hole->previous_units = static_cast<std::uint16_t>(previous_units);
  hole->is_free = true;
  poison(hole + 1, units * kUnitBytes - sizeof *hole);
  return hole;
}

void ValueArena::list(Hole* hole) noexcept {
  const auto list = list_of(hole->units);
  hole->previous = nullptr;
  hole->next = lists_[list];
  if (hole->next != nullptr) hole->next->previous = hole;
  lists_[list] = hole;
  has_holes_[list / kListsPerWord] |= std::uint64_t{1} << (list % kListsPerWord);
}

void ValueArena::unlist(Hole* hole) noexcept {
  const auto list = list_of(hole->units);
  (hole->previous != nullptr ? hole->previous->next : lists_[list]) = hole->next;
  if (hole->next != nullptr) hole->next->previous = hole->previous;
  if (lists_[list] == nullptr) {
    has_holes_[list / kListsPerWord] &= ~(std::uint64_t{1} << (list % kListsPerWord));
  }
}

std::size_t ValueArena::first_list_from(std::size_t list) const noexcept {
  auto word = list / kListsPerWord;
  auto found = has_holes_[word] & (~std::uint64_t{0} << (list % kListsPerWord));
  while (found == 0 && ++word < has_holes_.size()) found = has_holes_[word];
  if (found == 0) return kLists;
  return word * kListsPerWord + static_cast<std::size_t>(std::countr_zero(found));
}

// One of `units` or more, in no list any more.
ValueArena::Hole* ValueArena::take_hole(std::size_t units) {
  const auto list = first_list_from(list_of(units));
  if (list == kLists) return add_region();
  auto* const hole = lists_[list];
  unlist(hole);
  return hole;
}

// Gives back what a hole has beyond `units`.
void ValueArena::split(Hole* hole, std::size_t units) noexcept {
  auto* const following = after(hole);
  const auto rest_units = hole->units - units;
  hole->units = static_cast<std::uint16_t>(units);
  auto* const rest = make_hole(after(hole), rest_units, units);
  if (following != nullptr) following->previous_units = rest->units;
  list(rest);
}

// The hole that a block becomes with those beside it, in no list yet.
ValueArena::Hole* ValueArena::join(Block* block) noexcept {
  std::size_t units = block->units;
  auto* first = block;
  if (block->previous_units != 0) {
    auto* const before = at(region_of(block), unit_of(block) - block->previous_units);
    if (before->is_free) {
      unlist(static_cast<Hole*>(before));
      units += before->units;
      first = before;
    }
  }
  auto* following = after(block);
  if (following != nullptr && following->is_free) {
    unlist(static_cast<Hole*>(following));
    units += following->units;
    following = after(following);
  }
  auto* const hole = make_hole(first, units, first->previous_units);
  if (following != nullptr) following->previous_units = hole->units;
  return hole;
}

// --- blocks
// ----------------------------------------------------------------------------------------------------------

void* ValueArena::allocate(std::size_t bytes, std::uint64_t hash) {
  // As all in one list have: what is freed fits the next of its size.
  const auto wanted = (bytes + sizeof(Block) + kUnitBytes - 1) / kUnitBytes;
  const auto unit_mask = (std::size_t{1} << shift_of(wanted)) - 1;
  const auto units = (wanted + unit_mask) & ~unit_mask;
  auto* const hole = take_hole(units);
  if (hole->units > units) split(hole, units);
  Block* const block = hole;
  unpoison(block, units * kUnitBytes);
  block->is_free = false;
  block->hash = hash;
  count(region_of(block), static_cast<std::ptrdiff_t>(units));
  return block + 1;
}

void ValueArena::free(void* memory) noexcept {
  auto* const block = block_of(memory);
  const auto number = region_of(block);
  count(number, -static_cast<std::ptrdiff_t>(block->units));
  const auto& region = pool_.info(number);
  if (number == draining_) {  // as a whole, soon
    make_hole(block, block->units, block->previous_units);
    if (region.used == 0) release_region(number);
    return;
  }
  auto* const hole = join(block);
  if (region.used != 0) return list(hole);
  unlink(number);
  release_region(number);
}

// --- regions
// ---------------------------------------------------------------------------------------------------------

ValueArena::Hole* ValueArena::add_region() {
  const auto number = pool_.take();
  pool_.info(number) = {};
  pool_.info(number).owned_index = static_cast<std::uint32_t>(owned_.size());
  owned_.push_back(number);
  newest_ = number;
  link(number);
  return make_hole(at(number, 0), kRegionUnits, 0);
}

// REQUIRES: it is in no list, nor are its holes.
void ValueArena::release_region(std::uint32_t number) noexcept {
  if (number == draining_) draining_ = 0;
  if (number == newest_) newest_ = 0;
  const auto index = pool_.info(number).owned_index;
  owned_[index] = owned_.back();
  pool_.info(owned_[index]).owned_index = index;
  owned_.pop_back();
  pool_.give_back({&number, 1});
}

void ValueArena::count(std::uint32_t number, std::ptrdiff_t units) noexcept {
  auto& region = pool_.info(number);
  const auto used = static_cast<std::uint16_t>(region.used + units);
  used_units_ += static_cast<std::size_t>(units);
  pool_.add_used(units * static_cast<std::ptrdiff_t>(kUnitBytes));
  const bool is_listed = number != draining_ && used >> kLevelShift != region.used >> kLevelShift;
  if (is_listed) unlink(number);
  region.used = used;
  if (is_listed) link(number);
}

void ValueArena::link(std::uint32_t number) noexcept {
  auto& region = pool_.info(number);
  auto& first = levels_[region.used >> kLevelShift];
  region.previous = 0;
  region.next = first;
  if (first != 0) pool_.info(first).previous = number;
  first = number;
}

void ValueArena::unlink(std::uint32_t number) noexcept {
  const auto& region = pool_.info(number);
  (region.previous != 0 ? pool_.info(region.previous).next : levels_[region.used >> kLevelShift]) =
      region.next;
  if (region.next != 0) pool_.info(region.next).previous = region.previous;
}

// About, or 0.
std::uint32_t ValueArena::sparsest() const noexcept {
  for (const auto first : levels_) {
    if (first == 0) continue;
    if (first != newest_) return first;
    if (pool_.info(first).next != 0) return pool_.info(first).next;
  }
  return 0;
}

// Takes the sparsest region out of use.
bool ValueArena::choose_draining(const SlabArena::Effort& effort) noexcept {
  constexpr std::size_t kSpareRegions = 2;
  const auto units = owned_.size() * kRegionUnits;
  const auto spare = units / effort.spare_one_in + kSpareRegions * kRegionUnits;
  if (units - used_units_ < spare) return false;
  const auto number = sparsest();
  if (number == 0) return false;
  if (pool_.info(number).used * std::size_t{8} > kRegionUnits * effort.used_eighths) return false;
  unlink(number);
  draining_ = number;
  drained_unit_ = 0;
  for (auto* block = at(number, 0); block != nullptr; block = after(block)) {
    if (block->is_free) unlist(static_cast<Hole*>(block));
  }
  return true;
}

std::span<ValueArena::Movable> ValueArena::next_to_move(std::span<Movable> room,
                                                        const SlabArena::Effort& effort) {
  if (draining_ == 0 && !choose_draining(effort)) return {};
  std::size_t found = 0;
  std::size_t bytes = 0;
  while (found < room.size() && bytes < kBytesAtOnce && drained_unit_ < kRegionUnits) {
    auto* const block = at(draining_, drained_unit_);
    drained_unit_ += block->units;
    if (block->is_free) continue;
    room[found++] = {block + 1, block->hash};
    bytes += block->units * kUnitBytes;
  }
  return room.first(found);
}

}  // namespace larder::keyspace
