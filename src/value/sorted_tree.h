// The large form of a sorted set, without its index: a B+-tree whose inner nodes count the elements
// below them, so that an element's rank and the element of a rank take O(log n). Leaves know their
// parents and neighbours; they are known by ids to all but their parents, so that they can move.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "value/sorted_index.h"
#include "value/sorted_leaf.h"

namespace larder::value {

// Children in order, each with the elements below it and a score that divides: none before the
// child is above it, none below the child is under it. The first child's is not looked at.
struct SortedInner {
  static constexpr unsigned kChildrenMax = 42;

  // Of malloc(), so that it can be moved.
  static void* operator new(std::size_t bytes);
  static void operator delete(void* node) noexcept;

  SortedInner* parent = nullptr;
  std::uint16_t count = 0;
  std::uint16_t level = 0;  // 0: the children are leaves
  double scores[kChildrenMax];
  std::uint64_t sizes[kChildrenMax];
  void* children[kChildrenMax];

  SortedLeaf* leaf(unsigned i) const noexcept { return static_cast<SortedLeaf*>(children[i]); }
  SortedInner* inner(unsigned i) const noexcept { return static_cast<SortedInner*>(children[i]); }
  unsigned slot_of(const void* child) const noexcept;
  std::uint64_t size() const noexcept;
  void insert(unsigned slot, void* child, double score, std::uint64_t size) noexcept;
  void erase(unsigned slot) noexcept;
  void adopt(unsigned slot) noexcept;  // tells the child that this is its parent
};
static_assert(sizeof(SortedInner) == 1024);  // a size of the allocator's

// Leaves by id. Ids of leaves that are gone are given again.
class SortedLeaves {
 public:
  SortedLeaf* operator[](std::uint32_t id) const noexcept {
    return chunks_[id / kChunk].get()[id % kChunk];
  }
  void set(std::uint32_t id, SortedLeaf* leaf) noexcept {
    chunks_[id / kChunk].get()[id % kChunk] = leaf;
  }
  std::uint32_t add(SortedLeaf* leaf);
  void remove(std::uint32_t id);
  SortedLeaves clone() const;  // the same addresses
  std::size_t memory_bytes() const noexcept;

 private:
  static constexpr std::uint32_t kChunk = 512;

  void reserve_one();

  std::vector<std::unique_ptr<SortedLeaf*[]>> chunks_;
  std::uint32_t first_chunk_ = 0;  // slots in the first chunk, which grows
  std::uint32_t next_ = 1;
  std::vector<std::uint32_t> free_;
};

class SortedTree {
 public:
  // An element, or the end where `index` is the count of the last leaf.
  struct Position {
    SortedLeaf* leaf;
    unsigned index;

    bool is_end() const noexcept { return index == leaf->count(); }
    std::string_view member() const noexcept { return leaf->member(index); }
    double score() const noexcept { return leaf->score(index); }
  };

  explicit SortedTree(std::uint64_t seed);
  ~SortedTree();
  SortedTree(const SortedTree& other);
  SortedTree& operator=(const SortedTree&) = delete;

  std::size_t size() const noexcept { return size_; }
  std::size_t memory_bytes() const noexcept;

  // Asks for what find(member) reads: in step 0 of the index, in step 1 the leaf.
  void prefetch(std::string_view member, unsigned step) const noexcept;

  // The element of `member`; a null leaf where there is none.
  Position find(std::string_view member) const;

  Position first() const noexcept { return {leaves_[first_], 0}; }
  Position end() const noexcept { return {leaves_[last_], leaves_[last_]->count()}; }
  Position at_rank(std::size_t rank) const noexcept;
  std::size_t rank_of(Position position) const noexcept;
  // REQUIRES: not the end; not the first.
  Position next(Position position) const noexcept;
  Position previous(Position position) const noexcept;
  SortedLeaf* leaf_after(const SortedLeaf& leaf) const noexcept {
    return leaf.next == 0 ? nullptr : leaves_[leaf.next];
  }
  SortedLeaf* leaf_before(const SortedLeaf& leaf) const noexcept {
    return leaf.previous == 0 ? nullptr : leaves_[leaf.previous];
  }

  // The first element whose score is at least `score` (or above it), or whose member is at least
  // `member` (or after it) where all scores are equal.
  Position first_by_score(double score, bool above) const noexcept;
  Position first_by_member(std::string_view member, bool above) const noexcept;

  // REQUIRES: `member` is not there.
  void insert(std::string_view member, double score);
  // The same for one that comes behind all others.
  void append(std::string_view member, double score);
  void set_score(Position position, double score);
  void erase(Position position) { erase_in_leaf(position, 1); }
  void erase_range(std::size_t rank, std::size_t count);
  // Has leaves moved, and inner nodes with their first leaves, from the one that holds the element
  // of rank `position` on; returns the rank to go on from, 0 at the end.
  std::uint64_t move_memory(std::uint64_t position, MemoryMover& mover);
  // Before many are appended to an empty tree.
  void reserve(std::size_t count);

