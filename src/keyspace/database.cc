#include "keyspace/database.h"

#include <bit>
#include <cstring>

#include "base/prefetch.h"
#include "keyspace/background_free.h"
#include "keyspace/compression.h"
#include "keyspace/eviction.h"
#include "keyspace/key_use.h"
#include "keyspace/keyspace.h"
#include "keyspace/store.h"

namespace larder::keyspace {

// --- EntryRef
// --------------------------------------------------------------------------------------------------------

StringEncoding EntryRef::string_encoding() const noexcept {
  switch (block_.form()) {
    case Form::integer:
      return StringEncoding::integer;
    case Form::embedded:
      return StringEncoding::embedded;
    default:
      return StringEncoding::raw;
  }
}

std::uint64_t EntryRef::idle_seconds() const noexcept {
  return slot_->access().age_seconds(database_->keyspace_.clock_);
}

std::uint8_t EntryRef::frequency() const noexcept {
  const auto& keyspace = database_->keyspace_;
  const auto access = slot_->access();
  return access.faded_frequency(access.age_seconds(keyspace.clock_), keyspace.counting_);
}

std::size_t EntryRef::memory_bytes() const noexcept {
  const auto& table = database_->store_->table;
  return SlabArena::rounded(block_.bytes()) + table.memory_bytes() / table.size() +
         block_.outside_bytes();
}

// --- look-up
// ---------------------------------------------------------------------------------------------------------

Database::Database(Keyspace& keyspace, int index) noexcept : keyspace_(keyspace), index_(index) {}
Database::~Database() = default;

Store& Database::store() {
  if (store_ == nullptr)
    store_ = std::make_unique<Store>(*keyspace_.pool_, *keyspace_.value_pool_, keyspace_.hasher_);
  return *store_;
}

bool Database::is_live(Slot slot, Block block) const noexcept {
  return !slot.has_deadline() || block.deadline() > keyspace_.now_ms_;
}

Slot* Database::find_slot(const Key& key) const noexcept {
  if (store_ == nullptr) return nullptr;
  const auto& table = store_->table;
  return table.find(key.hash, [&](Slot slot) { return table.block_of(slot).key() == key.name; });
}

// Counts a use of the entry.
void Database::touch(Slot& slot, std::uint64_t hash) noexcept {
  slot.set_access(
      slot.access().used(keyspace_.clock_, keyspace_.random_.next(), keyspace_.counting_));
  if (keyspace_.evictor_->follows(hash)) [[unlikely]] {
    keyspace_.evictor_->on_hit(hash, slot.access());
  }
}

void Database::sample(Block block, std::uint64_t hash) {
  const auto bytes = SlabArena::rounded(block.bytes()) + block.outside_bytes();
  keyspace_.until_sampled_ = keyspace_.use_->on_sample(index_, block.key(), hash, bytes);
}

EntryRef Database::find(const Key& key, Touch touch) {
  auto* slot = find_slot(key);
  if (slot == nullptr) {
    if (touch == Touch::yes && keyspace_.evictor_->follows(key.hash)) [[unlikely]] {
      keyspace_.evictor_->on_miss(key.hash);
    }
    return {};
  }
  const auto block = store_->block_of(*slot);
  if (!is_live(*slot, block)) [[unlikely]] {
    if (keyspace_.removes_expired_) {
      expire(slot, key.hash);
      store_->table.settle(key.hash);
    }
    return {};
  }
  if (--keyspace_.until_sampled_ == 0) [[unlikely]]
    sample(block, key.hash);
  if (touch == Touch::yes) this->touch(*slot, key.hash);
  if (store_->element_deadlines.next() <= keyspace_.now_ms_) [[unlikely]] {
    return find_with_due_elements(ref(*slot, block), key.hash);
  }
  return ref(*slot, block);
}

void Database::set_idle_seconds(EntryRef& entry, std::uint64_t seconds) noexcept {
  entry.slot_->set_access(entry.slot_->access().aged(keyspace_.clock_, seconds));
}

void Database::set_frequency(EntryRef& entry, std::uint8_t frequency) noexcept {
  entry.slot_->set_access(entry.slot_->access().with_frequency(frequency));
}

void Database::prefetch_bucket(std::uint64_t hash) const noexcept {
  if (store_ == nullptr) return;
  base::prefetch(store_->table.home_bucket(hash));
  if (store_->is_filling) [[unlikely]]
    base::prefetch(&store_->table.shard_of(hash).keys());  // which adding a key looks at
}

// The block of an entry of the home bucket whose tag is that of `hash`; its bytes are not read.
std::optional<Block> Database::likely_block(std::uint64_t hash) const noexcept {
  if (store_ == nullptr) return std::nullopt;
  const auto& bucket = *store_->table.home_bucket(hash);
  const auto matches = bucket.with_tag(Bucket::tag_of(hash));
  if (matches == 0) return std::nullopt;
  return store_->block_of(bucket.slot(Bucket::index_of(matches)));
}

void Database::prefetch_entry(std::uint64_t hash) const noexcept {
  const auto block = likely_block(hash);
  if (!block) {  // it may be about to be added
    if (store_ != nullptr) base::prefetch(&store_->table.shard_of(hash).keys());
    keyspace_.evictor_->prefetch(hash);
    return;
  }
  // Blocks begin anywhere in a cache line: one of 88 bytes (16 of key, 64 of value) may lie in
  // three.
  base::prefetch(block->at());
  base::prefetch(block->at() + 64);
  base::prefetch(block->at() + 128);
}

const value::Object* Database::prefetch_object(std::uint64_t hash) const noexcept {
  const auto block = likely_block(hash);
  if (!block || !block->holds_object()) return nullptr;
  const auto* object = block->object();
  base::prefetch(object);
  base::prefetch(reinterpret_cast<const char*>(object) + 64);
  return object;
}

// --- removal
// ---------------------------------------------------------------------------------------------------------

// `frees_field` is false where somebody else owns by now what the value has outside its block.
void Database::remove(Slot* slot, std::uint64_t hash, bool frees_field) {
  auto block = store_->block_of(*slot);
  if (part_map_ != nullptr) [[unlikely]]
    charge_part(block.key(), -size_of(block));
  unindex_elements(block, hash);
  if (frees_field) drop_value(block);
  if (block.key_is_outside()) [[unlikely]] {
    disown(block, block.outside_key());
    value::LargeString::destroy(block.outside_key());
  }
  if (slot->has_deadline()) --store_->with_deadline;
  const auto handle = slot->handle();
  store_->table.erase(slot, hash);
  store_->arena.free(handle);
}

void Database::expire(Slot* slot, std::uint64_t hash) {
  if (keyspace_.expired_callback_) {
    keyspace_.expired_callback_(*this, store_->block_of(*slot).key());
  }
  ++keyspace_.counters_.expired;
  if (part_map_ != nullptr) [[unlikely]] {
    if (auto* part = part_map_->find(store_->block_of(*slot).key())) ++part->counters.expired;
  }
  const Keyspace::FreeingScope scope(keyspace_, keyspace_.lazy_free_.expired);
  remove(slot, hash);
}

bool Database::erase(const Key& key) {
  const auto entry = find(key, Touch::no);
  if (!entry) return false;
  remove(entry.slot_, key.hash);
  store_->table.settle(key.hash);
  return true;
}

void Database::erase(EntryRef entry) {
  const auto hash = keyspace_.hasher_(entry.key());
  remove(entry.slot_, hash);
  store_->table.settle(hash);
}

void Database::reserve(std::size_t keys) {
  if (size() != 0) return;
  store().table.reserve(keys);
  store().is_filling = true;
}

void Database::shrink() {
  if (store_ == nullptr) return;
  store_->table.fit();
  store_->is_filling = false;
}

std::size_t Database::clear(bool asynchronous) {
  const auto removed = size();
  forget_part_sizes();
  if (store_ != nullptr) keyspace_.compression_->forget(store_->compressed);
  if (asynchronous && removed != 0) keyspace_.background_->free(std::move(store_));
  store_.reset();
  return removed;
}

// --- counts
// ----------------------------------------------------------------------------------------------------------

std::size_t Database::size() const noexcept { return store_ == nullptr ? 0 : store_->table.size(); }
std::size_t Database::with_deadline() const noexcept {
  return store_ == nullptr ? 0 : store_->with_deadline;
}
std::size_t Database::table_bytes() const noexcept {
  return store_ == nullptr ? 0 : store_->table.memory_bytes();
}

Database::TableShape Database::table_shape() const {
  TableShape shape;
  if (store_ == nullptr) return shape;
  store_->table.for_each_shard([&](Shard shard) {
    ++shape.shards;
    for (unsigned i = 0; i < shard.bucket_count(); ++i) {
      const auto& bucket = shard.buckets()[i];
      ++shape.buckets[static_cast<unsigned>(std::popcount(bucket.occupied()))];
      if (bucket.passed() != 0) ++shape.overflowed;
    }
    return true;
  });
  return shape;
}

std::int64_t Database::average_ttl_ms() const noexcept {
  return with_deadline() == 0 ? 0 : store_->sweep.average_ttl_ms;
}

}  // namespace larder::keyspace
