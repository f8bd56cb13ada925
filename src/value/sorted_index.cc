#include "value/sorted_index.h"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/check.h"
#include "base/prefetch.h"

namespace larder::value {
namespace {

constexpr std::uint64_t entry_of(std::uint32_t hash, std::uint32_t leaf) noexcept {
  return static_cast<std::uint64_t>(hash) << 32 | leaf;
}

}  // namespace

SortedIndex::~SortedIndex() { clear(); }

SortedIndex::SortedIndex(const SortedIndex& other)
    : directory_(other.directory_.size()), depth_(other.depth_) {
  for (std::size_t at = 0; at < other.directory_.size();) {
    const auto* from = other.directory_[at];
    const std::uint64_t* begin = from->slots();
    auto* shard = rebuilt(*from, from->capacity, from->depth, begin, from->end());
    const auto span = directory_span(*shard);
    std::fill_n(directory_.begin() + static_cast<std::ptrdiff_t>(at), span, shard);
    at += span;
  }
}

void SortedIndex::clear() noexcept {
  for (std::size_t at = 0; at < directory_.size();) {
    auto* shard = directory_[at];
    at += directory_span(*shard);
    std::free(shard);
  }
  directory_.clear();
  depth_ = 0;
  bytes_ = 0;
}

SortedIndex::Shard* SortedIndex::make_shard(std::uint32_t capacity, std::uint32_t depth) {
  const auto bytes = sizeof(Shard) + (capacity + kTail) * sizeof(std::uint64_t);
  auto* shard = static_cast<Shard*>(std::malloc(bytes));
  CHECK(shard != nullptr, "out of memory for an index");
  const auto slots = (::malloc_usable_size(shard) - sizeof(Shard)) / sizeof(std::uint64_t);
  shard->count = 0;
  shard->capacity = static_cast<std::uint32_t>(slots - kTail);
  shard->depth = depth;
  std::fill_n(shard->slots(), slots, 0);
  return shard;
}

void SortedIndex::drop(Shard* shard) noexcept {
  bytes_ -= ::malloc_usable_size(shard);
  std::free(shard);
}

// Puts an entry at its place in the order. False where the tail has no room left.
bool SortedIndex::put(Shard& shard, std::uint64_t entry) noexcept {
  auto* slot = shard.slots() + shard.home_index(static_cast<std::uint32_t>(entry >> 32));
  while (*slot != 0 && *slot < entry) ++slot;
  auto* gap = slot;
  while (*gap != 0) ++gap;
  if (gap + 1 == shard.end()) return false;
  std::memmove(slot + 1, slot, static_cast<std::size_t>(gap - slot) * sizeof *slot);
  *slot = entry;
  ++shard.count;
  return true;
}

// Puts the entries of [from, to), which are in order, into an empty shard.
bool SortedIndex::fill(Shard& shard, const std::uint64_t* from, const std::uint64_t* to) noexcept {
  auto* slot = shard.slots();
  const auto* const last = shard.end() - 1;
  for (; from != to; ++from) {
    if (*from == 0) continue;
    slot =
        std::max(slot, shard.slots() + shard.home_index(static_cast<std::uint32_t>(*from >> 32)));
    if (slot == last) return false;
    *slot++ = *from;
    ++shard.count;
  }
  return true;
}

// A new shard of the entries in [from, to), which `old` holds; larger where they crowd at its end.
SortedIndex::Shard* SortedIndex::rebuilt(const Shard& old, std::uint32_t capacity,
                                         std::uint32_t depth, const std::uint64_t* from,
                                         const std::uint64_t* to) {
  for (;; capacity += capacity / 4) {
    auto* shard = make_shard(capacity, depth);
    if (fill(*shard, from, to)) {
      bytes_ += ::malloc_usable_size(shard);
      return shard;
    }
    std::free(shard);
    CHECK(capacity < 64 * std::max(old.capacity, kCapacityMax), "hashes that crowd");
  }
}

void SortedIndex::replace(std::uint32_t hash, Shard* old, Shard* fresh) noexcept {
  const auto span = directory_span(*fresh);
  const auto first = directory_slot(hash) / span * span;
  std::fill_n(directory_.begin() + static_cast<std::ptrdiff_t>(first), span, fresh);
  if (old != nullptr) drop(old);
}

void SortedIndex::split(std::uint32_t hash, Shard* shard) {
  if (shard->depth == depth_) {
    std::vector<Shard*> wider(directory_.size() * 2);
    for (std::size_t i = 0; i < directory_.size(); ++i) {
      wider[2 * i] = wider[2 * i + 1] = directory_[i];
    }
    directory_.swap(wider);
    ++depth_;
  }
  const auto depth = shard->depth;
  const auto bit = std::uint32_t{1} << (31 - depth);
  const auto low = depth == 0 ? 0 : hash & ~((bit << 1) - 1);  // the shard's first hash
  const std::uint64_t* begin = shard->slots();
  const auto* middle = std::find_if(begin, shard->end() - 1, [&](auto entry) {
    return entry != 0 && (static_cast<std::uint32_t>(entry >> 32) & bit) != 0;
  });
  const auto room = shard->count / 2 * 4 / 3 + kCapacityMin;
  auto* left = rebuilt(*shard, room, depth + 1, begin, middle);
  auto* right = rebuilt(*shard, room, depth + 1, middle, shard->end());
  replace(low, nullptr, left);
  replace(low | bit, shard, right);
}

void SortedIndex::grow(std::uint32_t hash) {
  auto* shard = directory_[directory_slot(hash)];
  if (shard->capacity >= kCapacityMax && shard->depth < kDepthMax) return split(hash, shard);
  const auto capacity = shard->capacity + shard->capacity / 4;
  const std::uint64_t* begin = shard->slots();
  replace(hash, shard, rebuilt(*shard, capacity, shard->depth, begin, shard->end()));
}

void SortedIndex::insert(std::uint32_t hash, std::uint32_t leaf) {
  if (directory_.empty()) {
    auto* shard = make_shard(kCapacityMin, 0);
    bytes_ += ::malloc_usable_size(shard);
    directory_.push_back(shard);
  }
  auto* shard = directory_[directory_slot(hash)];
  if (shard->count + 1 > shard->capacity - shard->capacity / 8) grow(hash);
  while (!put(*directory_[directory_slot(hash)], entry_of(hash, leaf))) grow(hash);
}

std::uint64_t* SortedIndex::find_entry(std::uint32_t hash, std::uint32_t leaf) noexcept {
  auto* shard = directory_[directory_slot(hash)];
  auto* slot = shard->slots() + shard->home_index(hash);
  const auto entry = entry_of(hash, leaf);
  while (*slot != entry) {
    CHECK(*slot != 0, "a member that is not in the index");
    ++slot;
  }
  return slot;
}

void SortedIndex::relocate(std::uint32_t hash, std::uint32_t from, std::uint32_t to) {
  *find_entry(hash, from) = entry_of(hash, to);
}

void SortedIndex::erase(std::uint32_t hash, std::uint32_t leaf) {
  auto* shard = directory_[directory_slot(hash)];
  auto* slot = find_entry(hash, leaf);
  // What was pushed beyond its home moves back into the gap.
  const auto is_pushed = [shard](const std::uint64_t* at) {
    return *at != 0 && shard->home_index(static_cast<std::uint32_t>(*at >> 32)) <
                           static_cast<std::size_t>(at - shard->slots());
  };
  for (; is_pushed(slot + 1); ++slot) slot[0] = slot[1];
  *slot = 0;
  --shard->count;
  if (shard->capacity > kCapacityMin && shard->count < shard->capacity * 3 / 8) shrink(hash);
}

void SortedIndex::shrink(std::uint32_t hash) {
  auto* shard = directory_[directory_slot(hash)];
  if (shard->depth != 0 && merge(hash, shard)) return;
  const auto capacity = std::max(kCapacityMin, shard->count * 3 / 2);
  if (capacity >= shard->capacity) return;
  const std::uint64_t* begin = shard->slots();
  replace(hash, shard, rebuilt(*shard, capacity, shard->depth, begin, shard->end()));
}

// Joins a shard with the one it was split from, where both together are small.
bool SortedIndex::merge(std::uint32_t hash, Shard* shard) {
  const auto bit = std::uint32_t{1} << (32 - shard->depth);
  auto* other = directory_[directory_slot(hash ^ bit)];
  if (other->depth != shard->depth || shard->count + other->count > kCapacityMax / 2) return false;
  auto* low = (hash & bit) == 0 ? shard : other;
  auto* high = low == shard ? other : shard;
  std::vector<std::uint64_t> entries;
  entries.reserve(low->count + high->count);
  for (const auto* half : {low, high}) {
    std::copy_if(half->slots(), half->end(), std::back_inserter(entries),
                 [](auto entry) { return entry != 0; });
  }
  const auto capacity =
      std::max<std::uint32_t>(kCapacityMin, static_cast<std::uint32_t>(entries.size()) * 4 / 3);
  auto* joined =
      rebuilt(*shard, capacity, shard->depth - 1, entries.data(), entries.data() + entries.size());
  replace(hash, shard, joined);
  drop(other);
  return true;
}

void SortedIndex::reserve(std::size_t count) {
  constexpr std::size_t kShardCount = kCapacityMax * 3 / 5;
  while ((count >> depth_) > kShardCount && depth_ < kDepthMax) ++depth_;
  const auto each = count >> depth_;
  const auto capacity = std::min<std::size_t>(kCapacityMax, each + each / 4 + kCapacityMin);
  directory_.resize(std::size_t{1} << depth_);
  for (auto& shard : directory_) {
    shard = make_shard(static_cast<std::uint32_t>(capacity), depth_);
    bytes_ += ::malloc_usable_size(shard);
  }
}

void SortedIndex::prefetch(std::uint32_t hash) const noexcept {
  if (!directory_.empty()) base::prefetch(directory_[directory_slot(hash)]->home(hash));
}

}  // namespace larder::value
