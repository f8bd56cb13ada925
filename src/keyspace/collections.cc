// How the entries of collections are written: packed bytes in their block, or a pointer to an
// object. What the bytes mean is known to the types in value/.
#include <cstring>

#include "keyspace/database.h"
#include "keyspace/keyspace.h"
#include "keyspace/store.h"

namespace larder::keyspace {
namespace {

std::size_t packed_field_bytes(std::size_t length) noexcept {
  return PackedLength::width(length) + length;
}

constexpr std::size_t kHeadBytesMax = 1 + 2 + sizeof(Deadline) + Block::kKeyBytesMax;
static_assert(kHeadBytesMax + 2 + value::kPackedBytesMax <= Block::kBytesMax);

}  // namespace

EntryRef Database::create(const Key& key, Type type, Deadline deadline) {
  auto entry = place(key, type, Form::raw, deadline, packed_field_bytes(0));
  PackedLength::write(entry.block_.field(), 0);
  return entry;
}

EntryRef Database::put(const Key& key, Type type, value::FreeCell content, Deadline deadline) {
  if (auto object = content.take_object()) {
    return place_object(key, type, object.release(), deadline);
  }
  const auto packed = content.packed();
  auto entry = place(key, type, Form::raw, deadline, packed_field_bytes(packed.size()));
  auto* bytes = PackedLength::write(entry.block_.field(), packed.size());
  if (!packed.empty()) std::memcpy(bytes, packed.data(), packed.size());
  index_elements(entry.block_, key.hash);
  return entry;
}

EntryRef Database::place_object(const Key& key, Type type, value::Object* object,
                                Deadline deadline) {
  auto entry = place(key, type, Form::outside, deadline, sizeof object);
  Block::write_object(entry.block_.field(), object);
  own(entry.block_, object);
  index_elements(entry.block_, key.hash);
  return entry;
}

char* Database::resize_packed(EntryRef& entry, std::size_t length) {
  const auto old = entry.block_;
  const auto packed = old.packed();
  const auto head = old.head();
  const auto field_bytes = packed_field_bytes(length);
  if (PackedLength::width(length) == PackedLength::width(packed.size()) &&
      SlabArena::rounded(head.bytes() + field_bytes) == SlabArena::rounded(old.bytes())) {
    return reinterpret_cast<char*>(PackedLength::write(old.field(), length));
  }
  auto* bytes =
      reinterpret_cast<char*>(PackedLength::write(rebuild(entry, head, field_bytes), length));
  std::memcpy(bytes, packed.data(), std::min(packed.size(), length));
  free_block(old);
  return bytes;
}

void Database::keep_object(EntryRef& entry, value::Object* object) {
  Block::write_object(replace_field(entry, Form::outside, sizeof object), object);
  own(entry.block_, object);
}

char* Database::replace_object(EntryRef& entry, std::size_t packed_bytes) {
  auto* field = replace_field(entry, Form::raw, packed_field_bytes(packed_bytes));
  return reinterpret_cast<char*>(PackedLength::write(field, packed_bytes));
}

EntryRef Database::transplant_collection(EntryRef source, Database& to, const Key& target,
                                         bool takes_object) {
  const auto block = source.block_;
  const auto deadline = block.deadline();
  if (block.holds_object()) {
    auto* object = takes_object ? block.object() : block.object()->clone().release();
    if (takes_object) disown(block, block.object());
    return to.place_object(target, block.type(), object, deadline);
  }
  const auto packed = block.packed();
  auto entry =
      to.place(target, block.type(), Form::raw, deadline, packed_field_bytes(packed.size()));
  std::memcpy(PackedLength::write(entry.block_.field(), packed.size()), packed.data(),
              packed.size());
  to.index_elements(entry.block_, target.hash);
  return entry;
}

}  // namespace larder::keyspace
