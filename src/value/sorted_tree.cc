// The tree's memory, and finding elements in it. sorted_tree_insert.cc has what adds to it,
// sorted_tree_erase.cc what takes from it.
#include "value/sorted_tree.h"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/check.h"
#include "base/prefetch.h"

namespace larder::value {

// --- nodes ---------------------------------------------------------------------------------------

void* SortedInner::operator new(std::size_t bytes) {
  void* const memory = std::malloc(bytes);
  CHECK(memory != nullptr, "out of memory for a sorted set");
  return memory;
}

void SortedInner::operator delete(void* node) noexcept { std::free(node); }

unsigned SortedInner::slot_of(const void* child) const noexcept {
  unsigned slot = 0;
  while (children[slot] != child) ++slot;
  return slot;
}

std::uint64_t SortedInner::size() const noexcept {
  std::uint64_t total = 0;
  for (unsigned i = 0; i < count; ++i) total += sizes[i];
  return total;
}

void SortedInner::adopt(unsigned slot) noexcept {
  if (level == 0) {
    leaf(slot)->parent = this;
  } else {
    inner(slot)->parent = this;
  }
}

void SortedInner::insert(unsigned slot, void* child, double score, std::uint64_t size) noexcept {
  const auto behind = count - slot;
  std::memmove(scores + slot + 1, scores + slot, behind * sizeof *scores);
  std::memmove(sizes + slot + 1, sizes + slot, behind * sizeof *sizes);
  std::memmove(children + slot + 1, children + slot, behind * sizeof *children);
  scores[slot] = score;
  sizes[slot] = size;
  children[slot] = child;
  ++count;
  adopt(slot);
}

void SortedInner::erase(unsigned slot) noexcept {
  const auto behind = count - slot - 1U;
  std::memmove(scores + slot, scores + slot + 1, behind * sizeof *scores);
  std::memmove(sizes + slot, sizes + slot + 1, behind * sizeof *sizes);
  std::memmove(children + slot, children + slot + 1, behind * sizeof *children);
  --count;
}

void SortedLeaves::reserve_one() {
  if (next_ % kChunk == 0) {
    chunks_.emplace_back(new SortedLeaf*[kChunk]);
  } else if (next_ < kChunk && next_ >= first_chunk_) {
    const auto wider = first_chunk_ == 0 ? 4 : first_chunk_ * 2;
    std::unique_ptr<SortedLeaf*[]> chunk(new SortedLeaf*[wider]);
    if (chunks_.empty()) {
      chunks_.emplace_back();
    } else {
      std::copy_n(chunks_[0].get(), next_, chunk.get());
    }
    chunks_[0] = std::move(chunk);
    first_chunk_ = wider;
  }
}

std::uint32_t SortedLeaves::add(SortedLeaf* leaf) {
  std::uint32_t id = 0;
  if (!free_.empty()) {
    id = free_.back();
    free_.pop_back();
  } else {
    reserve_one();
    id = next_++;
  }
  set(id, leaf);
  return id;
}

void SortedLeaves::remove(std::uint32_t id) { free_.push_back(id); }

SortedLeaves SortedLeaves::clone() const {
  SortedLeaves copy;
  copy.first_chunk_ = first_chunk_;
  copy.next_ = next_;
  copy.free_ = free_;
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    const auto slots = i == 0 ? first_chunk_ : kChunk;
    copy.chunks_.emplace_back(new SortedLeaf*[slots]());
  }
  return copy;
}

std::size_t SortedLeaves::memory_bytes() const noexcept {
  const auto whole = chunks_.empty() ? 0 : chunks_.size() - 1;
  return (whole * kChunk + first_chunk_) * sizeof(SortedLeaf*) +
         chunks_.capacity() * sizeof chunks_[0] + free_.capacity() * sizeof free_[0];
}

// --- the tree's memory ---------------------------------------------------------------------------

SortedTree::SortedTree(std::uint64_t seed) : hasher_(seed) {
  first_ = last_ = new_leaf(sizeof(SortedLeaf))->id;
}

SortedTree::~SortedTree() {
  if (root_ == nullptr) {
    SortedLeaf::destroy(leaves_[first_]);
  } else {
    destroy_below(root_);
  }
}

SortedTree::SortedTree(const SortedTree& other)
    : hasher_(other.hasher_),
      first_(other.first_),
      last_(other.last_),
      size_(other.size_),
      is_indexed_(other.is_indexed_),
      leaves_(other.leaves_.clone()),
      index_(other.index_) {
  if (other.root_ == nullptr) {
    clone_leaf(other.leaves_[first_], nullptr);
  } else {
    root_ = static_cast<SortedInner*>(clone_below(other.root_, nullptr));
  }
}

