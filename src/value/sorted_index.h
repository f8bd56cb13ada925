// Which leaf of a large sorted set holds a member: a hash table from 32 bits of the member's hash
// to the leaf's id. It is cut into shards by the first bits of the hash; a shard is an array in
// order of the hash with gaps, so that it can grow by any factor and be walked in order of the
// hash. A shard that is full grows, or splits in two where it is large: a few microseconds each.
//
// Members whose hashes share these 32 bits have an entry each; who looks one up tries all leaves
// that come.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace larder::value {

class SortedIndex {
 public:
  SortedIndex() = default;
  ~SortedIndex();
  SortedIndex(const SortedIndex& other);
  SortedIndex& operator=(const SortedIndex&) = delete;

  void insert(std::uint32_t hash, std::uint32_t leaf);
  // REQUIRES: the entry is there.
  void erase(std::uint32_t hash, std::uint32_t leaf);
  void relocate(std::uint32_t hash, std::uint32_t from, std::uint32_t to);
  void clear() noexcept;

  // Makes room for `count` members, so that adding as many does not need to grow shard by shard.
  // REQUIRES: empty. Takes time in proportion to `count`.
  void reserve(std::size_t count);

  void prefetch(std::uint32_t hash) const noexcept;

  // Offers the leaves of entries with `hash` until `accept(leaf)` is true; false where none is.
  template <class Accept>
  bool find(std::uint32_t hash, Accept accept) const {
    if (directory_.empty()) return false;
    const auto& shard = *directory_[directory_slot(hash)];
    for (const auto* slot = shard.home(hash);; ++slot) {
      const auto slot_hash = static_cast<std::uint32_t>(*slot >> 32);
      if (*slot == 0 || slot_hash > hash) return false;
      if (slot_hash == hash && accept(static_cast<std::uint32_t>(*slot))) return true;
    }
  }

  // Visits the entries from `hash` on in its order, as (hash, leaf), until `visit` returns false.
  template <class Visit>
  void for_each_from(std::uint32_t hash, Visit visit) const {
    if (directory_.empty()) return;
    const auto first = directory_slot(hash);
    for (auto at = first; at < directory_.size();) {
      const auto& shard = *directory_[at];
      const auto* slot = at == first ? shard.home(hash) : shard.slots();
      for (; slot != shard.end(); ++slot) {
        const auto slot_hash = static_cast<std::uint32_t>(*slot >> 32);
        if (*slot == 0 || slot_hash < hash) continue;
        if (!visit(slot_hash, static_cast<std::uint32_t>(*slot))) return;
      }
      const auto span = directory_span(shard);
      at = (at / span + 1) * span;
    }
  }

  std::size_t memory_bytes() const noexcept {
    return bytes_ + directory_.capacity() * sizeof(Shard*);
  }

 private:
  // Slots are hash and leaf in order of the hash, 0 where empty: a leaf's id is never 0. The last
  // kTail are for what is pushed beyond the end, the very last always empty.
  struct Shard {
    std::uint32_t count;
    std::uint32_t capacity;  // without the tail
    std::uint32_t depth;     // bits of the hash that all entries share

    std::uint64_t* slots() noexcept { return reinterpret_cast<std::uint64_t*>(this + 1); }
    const std::uint64_t* slots() const noexcept {
      return reinterpret_cast<const std::uint64_t*>(this + 1);
    }
    const std::uint64_t* end() const noexcept { return slots() + capacity + kTail; }
    std::size_t home_index(std::uint32_t hash) const noexcept {
      return (static_cast<std::uint64_t>(hash << depth) * capacity) >> 32;
    }
    const std::uint64_t* home(std::uint32_t hash) const noexcept {
      return slots() + home_index(hash);
    }
    std::uint32_t padding = 0;  // slots begin at a multiple of 8
  };
  static constexpr std::uint32_t kTail = 14;
  static constexpr std::uint32_t kCapacityMin = 16;
  static constexpr std::uint32_t kCapacityMax = 4096;  // 32 KiB: filled anew in 10 us or so
  static constexpr std::uint32_t kDepthMax = 28;

  std::size_t directory_slot(std::uint32_t hash) const noexcept {
    return depth_ == 0 ? 0 : hash >> (32 - depth_);
  }
  std::size_t directory_span(const Shard& shard) const noexcept {
    return std::size_t{1} << (depth_ - shard.depth);
  }

  static Shard* make_shard(std::uint32_t capacity, std::uint32_t depth);
  static bool put(Shard& shard, std::uint64_t entry) noexcept;
  static bool fill(Shard& shard, const std::uint64_t* from, const std::uint64_t* to) noexcept;
  std::uint64_t* find_entry(std::uint32_t hash, std::uint32_t leaf) noexcept;
  Shard* rebuilt(const Shard& old, std::uint32_t capacity, std::uint32_t depth,
                 const std::uint64_t* from, const std::uint64_t* to);
  void replace(std::uint32_t hash, Shard* old, Shard* fresh) noexcept;
  void drop(Shard* shard) noexcept;
  void grow(std::uint32_t hash);
  void shrink(std::uint32_t hash);
  void split(std::uint32_t hash, Shard* shard);
  bool merge(std::uint32_t hash, Shard* shard);

  std::vector<Shard*> directory_;  // 2^depth_ of them; a shard of a lower depth stands repeatedly
  std::uint32_t depth_ = 0;
  std::size_t bytes_ = 0;  // of shards
};

}  // namespace larder::value
