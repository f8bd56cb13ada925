#include "keyspace/recompression.h"

#include <utility>

#include "keyspace/compression.h"
#include "keyspace/keyspace.h"

namespace larder::keyspace {

bool Recompression::work(Keyspace& keyspace, Compression& compression, std::int64_t until_us) {
  if (!is_on_) {
    if (!std::exchange(is_requested_, false)) return false;
    is_on_ = true;
    database_ = 0;
    cursor_ = 0;
  }
  constexpr std::size_t kKeysAtOnce = 8;
  while (database_ < keyspace.database_count()) {
    auto& database = keyspace.database(database_);
    cursor_ = database.scan(cursor_, kKeysAtOnce, [&](EntryRef entry) {
      visit(database, compression, entry);
      keyspace.release_inflated();
    });
    if (cursor_ == 0) ++database_;
    if (base::monotonic_us() >= until_us) return true;
  }
  is_on_ = false;
  return is_requested_;
}

// Changes the entry's block and where its slot leads, but not the table: a scan may go on.
void Recompression::visit(Database& database, Compression& compression, EntryRef entry) {
  constexpr std::size_t kTextBytesMax = 64 << 10;  // a longer one would take too long
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
