// Adding elements to the tree: leaves that are full split, and so do nodes above them.
#include "value/sorted_tree.h"

namespace larder::value {

void SortedTree::insert(std::string_view member, double score) {
  add(place_of(score, member), member, score);
}

void SortedTree::append(std::string_view member, double score) { add(end(), member, score); }

void SortedTree::add(Position place, std::string_view member, double score) {
  const auto hashed = hash(member);
  const auto text = SortedLeaf::Text::make(member);
  const auto* leaf = put(place, text, tag_of(hashed), score);
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
