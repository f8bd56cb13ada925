// Elements with deadlines of their own: which keys have some, and how those are removed whose time
// has come.
#include <string>
#include <vector>

#include "keyspace/database.h"
#include "keyspace/keyspace.h"
#include "keyspace/store.h"
#include "value/hash.h"
#include "value/set_key.h"
#include "value/sorted_set.h"

namespace larder::keyspace {
namespace {

// How many of them a look-up removes before it goes on: some hundred microseconds. Views of hashes
// and sets know that those left are not there; of a sorted set, ranges and counts have them until
// the sweep or the next look-ups removed them.
constexpr std::size_t kStepsOfAccess = 500;
constexpr std::size_t kStepsOfSweep = 200;

Deadline next_deadline_of(Block block) noexcept {
  if (block.type() == Type::string) return kNever;
  if (block.value_is_outside()) return block.object()->next_deadline();
  if (block.type() == Type::hash) return value::PackedHash(block.packed()).next_deadline();
  return kNever;
}

// Removes members of a set; those that have deadlines are in a table.
std::size_t expire_members(value::Cell& cell, base::UnixMs now, std::size_t steps_max,
                           base::FunctionRef<void(std::string_view)> before) {
  auto* table = cell.object() == nullptr ? nullptr : cell.object()->elements();
  if (table == nullptr) return 0;
  const auto from = table->next_deadline();
  const auto removed = table->expire(now, steps_max, [&](const value::Element& element) {
    base::IntegerText digits;
    before(value::SetKey::member(element.key).text(digits));
  });
  const auto to = table->next_deadline();
  if (from != to) cell.next_deadline_moved(from, to);
  return removed;
}

std::size_t expire_sorted_members(value::Cell& cell, base::UnixMs now, std::size_t steps_max,
                                  base::FunctionRef<void(std::string_view)> before) {
  return value::SortedSet(cell, {}).expire(now, steps_max, before);
}

bool is_empty(const EntryRef& entry) noexcept {
  return entry.object() != nullptr ? entry.object()->element_count() == 0
                                   : value::PackedHash(entry.packed()).count() == 0;
}

}  // namespace

void Database::index_elements(Block block, std::uint64_t hash) {
  const auto next = next_deadline_of(block);
  if (next != kNever) [[unlikely]]
    store_->element_deadlines.add({next, hash});
}

// Before the value of a block is dropped.
void Database::unindex_elements(Block block, std::uint64_t hash) {
  if (store_->element_deadlines.is_empty()) [[likely]]
    return;
  const auto next = next_deadline_of(block);
  if (next != kNever) store_->element_deadlines.remove({next, hash});
}

void Database::move_element_deadline(const EntryRef& entry, Deadline from, Deadline to) {
  const auto hash = keyspace_.hasher_(entry.key());
  if (from != kNever) store_->element_deadlines.remove({from, hash});
  if (to != kNever) store_->element_deadlines.add({to, hash});
}

bool Database::has_due_elements(Block block) const noexcept {
  return next_deadline_of(block) <= keyspace_.now_ms_;
}

// Removes elements past their deadline, about `steps_max` of them, and the key with the last one:
// then `entry` becomes empty.
void Database::expire_elements(EntryRef& entry, std::uint64_t hash, std::size_t steps_max) {
  std::vector<std::string> names;
  const auto type = entry.type();
  const bool is_told = static_cast<bool>(keyspace_.elements_expired_callback_);
  const auto before = [&](std::string_view name) {
    if (is_told) names.emplace_back(name);
  };
  std::size_t removed = 0;
  {
    EntryCell cell(*this, entry);
    const auto now = keyspace_.now_ms_;
    if (type == Type::hash) {
      const value::HashOptions options{.hasher = keyspace_.hasher_, .now = now};
      removed = value::Hash(cell, options).expire(steps_max, before);
    } else if (type == Type::set) {
      removed = expire_members(cell, now, steps_max, before);
    } else {
      removed = expire_sorted_members(cell, now, steps_max, before);
    }
  }
  count_size(entry);
  keyspace_.counters_.expired_elements += removed;
  const bool empties = removed != 0 && is_empty(entry);
  if (is_told && removed != 0) {
    keyspace_.elements_expired_callback_({*this, type, entry.key(), names, empties});
  }
  if (!empties) return;
  remove(entry.slot_, hash);
  store_->table.settle(hash);
  entry = {};
}

EntryRef Database::find_with_due_elements(EntryRef entry, std::uint64_t hash) {
  if (!keyspace_.removes_expired_ || !has_due_elements(entry.block_)) return entry;
  expire_elements(entry, hash, keyspace_.expires_elements_at_once_ ? SIZE_MAX : kStepsOfAccess);
  return entry;
}

// Removes what is due of the first key that has something due. False where there is none.
bool Database::sweep_elements() {
  if (store_ == nullptr || store_->element_deadlines.next() > keyspace_.now_ms_) return false;
  const auto item = store_->element_deadlines.first();
  auto* slot = store_->table.find(item.hash, [&](Slot candidate) {
    const auto block = store_->block_of(candidate);
    return next_deadline_of(block) == item.deadline && keyspace_.hasher_(block.key()) == item.hash;
  });
  if (slot == nullptr) {
    store_->element_deadlines.remove(item);
    return true;
  }
  auto entry = ref(*slot, store_->block_of(*slot));
  expire_elements(entry, item.hash, kStepsOfSweep);
  return true;
}

std::size_t Database::with_element_deadlines() const noexcept {
  return store_ == nullptr ? 0 : store_->element_deadlines.size();
}

}  // namespace larder::keyspace