void SortedTree::destroy_below(SortedInner* node) noexcept {
  for (unsigned i = 0; i < node->count; ++i) {
    if (node->level == 0) {
      SortedLeaf::destroy(node->leaf(i));
    } else {
      destroy_below(node->inner(i));
    }
  }
  delete node;
}

SortedLeaf* SortedTree::clone_leaf(const SortedLeaf* leaf, SortedInner* parent) {
  auto* copy = leaf->clone();
  copy->parent = parent;
  leaves_.set(copy->id, copy);
  bytes_ += copy->capacity_bytes() + copy->outside_bytes(0, copy->count());
  return copy;
}

void* SortedTree::clone_below(const SortedInner* node, SortedInner* parent) {
  auto* copy = new_inner(node->level);
  copy->parent = parent;
  copy->count = node->count;
  std::copy_n(node->scores, node->count, copy->scores);
  std::copy_n(node->sizes, node->count, copy->sizes);
  for (unsigned i = 0; i < node->count; ++i) {
    copy->children[i] = node->level == 0 ? static_cast<void*>(clone_leaf(node->leaf(i), copy))
                                         : clone_below(node->inner(i), copy);
  }
  return copy;
}

std::size_t SortedTree::memory_bytes() const noexcept {
  return bytes_ + leaves_.memory_bytes() + index_.memory_bytes();
}

SortedLeaf* SortedTree::new_leaf(std::size_t bytes) {
  auto* leaf = SortedLeaf::make(bytes);
  leaf->id = leaves_.add(leaf);
  bytes_ += leaf->capacity_bytes();
  return leaf;
}

void SortedTree::delete_leaf(SortedLeaf* leaf) noexcept {
  bytes_ -= leaf->capacity_bytes();
  leaves_.remove(leaf->id);
  SortedLeaf::destroy(leaf);
}

SortedInner* SortedTree::new_inner(std::uint16_t level) {
  auto* node = new SortedInner;
  node->level = level;
  bytes_ += ::malloc_usable_size(node);
  return node;
}

void SortedTree::delete_inner(SortedInner* node) noexcept {
  bytes_ -= ::malloc_usable_size(node);
  delete node;
}

SortedLeaf* SortedTree::resize_leaf(SortedLeaf* leaf, std::size_t bytes) {
  auto* const parent = leaf->parent;
  const auto slot = parent != nullptr ? parent->slot_of(leaf) : 0;
  bytes_ -= leaf->capacity_bytes();
  leaf = SortedLeaf::resize(leaf, bytes);
  bytes_ += leaf->capacity_bytes();
  leaves_.set(leaf->id, leaf);
  if (parent != nullptr) parent->children[slot] = leaf;
  return leaf;
}

// The leaf's own address changes in its parent and in the table of leaves, and nowhere else.
SortedLeaf* SortedTree::move_leaf(SortedLeaf* leaf, MemoryMover& mover) {
  auto* const parent = leaf->parent;
  const auto slot = parent != nullptr ? parent->slot_of(leaf) : 0;
  if (parent != nullptr && slot == 0) move_inner(parent, mover);
  auto* const moved = mover(leaf);
  leaves_.set(moved->id, moved);
  if (moved->parent != nullptr) moved->parent->children[slot] = moved;
  moved->move_outside(mover);
  return moved;
}

void SortedTree::move_inner(SortedInner* node, MemoryMover& mover) {
  auto* const parent = node->parent;
  const auto slot = parent != nullptr ? parent->slot_of(node) : 0;
  if (parent != nullptr && slot == 0) move_inner(parent, mover);
  auto* const moved = mover(node);
  if (moved == node) return;
  if (moved->parent != nullptr) {
    moved->parent->children[slot] = moved;
  } else {
    root_ = moved;
  }
  for (unsigned i = 0; i < moved->count; ++i) moved->adopt(i);
}

std::uint64_t SortedTree::move_memory(std::uint64_t position, MemoryMover& mover) {
  while (position < size_ && !mover.is_done()) {
    const auto at = at_rank(position);
    position += at.leaf->count() - at.index;
    move_leaf(at.leaf, mover);
  }
  return position < size_ ? position : 0;
}

// --- finding -------------------------------------------------------------------------------------

void SortedTree::prefetch(std::string_view member, unsigned step) const noexcept {
  if (!is_indexed_ || member.empty()) return;
  const auto hashed = index_hash(hash(member));
  if (step == 0) return index_.prefetch(hashed);
  index_.find(hashed, [&](std::uint32_t id) {
    const auto* leaf = reinterpret_cast<const char*>(leaves_[id]);
    base::prefetch(leaf);
    base::prefetch(leaf + 64);
    return true;
  });
}

