// Taking elements out of the tree, and moving them where their score changes. A leaf that becomes
// small joins a neighbour under the same parent where both together leave room to grow.
#include <algorithm>

#include "value/sorted_tree.h"

namespace larder::value {

void SortedTree::erase_range(std::size_t rank, std::size_t count) {
  while (count != 0) {
    const auto position = at_rank(rank);
    const auto here = std::min<std::size_t>(count, position.leaf->count() - position.index);
    erase_in_leaf(position, static_cast<unsigned>(here));
    count -= here;
  }
}

void SortedTree::erase_in_leaf(Position position, unsigned count) {
  auto* leaf = position.leaf;
  if (is_indexed_) {
    for (auto i = position.index; i < position.index + count; ++i) {
      index_.erase(index_hash(hash(leaf->member(i))), leaf->id);
    }
  }
  bytes_ -= leaf->outside_bytes(position.index, count);
  leaf->free_outside(position.index, count);
  remove_elements(position, count);
}

void SortedTree::remove_elements(Position position, unsigned count) {
  position.leaf->erase(position.index, count);
  add_count(position.leaf, position.leaf->parent, 0 - std::uint64_t{count});
  size_ -= count;
  rebalance(position.leaf);
}

// Whether the element can stay where it is with this score, between its neighbours and on the right
// side of what divides its leaf from the ones beside it.
bool SortedTree::keeps_order(Position position, double score) const noexcept {
  const auto& leaf = *position.leaf;
  const auto index = position.index;
  const auto member = leaf.member(index);
  const auto is_less = [](double a, std::string_view a_member, double b,
                          std::string_view b_member) {
    return a < b || (a == b && a_member < b_member);
  };
  const bool rises = score > leaf.score(index);
  if (!rises) {
    if (index == 0) return leaf.previous == 0;
    return is_less(leaf.score(index - 1), leaf.member(index - 1), score, member);
  }
  if (index + 1 == leaf.count()) return leaf.next == 0;
  return is_less(score, member, leaf.score(index + 1), leaf.member(index + 1));
}

void SortedTree::set_score(Position position, double score) {
  auto* leaf = position.leaf;
  if (keeps_order(position, score)) return leaf->set_score(position.index, score);
  char space[SortedLeaf::kInsideBytesMax];
  const auto tag = leaf->tag(position.index);
  const auto text = leaf->take_text(position.index, space);
  const auto old_id = leaf->id;
  remove_elements(position, 1);
  const auto* now = put(place_of(score, text.view()), text, tag, score);
  if (is_indexed_ && now->id != old_id) {
    index_.relocate(index_hash(hash(text.view())), old_id, now->id);
  }
}

void SortedTree::rebalance(SortedLeaf* leaf) {
  if (leaf->count() == 0 && root_ != nullptr) return remove_leaf(leaf);
  if (leaf->bytes() < SortedLeaf::kBytesMax / 4 && root_ != nullptr && merge_leaf(leaf)) return;
  const auto bytes = leaf->bytes();
  if (bytes < leaf->capacity_bytes() * 5 / 8) resize_leaf(leaf, bytes + bytes / 8);
}

bool SortedTree::merge_leaf(SortedLeaf* leaf) {
  auto* parent = leaf->parent;
  const auto slot = parent->slot_of(leaf);
  const auto joins = [&](unsigned left_slot) {
    auto* left = parent->leaf(left_slot);
    auto* right = parent->leaf(left_slot + 1);
    const auto bytes = left->bytes() + right->bytes() - sizeof(SortedLeaf);
    if (bytes > SortedLeaf::kBytesMax * 3 / 4) return false;
    if (bytes > left->capacity_bytes()) left = resize_leaf(left, bytes);
    relocate(*right, 0, left->id);
    left->append(*right, 0);
    right->erase(0, right->count());  // what is outside has a new owner
    parent->sizes[left_slot] = left->count();
    parent->sizes[left_slot + 1] = 0;
    remove_leaf(right);
    return true;
  };
  return (slot + 1U < parent->count && joins(slot)) || (slot > 0 && joins(slot - 1));
}

// REQUIRES: the leaf is empty, and not the only one.
void SortedTree::remove_leaf(SortedLeaf* leaf) {
  auto* parent = leaf->parent;
  const auto slot = parent->slot_of(leaf);
  if (leaf->previous != 0) {
    leaves_[leaf->previous]->next = leaf->next;
  } else {
    first_ = leaf->next;
  }
  if (leaf->next != 0) {
    leaves_[leaf->next]->previous = leaf->previous;
  } else {
    last_ = leaf->previous;
  }
  delete_leaf(leaf);
  remove_child(parent, slot);
  drop_single_roots();
}

// REQUIRES: nothing is counted in the child any more.
void SortedTree::remove_child(SortedInner* node, unsigned slot) {
  node->erase(slot);
  if (node->parent == nullptr) return;
  if (node->count == 0) {
    auto* parent = node->parent;
    const auto node_slot = parent->slot_of(node);
    delete_inner(node);
    remove_child(parent, node_slot);
  } else if (node->count < SortedInner::kChildrenMax / 4) {
    merge_inner(node);
  }
}

void SortedTree::merge_inner(SortedInner* node) {
  auto* parent = node->parent;
  const auto slot = parent->slot_of(node);
  const auto joins = [&](unsigned left_slot) {
    auto* left = parent->inner(left_slot);
    auto* right = parent->inner(left_slot + 1);
    if (left->count + right->count > SortedInner::kChildrenMax * 3 / 4) return false;
    right->scores[0] = parent->scores[left_slot + 1];
    for (unsigned i = 0; i < right->count; ++i) {
      left->insert(left->count, right->children[i], right->scores[i], right->sizes[i]);
    }
    parent->sizes[left_slot] += parent->sizes[left_slot + 1];
    parent->sizes[left_slot + 1] = 0;
    delete_inner(right);
    remove_child(parent, left_slot + 1);
    return true;
  };
  if (slot + 1U < parent->count && joins(slot)) return;
  if (slot > 0) joins(slot - 1);
}

void SortedTree::drop_single_roots() noexcept {
  while (root_ != nullptr && root_->count == 1) {
    auto* old = root_;
    if (old->level == 0) {
      old->leaf(0)->parent = nullptr;
      root_ = nullptr;
    } else {
      root_ = old->inner(0);
      root_->parent = nullptr;
    }
    delete_inner(old);
  }
}

}  // namespace larder::value
