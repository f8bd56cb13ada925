// Reading the tree, adding to it, and its memory. sorted_tree_erase.cc has what takes from it.
#include "value/sorted_tree.h"

#include <malloc.h>

#include <algorithm>
#include <cstring>

namespace larder::value {

// --- nodes ---------------------------------------------------------------------------------------

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

// --- finding -------------------------------------------------------------------------------------

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

// --- adding --------------------------------------------------------------------------------------

void SortedTree::insert(std::string_view member, double score) {
  const auto hashed = hash(member);
  const auto text = SortedLeaf::Text::make(member);
  const auto* leaf = put(place_of(score, member), text, tag_of(hashed), score);
  bytes_ += text.outside_bytes();
  if (is_indexed_) {
    index_.insert(index_hash(hashed), leaf->id);
  } else if (size_ >= kIndexedMin) {
    build_index();
  }
}

void SortedTree::append(std::string_view member, double score) {
  const auto hashed = hash(member);
  const auto text = SortedLeaf::Text::make(member);
  const auto* leaf = put(end(), text, tag_of(hashed), score);
  bytes_ += text.outside_bytes();
  if (is_indexed_) {
    index_.insert(index_hash(hashed), leaf->id);
  } else if (size_ >= kIndexedMin) {
    build_index();
  }
}

void SortedTree::reserve(std::size_t count) {
  if (count < kIndexedMin) return;
  index_.reserve(count);
  is_indexed_ = true;
}

void SortedTree::build_index() {
  for (const auto* leaf = leaves_[first_]; leaf != nullptr; leaf = leaf_after(*leaf)) {
    for (unsigned i = 0; i < leaf->count(); ++i) {
      index_.insert(index_hash(hash(leaf->member(i))), leaf->id);
    }
  }
  is_indexed_ = true;
}

SortedLeaf* SortedTree::put(Position place, const SortedLeaf::Text& text, std::uint8_t tag,
                            double score) {
  const auto added = SortedLeaf::bytes_for(text.size());
  if (place.leaf->bytes() + added > SortedLeaf::kBytesMax) {
    place = split_for(place, text.size(), score);
  }
  if (place.leaf->bytes() + added > place.leaf->capacity_bytes()) {
    place.leaf = resize_leaf(place.leaf, place.leaf->bytes() + added);
  }
  place.leaf->insert(place.index, text, tag, score);
  add_count(place.leaf, place.leaf->parent, 1);
  ++size_;
  return place.leaf;
}

// Adds to the counts of `child` in its parent and above; wraps around to subtract.
void SortedTree::add_count(const void* child, SortedInner* parent, std::uint64_t added) noexcept {
  for (; parent != nullptr; parent = parent->parent) {
    parent->sizes[parent->slot_of(child)] += added;
    child = parent;
  }
}

// Where the element for `place` is to be put, now that its leaf is full. At both ends of the set a
// new leaf begins, so that growing in order leaves full leaves behind.
SortedTree::Position SortedTree::split_for(Position place, std::size_t text_bytes, double score) {
  auto* leaf = place.leaf;
  const bool at_end = place.is_end() && leaf->next == 0;
  const bool at_front = place.index == 0 && leaf->previous == 0;
  if (!at_end && !at_front) return split_in_half(place, text_bytes);
  auto* fresh = new_leaf(sizeof(SortedLeaf) + SortedLeaf::bytes_for(text_bytes));
  if (root_ == nullptr) make_root(leaf);
  if (at_end) {
    link_behind(leaf, fresh);
    insert_child(leaf->parent, leaf->parent->slot_of(leaf) + 1, fresh, score);
  } else {
    fresh->next = leaf->id;
    leaf->previous = fresh->id;
    first_ = fresh->id;
    insert_child(leaf->parent, 0, fresh, score);
    leaf->parent->scores[1] = leaf->score(0);
  }
  return {fresh, 0};
}

SortedTree::Position SortedTree::split_in_half(Position place, std::size_t text_bytes) {
  auto* leaf = place.leaf;
  const auto bytes_from = [leaf](unsigned index) {
    return leaf->text_bytes_from(index) + SortedLeaf::bytes_for(0) * (leaf->count() - index);
  };
  auto at = leaf->count() / 2;
  while (at > 1 && bytes_from(at) < SortedLeaf::kBytesMax / 2) --at;
  while (at + 1 < leaf->count() && bytes_from(at) > SortedLeaf::kBytesMax / 2) ++at;
  const auto moved = leaf->count() - at;
  const bool goes_right = place.index > at;
  const auto added = SortedLeaf::bytes_for(text_bytes);

  if (root_ == nullptr) make_root(leaf);
  auto* fresh = new_leaf(sizeof(SortedLeaf) + bytes_from(at) + (goes_right ? added : 0));
  fresh->append(*leaf, at);
  relocate(*leaf, at, fresh->id);
  leaf->erase(at, moved);
  leaf = resize_leaf(leaf, leaf->bytes() + (goes_right ? 0 : added));
  link_behind(leaf, fresh);
  insert_child(leaf->parent, leaf->parent->slot_of(leaf) + 1, fresh, fresh->score(0));
  add_count(leaf, leaf->parent, 0 - std::uint64_t{moved});
  add_count(fresh, fresh->parent, moved);
  return goes_right ? Position{fresh, place.index - at} : Position{leaf, place.index};
}

void SortedTree::link_behind(SortedLeaf* left, SortedLeaf* leaf) noexcept {
  leaf->previous = left->id;
  leaf->next = left->next;
  if (left->next != 0) {
    leaves_[left->next]->previous = leaf->id;
  } else {
    last_ = leaf->id;
  }
  left->next = leaf->id;
}

void SortedTree::make_root(SortedLeaf* leaf) {
  root_ = new_inner(0);
  root_->insert(0, leaf, 0, leaf->count());
}

// Tells the index that the elements of `from` from `first` on are in leaf `to`.
void SortedTree::relocate(const SortedLeaf& from, unsigned first, std::uint32_t to) {
  if (!is_indexed_) return;
  std::uint32_t hashes[SortedLeaf::kBytesMax / 11];
  for (unsigned i = first; i < from.count(); ++i) {
    hashes[i] = index_hash(hash(from.member(i)));
    index_.prefetch(hashes[i]);
  }
  for (unsigned i = first; i < from.count(); ++i) index_.relocate(hashes[i], from.id, to);
}

// Puts a child there that nothing is counted in yet.
void SortedTree::insert_child(SortedInner* node, unsigned slot, void* child, double score) {
  if (node->count == SortedInner::kChildrenMax) split_inner(node, slot);
  node->insert(slot, child, score, 0);
}

// Splits `node`, which is full, and changes `node` and `slot` to where the child for that slot goes
// now. A node that grows at an end is split near it.
void SortedTree::split_inner(SortedInner*& node, unsigned& slot) {
  auto at = node->count / 2U;
  if (slot == node->count) at = node->count - 2U;
  if (slot <= 1) at = 2;
  auto* fresh = new_inner(node->level);
  for (unsigned i = at; i < node->count; ++i) {
    fresh->insert(i - at, node->children[i], node->scores[i], node->sizes[i]);
  }
  if (node->parent == nullptr) {
    root_ = new_inner(static_cast<std::uint16_t>(node->level + 1));
    root_->insert(0, node, 0, node->size());
  }
  node->count = static_cast<std::uint16_t>(at);
  insert_child(node->parent, node->parent->slot_of(node) + 1, fresh, fresh->scores[0]);
  add_count(node, node->parent, 0 - fresh->size());
  add_count(fresh, fresh->parent, fresh->size());
  if (slot > at) {
    slot -= at;
    node = fresh;
  }
}

}  // namespace larder::value