  // Visits members in an order that changes of the set do not disturb, from `cursor` on, until at
  // least `count` were visited; returns where to go on, 0 at the end.
  template <class Visit>
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, Visit visit) const;

 private:
  // Below this many members all leaves are searched instead of an index kept.
  static constexpr std::size_t kIndexedMin = 256;

  std::uint64_t hash(std::string_view member) const noexcept { return hasher_(member); }
  static std::uint32_t index_hash(std::uint64_t hash) noexcept {
    return static_cast<std::uint32_t>(hash);
  }
  static std::uint8_t tag_of(std::uint64_t hash) noexcept {
    return static_cast<std::uint8_t>(hash);  // of index_hash too
  }

  SortedLeaf* new_leaf(std::size_t bytes);
  void delete_leaf(SortedLeaf* leaf) noexcept;
  SortedInner* new_inner(std::uint16_t level);
  void delete_inner(SortedInner* node) noexcept;
  SortedLeaf* resize_leaf(SortedLeaf* leaf, std::size_t bytes);
  SortedLeaf* move_leaf(SortedLeaf* leaf, MemoryMover& mover);
  void move_inner(SortedInner* node, MemoryMover& mover);
  void destroy_below(SortedInner* node) noexcept;
  void* clone_below(const SortedInner* node, SortedInner* parent);
  SortedLeaf* clone_leaf(const SortedLeaf* leaf, SortedInner* parent);

  template <class IsBefore>
  SortedLeaf* descend(IsBefore is_before) const noexcept;
  Position normalized(Position position) const noexcept;
  Position place_of(double score, std::string_view member) const noexcept;

  void add(Position place, std::string_view member, double score);
  SortedLeaf* put(Position place, const SortedLeaf::Text& text, std::uint8_t tag, double score);
  Position split_for(Position place, std::size_t text_bytes, double score);
  Position split_in_half(Position place, std::size_t text_bytes);
  void link_behind(SortedLeaf* left, SortedLeaf* leaf) noexcept;
  void make_root(SortedLeaf* leaf);
  void insert_child(SortedInner* node, unsigned slot, void* child, double score);
  void split_inner(SortedInner*& node, unsigned& slot);
  static void add_count(const void* child, SortedInner* parent, std::uint64_t added) noexcept;
  void erase_in_leaf(Position position, unsigned count);
  void remove_elements(Position position, unsigned count);
  bool keeps_order(Position position, double score) const noexcept;
  void rebalance(SortedLeaf* leaf);
  bool merge_leaf(SortedLeaf* leaf);
  void remove_leaf(SortedLeaf* leaf);
  void remove_child(SortedInner* node, unsigned slot);
  void merge_inner(SortedInner* node);
  void drop_single_roots() noexcept;
  void build_index();
  void relocate(const SortedLeaf& from, unsigned first, std::uint32_t to);

  base::KeyHasher hasher_;
  SortedInner* root_ = nullptr;  // null where one leaf is all
  std::uint32_t first_ = 0;
  std::uint32_t last_ = 0;
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;  // of nodes, and of members outside
  bool is_indexed_ = false;
  SortedLeaves leaves_;
  SortedIndex index_;
};

// The cursor is the hash to go on with, counted from 1. Members with the same hash are visited
// together. A small tree is visited whole.
template <class Visit>
std::uint64_t SortedTree::scan(std::uint64_t cursor, std::size_t count, Visit visit) const {
  if (!is_indexed_) {
    if (size_ == 0) return 0;
    for (auto* leaf = leaves_[first_]; leaf != nullptr; leaf = leaf_after(*leaf)) {
      for (unsigned i = 0; i < leaf->count(); ++i) visit(leaf->member(i), leaf->score(i));
    }
    return 0;
  }
  std::uint64_t next = 0;
  std::size_t visited = 0;
  std::uint64_t last = 0;  // (hash, leaf) visited last: two members in one leaf have two entries
  const auto from = cursor == 0 ? 0 : cursor - 1;
  if (from > UINT32_MAX) return 0;
  index_.for_each_from(static_cast<std::uint32_t>(from), [&](std::uint32_t hash, std::uint32_t id) {
    if (visited >= count && hash != last >> 32) {
      next = std::uint64_t{hash} + 1;
      return false;
    }
    const auto entry = std::uint64_t{hash} << 32 | id;
    if (entry == last) return true;
    last = entry;
    const auto& leaf = *leaves_[id];
    for (unsigned i = 0; i < leaf.count(); ++i) {
      if (leaf.tag(i) != tag_of(hash)) continue;
      const auto member = leaf.member(i);
      if (index_hash(this->hash(member)) != hash) continue;
      visit(member, leaf.score(i));
      ++visited;
    }
    return true;
  });
  return next;
}

}  // namespace larder::value
