// Keeps the sizes of parts: what a change adds to them, and the count of what was there before
// them.
//
// The count goes through a table in the order of the hashes, a shard at a time. Until it has passed
// a key, changes of it are not added up: the count will meet what is there then.
#include <utility>

#include "keyspace/eviction.h"
#include "keyspace/key_use.h"
#include "keyspace/keyspace.h"
#include "keyspace/store.h"
#include "keyspace/walk.h"

namespace larder::keyspace {

std::int64_t Database::charged_bytes(std::size_t block_bytes) noexcept {
  return static_cast<std::int64_t>(SlabArena::rounded(block_bytes));
}

PartSize Database::size_of(Block block) noexcept {
  return {.keys = 1,
          .with_deadline = block.has_deadline() ? 1 : 0,
          .entry_bytes = charged_bytes(block.bytes())};
}

void Database::charge_part(std::string_view key, const PartSize& difference) noexcept {
  auto* part = part_map_->find(key);
  if (part == nullptr) return;
  if (!is_counted_ && keyspace_.hasher_(key) >= counted_below_) return;
  part_sizes_[part->index] += difference;
  keyspace_.parts_->add(*part, difference);
}

void Database::note_size(Block block, std::size_t bytes) {
  constexpr std::size_t kNotedFrom = 4096;  // smaller ones are met in samples
  if (bytes < kNotedFrom) return;
  keyspace_.use_->on_size(index_, block.key(), keyspace_.hasher_(block.key()), bytes);
}

void Database::own(Block block, value::LargeString* string) {
  store_->own_outside(string);
  note_size(block, string->memory_bytes());
  if (part_map_ == nullptr) return;
  charge_part(block.key(), {.entry_bytes = static_cast<std::int64_t>(string->memory_bytes())});
}

void Database::disown(Block block, const value::LargeString* string) noexcept {
  store_->disown_outside(string);
  if (part_map_ == nullptr) return;
  charge_part(block.key(), {.entry_bytes = -static_cast<std::int64_t>(string->memory_bytes())});
}

void Database::own(Block block, value::Object* object) {
  ++store_->objects;
  note_size(block, object->memory_bytes());
  if (part_map_ == nullptr) return;
  object->charged_bytes = 0;
  charge_object(block);
}

void Database::disown(Block block, const value::Object* object) noexcept {
  --store_->objects;
  if (part_map_ == nullptr) return;
  charge_part(block.key(), {.entry_bytes = -static_cast<std::int64_t>(object->charged_bytes)});
}

// Objects grow and shrink by themselves: what was charged for one is kept with it.
void Database::charge_object(Block block) noexcept {
  auto* object = block.object();
  const auto bytes = object->memory_bytes();
  const auto difference =
      static_cast<std::int64_t>(bytes) - static_cast<std::int64_t>(object->charged_bytes);
  object->charged_bytes = bytes;
  charge_part(block.key(), {.entry_bytes = difference});
}

void Database::count_look_up_in_part(std::string_view key, bool found) noexcept {
  auto* part = part_map_->find(key);
  if (part != nullptr) ++(found ? part->counters.hits : part->counters.misses);
}

void Database::count_change_in_part(std::string_view key) noexcept {
  auto* part = part_map_->find(key);
  if (part == nullptr) return;
  ++part->counters.written;
  if (store_ == nullptr || store_->objects == 0) return;
  const auto* slot = find_slot(keyspace_.key(key));
  if (slot == nullptr) return;
  const auto block = store_->block_of(*slot);
  if (block.holds_object()) charge_object(block);
}

void Database::forget_part_sizes() noexcept {
  for (std::size_t i = 0; i < part_sizes_.size(); ++i) {
    keyspace_.parts_->add(keyspace_.parts_->all()[i], -std::exchange(part_sizes_[i], {}));
  }
  is_counted_ = true;  // to be called where all goes
}

// The count through one database.
class PartCount {
 public:
  explicit PartCount(Database& database) noexcept : database_(database) {}

