// Strings that are kept compressed: written so where it saves enough, and inflated for whoever
// looks at them.
#include "base/check.h"
#include "keyspace/keyspace.h"
#include "keyspace/store.h"
#include "value/compressed.h"

namespace larder::keyspace {

// The text in its compressed form; nullptr where it is to be kept as it is.
value::LargeString* Database::compressed(std::string_view key, std::string_view text) const {
  if (text.size() < keyspace_.compressed_length_min_) return nullptr;
  if (text.size() > value::kCompressedBytesMax) return nullptr;
  const auto* part = part_of(key);
  const auto compresses = part == nullptr ? keyspace_.compresses_
                                          : part->rules.compresses.value_or(keyspace_.compresses_);
  if (!compresses) return nullptr;
  auto& room = keyspace_.compressing_;
  constexpr std::size_t kRoomKept = 64 << 10;
  room.resize(value::compressed_bytes_max(text.size()));
  const auto size = value::compress(text, room.data());
  auto* string =
      size == 0 ? nullptr : value::LargeString::make_compressed(text.size(), {room.data(), size});
  if (room.capacity() > kRoomKept) room = {};
  return string;
}

void Database::fill(Block block, value::LargeString* string) {
  Block::write_large(block.field(), string);
  own(block, string);
}

std::string_view EntryRef::text_outside() const {
  const auto* string = block_.large();
  if (!string->is_compressed()) return string->text();
  auto* bytes = database_->keyspace_.inflated_.take(string->length());
  CHECK(value::inflate(string->stored(), bytes, string->length()), "a compressed value is damaged");
  return {bytes, string->length()};
}

}  // namespace larder::keyspace