SortedTree::Position SortedTree::find(std::string_view member) const {
  const auto hashed = hash(member);
  const auto tag = tag_of(hashed);
  Position found{nullptr, 0};
  if (is_indexed_) {
    index_.find(index_hash(hashed), [&](std::uint32_t id) {
      auto* leaf = leaves_[id];
      const auto index = leaf->find(member, tag);
      if (index == SortedLeaf::kNone) return false;
      found = {leaf, index};
      return true;
    });
    return found;
  }
  for (auto* leaf = leaves_[first_]; leaf != nullptr; leaf = leaf_after(*leaf)) {
    const auto index = leaf->find(member, tag);
    if (index != SortedLeaf::kNone) return {leaf, index};
  }
  return found;
}

// The leaf where the last child begins for which `is_before(node, slot)` holds, which it does for
// the first ones of each node.
template <class IsBefore>
SortedLeaf* SortedTree::descend(IsBefore is_before) const noexcept {
  if (root_ == nullptr) return leaves_[first_];
  for (const auto* node = root_;;) {
    unsigned low = 0;
    unsigned high = node->count;
    while (high - low > 1) {
      const auto middle = (low + high) / 2;
      if (is_before(*node, middle)) {
        low = middle;
      } else {
        high = middle;
      }
    }
    if (node->level == 0) return node->leaf(low);
    node = node->inner(low);
  }
}

namespace {

const SortedLeaf& first_leaf_below(const SortedInner& node, unsigned slot) noexcept {
  const auto* at = &node;
  for (; at->level != 0; slot = 0) at = at->inner(slot);
  return *at->leaf(slot);
}

}  // namespace

SortedTree::Position SortedTree::normalized(Position position) const noexcept {
  if (!position.is_end() || position.leaf->next == 0) return position;
  return {leaves_[position.leaf->next], 0};
}

SortedTree::Position SortedTree::place_of(double score, std::string_view member) const noexcept {
  auto* leaf = descend([&](const SortedInner& node, unsigned slot) {
    if (node.scores[slot] != score) return node.scores[slot] < score;
    const auto& first = first_leaf_below(node, slot);
    return first.score(0) == score && first.member(0) <= member;
  });
  return {leaf, leaf->lower_bound(score, member)};
}

SortedTree::Position SortedTree::first_by_score(double score, bool above) const noexcept {
  auto* leaf = descend([&](const SortedInner& node, unsigned slot) {
    return above ? node.scores[slot] <= score : node.scores[slot] < score;
  });
  return normalized({leaf, above ? leaf->first_above(score) : leaf->first_at_least(score)});
}

SortedTree::Position SortedTree::first_by_member(std::string_view member,
                                                 bool above) const noexcept {
  const auto is_before = [&](std::string_view other) {
    return above ? other <= member : other < member;
  };
  auto* leaf = descend([&](const SortedInner& node, unsigned slot) {
    return is_before(first_leaf_below(node, slot).member(0));
  });
  unsigned low = 0;
  unsigned high = leaf->count();
  while (low < high) {
    const auto middle = (low + high) / 2;
    if (is_before(leaf->member(middle))) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return normalized({leaf, low});
}

SortedTree::Position SortedTree::at_rank(std::size_t rank) const noexcept {
  if (rank >= size_) return end();
  if (root_ == nullptr) return {leaves_[first_], static_cast<unsigned>(rank)};
  for (const auto* node = root_;;) {
    unsigned slot = 0;
    for (; rank >= node->sizes[slot]; ++slot) rank -= node->sizes[slot];
    if (node->level == 0) return {node->leaf(slot), static_cast<unsigned>(rank)};
    node = node->inner(slot);
  }
}

std::size_t SortedTree::rank_of(Position position) const noexcept {
  std::size_t rank = position.index;
  const void* child = position.leaf;
  for (const auto* node = position.leaf->parent; node != nullptr; node = node->parent) {
    for (unsigned slot = 0; node->children[slot] != child; ++slot) rank += node->sizes[slot];
    child = node;
  }
  return rank;
}

SortedTree::Position SortedTree::next(Position position) const noexcept {
  return normalized({position.leaf, position.index + 1});
}

SortedTree::Position SortedTree::previous(Position position) const noexcept {
  if (position.index != 0) return {position.leaf, position.index - 1};
  auto* leaf = leaves_[position.leaf->previous];
  return {leaf, leaf->count() - 1};
}

}  // namespace larder::value
