#include "keyspace/recompression.h"

#include <algorithm>
#include <utility>

#include "keyspace/compression.h"
#include "keyspace/keyspace.h"
#include "keyspace/store.h"
#include "keyspace/walk.h"

namespace larder::keyspace {

bool Recompression::work(Keyspace& keyspace, Compression& compression, std::int64_t until_us) {
  if (!is_on_) {
    if (!std::exchange(is_requested_, false)) return false;
    is_on_ = true;
    database_ = 0;
    cursor_ = 0;
  }
  while (database_ < keyspace.database_count()) {
    visit_some(keyspace.database(database_), compression);
    if (cursor_ == 0) ++database_;
    keyspace.release_inflated();
    if (base::monotonic_us() >= until_us) return true;
  }
  is_on_ = false;
  return is_requested_;
}

// Visits the keys of two buckets: a cursor is rounded down, and may lead to the one before.
void Recompression::visit_some(Database& database, Compression& compression) {
  if (database.store_ == nullptr) {
    cursor_ = 0;
    return;
  }
  const auto& table = database.store_->table;
  const auto shard = table.shard_of(cursor_);
  const auto first = shard.home(cursor_);
  const auto end = std::min(first + 2, shard.bucket_count());
  for_each_slot(table, shard, first, end, [&](Slot& slot) { visit(database, compression, slot); });
  cursor_ =
      end == shard.bucket_count() ? shard.end_hash(cursor_) : shard.first_hash_of(end, cursor_);
}

void Recompression::visit(Database& database, Compression& compression, Slot& slot) {
  constexpr std::size_t kTextBytesMax = 64 << 10;  // a longer one would take too long
  auto entry = database.ref(slot, database.store_->block_of(slot));
  if (entry.type() != Type::string || entry.string_encoding() != StringEncoding::raw) return;
  const auto length = entry.length();
  const auto key = entry.key();
  const auto* part = database.part_of(key);
  if (length > kTextBytesMax || !compression.concerns(part, length)) return;
  const auto before = entry.is_compressed() ? entry.compressed().dictionary : value::kNoDictionary;
  const auto now = compression.dictionary_for(database.index(), part, key, length);
  if (entry.is_compressed() && (now == before || now == value::kNoDictionary)) return;

  base::IntegerText scratch;
  const auto form = compression.compress_with(now, entry.text(scratch));
  if (!form.empty()) database.update_compressed(entry, form);
}

}  // namespace larder::keyspace