  void restart(const PartMap* map, std::size_t part_count) {
    database_.part_map_ = map;
    database_.part_sizes_.assign(part_count, {});
    database_.counted_below_ = 0;
    database_.is_counted_ = map == nullptr || database_.store_ == nullptr;
  }

  // Counts one shard. REQUIRES: not all is counted.
  void step() {
    auto& store = *database_.store_;
    const auto at = database_.counted_below_;
    const auto shard = store.table.shard_of(at);
    const auto end = shard.end_hash(at);
    // A shard that was split or merged since the last step may begin before it: those were counted.
    const bool is_split = shard.first_hash(at) != at;
    std::vector<PartSize> met(database_.part_sizes_.size());
    for_each_slot(store.table, shard, 0, shard.bucket_count(), [&](Slot& slot) {
      const auto block = store.block_of(slot);
      if (is_split && database_.keyspace_.hasher_(block.key()) < at) return;
      if (const auto* part = database_.part_map_->find(block.key())) {
        met[part->index] += whole_size(block);
        if (block.holds_object()) block.object()->charged_bytes = block.object()->memory_bytes();
      }
    });
    database_.counted_below_ = end;
    database_.is_counted_ = end == 0;
    auto& parts = *database_.keyspace_.parts_;
    for (std::size_t i = 0; i < met.size(); ++i) {
      database_.part_sizes_[i] += met[i];
      parts.add(parts.all()[i], met[i]);
    }
  }

  bool is_done() const noexcept { return database_.is_counted_; }

  void add_all(std::vector<PartSize>& sizes) {
    if (database_.part_map_ == nullptr) return;
    database_.for_each_even_expired([&](EntryRef entry) {
      const auto* part = database_.part_map_->find(entry.key());
      if (part != nullptr) sizes[part->index] += whole_size(entry.block_);
    });
  }

 private:
  static PartSize whole_size(Block block) noexcept {
    auto size = Database::size_of(block);
    size.entry_bytes += static_cast<std::int64_t>(block.outside_bytes());
    return size;
  }

  Database& database_;
};

void Keyspace::set_parts(std::vector<PartRules> rules) {
  auto parts =
      rules.empty() ? nullptr : std::make_unique<Parts>(std::move(rules), database_count());
  for (const auto& each : databases_) {
    const auto* map = parts == nullptr ? nullptr : &parts->map_of(each->index());
    const bool has_any = map != nullptr && !map->is_empty();
    PartCount(*each).restart(has_any ? map : nullptr, has_any ? parts->all().size() : 0);
  }
  parts_ = std::move(parts);
  evictor_->look_at_parts();
}

bool Keyspace::are_parts_counted() const noexcept {
  for (const auto& each : databases_) {
    if (!each->is_counted_) return false;
  }
  return true;
}

// True where there is more to count than there was time for.
bool Keyspace::count_parts(std::int64_t until_us) {
  if (parts_ == nullptr) return false;
  for (const auto& each : databases_) {
    PartCount count(*each);
    while (!count.is_done()) {
      count.step();
      if (base::monotonic_us() >= until_us) return true;
    }
  }
  return false;
}

std::vector<PartSize> Keyspace::recount_parts() {
  if (parts_ == nullptr) return {};
  count_parts(INT64_MAX);
  std::vector<PartSize> sizes(parts_->all().size());
  for (const auto& each : databases_) PartCount(*each).add_all(sizes);
  return sizes;
}

void Keyspace::swap(int a, int b) noexcept {
  auto& one = database(a);
  auto& other = database(b);
  one.store_.swap(other.store_);
  if (parts_ == nullptr || a == b) return;
  if (!parts_->depend_on_database()) {
    one.part_sizes_.swap(other.part_sizes_);
    std::swap(one.counted_below_, other.counted_below_);
    std::swap(one.is_counted_, other.is_counted_);
    return;
  }
  for (auto* each : {&one, &other}) {
    each->forget_part_sizes();
    PartCount(*each).restart(each->part_map_, each->part_sizes_.size());
  }
}

}  // namespace larder::keyspace
