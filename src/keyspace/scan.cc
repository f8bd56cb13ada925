// Walks through a database. Keys lie in the order of their hashes, so a cursor is a position among
// all hashes: it means the same whatever size the table has, and what lies before it has been
// visited.
#include <algorithm>

#include "keyspace/database.h"
#include "keyspace/keyspace.h"
#include "keyspace/store.h"
#include "keyspace/walk.h"

namespace larder::keyspace {
namespace {

// Cursors are the high 48 bits of a position: a client may keep them in a double.
constexpr unsigned kCursorShift = 16;
constexpr std::size_t kBucketsPerKeyMax =
    10;  // as many empty buckets a scan passes for each key it is asked for

}  // namespace

std::uint64_t Database::scan(std::uint64_t cursor, std::size_t count, Visitor visit) {
  return scan_even_expired(cursor, count, [&](EntryRef entry) {
    if (!entry.is_expired(keyspace_.now_ms_)) visit(entry);
  });
}

std::uint64_t Database::scan_even_expired(std::uint64_t cursor, std::size_t count, Visitor visit) {
  if (store_ == nullptr) return 0;
  auto position = cursor << kCursorShift;
  auto wanted = std::max<std::size_t>(count, 1);
  auto buckets_left = std::min(wanted, std::size_t{1} << 40) * kBucketsPerKeyMax;
  do {
    position = scan_shard(position, wanted, buckets_left, visit);
  } while (position != 0 && wanted != 0 && buckets_left != 0);
  return position >> kCursorShift;
}

// Visits keys of one shard with hashes from `first` on, and returns the first hash not visited.
std::uint64_t Database::scan_shard(std::uint64_t first, std::size_t& wanted,
                                   std::size_t& buckets_left, Visitor visit) {
  const auto& table = store_->table;
  const auto shard = table.shard_of(first);
  const auto count = shard.bucket_count();
  const auto home = shard.home(first);
  constexpr std::size_t kKeysPerBucket = 5;
  const auto buckets =
      std::min<std::size_t>({wanted / kKeysPerBucket + 1, count - home, buckets_left});

  // A cursor that is not of our making may lie so close before a bucket's begin that rounding makes
  // the two the same.
  auto end_bucket = home + static_cast<unsigned>(buckets);
  std::uint64_t end = first;
  for (; end_bucket < count && end == first; ++end_bucket) {
    end = shard.first_hash_of(end_bucket, first) >> kCursorShift << kCursorShift;
  }
  if (end == first) end = shard.end_hash(first);

  // Keys whose home is in the range may lie in buckets after it, as far as those before were
  // passed.
  auto last = shard.home(end - 1);
  auto span = last - home + 1;
  while (shard.buckets()[last].passed() != 0 && span < count) {
    last = shard.after(last);
    ++span;
  }
  buckets_left -= std::min<std::size_t>(buckets_left, span);

  const auto act = [&](Slot& slot) {
    const auto block = store_->block_of(slot);
    const auto hash = keyspace_.hasher_(block.key());
    if (hash < first || hash > end - 1) return;
    visit(ref(slot, block));
    if (wanted != 0) --wanted;
  };
  const auto until_end = std::min(span, count - home);
  for_each_slot(table, shard, home, home + until_end, act);
  for_each_slot(table, shard, 0, span - until_end, act);
  return end;
}

void Database::for_each(Visitor visit) {
  for_each_even_expired([&](EntryRef entry) {
    if (is_live(*entry.slot_, entry.block_)) visit(entry);
  });
}

void Database::for_each_even_expired(Visitor visit) {
  if (store_ == nullptr) return;
  const auto& table = store_->table;
  table.for_each_shard([&](Shard shard) {
    for_each_slot(table, shard, 0, shard.bucket_count(), [&](Slot& slot) {
      visit(ref(slot, store_->block_of(slot)));
      keyspace_.release_inflated();
    });
    return true;
  });
}

// A random place in a random shard, tried again while it is empty: all keys of a shard have the
// same chance, and shards hold about the same number of keys.
EntryRef Database::random(base::Random& random) {
  if (size() == 0) return {};
  constexpr int kTriesMax = 200;
  for (int i = 0; i < kTriesMax; ++i) {
    const auto shard = store_->table.shard_of(random.next());
    const auto place = random.below(std::uint64_t{shard.bucket_count()} * Bucket::kSlots);
    auto& slot = shard.buckets()[place / Bucket::kSlots].slot(place % Bucket::kSlots);
    if (slot.is_empty()) continue;
    const auto block = store_->block_of(slot);
    if (is_live(slot, block)) return ref(slot, block);
  }
  const auto start = random.next();
  const auto entry = first_live_from(start);
  return entry ? entry : first_live_from(0);
}

EntryRef Database::first_live_from(std::uint64_t hash) {
  EntryRef found;
  do {
    const auto shard = store_->table.shard_of(hash);
    for_each_slot(store_->table, shard, 0, shard.bucket_count(), [&](Slot& slot) {
      const auto block = store_->block_of(slot);
      if (!found && is_live(slot, block)) found = ref(slot, block);
    });
    hash = shard.end_hash(hash);
  } while (!found && hash != 0);
  return found;
}

}  // namespace larder::keyspace
