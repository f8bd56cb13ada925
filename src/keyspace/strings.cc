// How strings are written: which form a value takes, and whether its entry can stay in its block.
#include <algorithm>
#include <cstring>
#include <utility>

#include "keyspace/database.h"
#include "keyspace/eviction.h"
#include "keyspace/keyspace.h"
#include "keyspace/store.h"

namespace larder::keyspace {
namespace {

constexpr std::size_t kEmbeddedBytesMax = 44;  // Redis's embstr

Form form_of(std::string_view text) noexcept {
  return text.size() <= kEmbeddedBytesMax ? Form::embedded : Form::raw;
}

std::size_t inline_field_bytes(std::size_t length) noexcept {
  return PackedLength::width(length) + length;
}

// The form that text of `length` bytes takes under `head`, and the bytes of its field.
std::pair<Form, std::size_t> fit(const Block::Head& head, std::size_t length) noexcept {
  const auto field_bytes = inline_field_bytes(length);
  if (head.has_room_for(field_bytes)) return {head.form, field_bytes};
  return {Form::outside, sizeof(value::LargeString*)};
}

bool same_block_size(std::size_t bytes, std::size_t other_bytes) noexcept {
  return SlabArena::rounded(bytes) == SlabArena::rounded(other_bytes);
}

}  // namespace

// Makes a slot lead to the block at `handle`, which has `deadline`.
void Database::point(Slot& slot, std::string_view key, Handle handle, Deadline deadline) noexcept {
  if (part_map_ != nullptr && slot.has_deadline() != (deadline != kNever)) [[unlikely]]
    charge_part(key, {.with_deadline = slot.has_deadline() ? -1 : 1});
  if (slot.has_deadline()) --store_->with_deadline;
  slot = Slot(handle, deadline != kNever, slot.access());
  if (slot.has_deadline()) ++store_->with_deadline;
}

void Database::free_block(Block block) noexcept {
  if (part_map_ != nullptr) [[unlikely]]
    charge_part(block.key(), {.entry_bytes = -charged_bytes(block.bytes())});
  store_->arena.free(store_->arena.handle_of(block.at()));
}

// Gives back what a value has besides its block: memory, its place in counts.
void Database::drop_value(Block block) noexcept {
  if (store_->compressed.values != 0 && block.type() == Type::string && block.is_compressed())
      [[unlikely]] {
    count_compressed(block, false);
  }
  if (!block.value_is_outside()) [[likely]]
    return;
  if (block.holds_object()) {
    disown(block, block.object());
    keyspace_.dispose(block.object());
    return;
  }
  disown(block, block.large());
  store_->destroy_large(block.large());
}

// Gives `entry` a new block and returns where its field is to be written. The old block stays as it
// is: the caller takes from it what it needs, then frees it.
unsigned char* Database::rebuild(EntryRef& entry, const Block::Head& head,
                                 std::size_t field_bytes) {
  const auto handle = store_->arena.allocate(head.bytes() + field_bytes);
  if (part_map_ != nullptr) [[unlikely]]
    charge_part(head.key, {.entry_bytes = charged_bytes(head.bytes() + field_bytes)});
  entry.block_ = Block(store_->arena.at(handle));
  point(*entry.slot_, head.key, handle, head.deadline);
  return Block::write_head(entry.block_.at(), head);
}

// Drops the value of `entry` and returns where another one's field is to be written.
unsigned char* Database::replace_field(EntryRef& entry, Form form, std::size_t field_bytes) {
  auto old = entry.block_;
  auto head = old.head();
  const auto old_bytes = old.bytes();
  drop_value(old);
  if (same_block_size(head.bytes() + field_bytes, old_bytes)) {
    old.set_form(form);
    return old.field();
  }
  head.form = form;
  auto* field = rebuild(entry, head, field_bytes);
  free_block(old);
  return field;
}

// The entry of `key`, new or with its old value dropped, whose field is to be written.
EntryRef Database::place(const Key& key, Type type, Form form, Deadline deadline,
                         std::size_t field_bytes) {
  auto& contents = store();
  auto* slot = find_slot(key);
  if (slot != nullptr && keyspace_.removes_expired_ && !is_live(*slot, contents.block_of(*slot)))
      [[unlikely]] {
    expire(slot, key.hash);
    slot = nullptr;
  }
  Block::Head head{type, form, deadline, key.name};
  if (slot == nullptr) {
    if (key.name.size() > Block::kKeyBytesMax) {
      head.outside_key = value::LargeString::make(key.name);
    }
    const auto handle = contents.arena.allocate(head.bytes() + field_bytes);
    const Block block(contents.arena.at(handle));
    Block::write_head(block.at(), head);
    if (head.outside_key != nullptr) own(block, head.outside_key);
    if (part_map_ != nullptr) [[unlikely]] {
      charge_part(key.name, {.keys = 1,
                             .with_deadline = deadline != kNever ? 1 : 0,
                             .entry_bytes = charged_bytes(head.bytes() + field_bytes)});
    }
    if (deadline != kNever) ++contents.with_deadline;
    if (keyspace_.created_callback_) [[unlikely]]
      keyspace_.created_callback_(*this, key.name);
    slot = contents.table.insert(key.hash, Slot(handle, deadline != kNever,
                                                keyspace_.evictor_->access_of_new_key(key.hash)));
    if (keyspace_.evictor_->follows(key.hash)) [[unlikely]] {
      keyspace_.evictor_->on_insert(key.hash, slot->access());
    }
    return ref(*slot, block);
  }

  if (--keyspace_.until_sampled_ == 0) [[unlikely]]
    sample(contents.block_of(*slot), key.hash);
  touch(*slot, key.hash);
  auto entry = ref(*slot, contents.block_of(*slot));
  const auto old = entry.block_;
  const auto old_bytes = old.bytes();
  if (old.key_is_outside()) head.outside_key = old.outside_key();
  unindex_elements(old, key.hash);
  drop_value(old);
  if (same_block_size(head.bytes() + field_bytes, old_bytes)) {
    point(*slot, key.name, slot->handle(), deadline);
    Block::write_head(old.at(), head);
  } else {
    rebuild(entry, head, field_bytes);
    free_block(old);
  }
  return entry;
}

// A string outside of `block`, with undefined content.
value::LargeString* Database::place_large(Block block, std::size_t length) {
  auto* large = store_->make_large(keyspace_.hasher_(block.key()), length, length);
  own(block, large);
  Block::write_large(block.field(), large);
  return large;
}

void Database::fill(Block block, Form form, std::string_view text) {
  auto* field = block.field();
  if (form == Form::outside) {
    std::memcpy(place_large(block, text.size())->bytes(), text.data(), text.size());
  } else {
    std::memcpy(PackedLength::write(field, text.size()), text.data(), text.size());
  }
}

EntryRef Database::set_text(const Key& key, Form form, std::string_view text, Deadline deadline) {
  if (const auto compressed = compress(key.name, text); !compressed.empty()) {
    return set_compressed(key, compressed, deadline);
  }
  const auto [fitting, field_bytes] =
      fit(Block::Head{Type::string, form, deadline, key.name}, text.size());
  auto entry = place(key, Type::string, fitting, deadline, field_bytes);
  fill(entry.block_, fitting, text);
  return entry;
}

EntryRef Database::set_string(const Key& key, std::string_view value, Deadline deadline) {
  if (const auto integer = base::parse_i64(value)) return set_integer(key, *integer, deadline);
  return set_text(key, form_of(value), value, deadline);
}

EntryRef Database::set_integer(const Key& key, std::int64_t value, Deadline deadline) {
  const auto width = Block::integer_width(value);
  auto entry = place(key, Type::string, Form::integer, deadline, 1 + width);
  Block::write_integer(entry.block_.field(), value, width);
  return entry;
}

void Database::update_integer(EntryRef& entry, std::int64_t value) {
  const auto width = Block::integer_width(value);
  Block::write_integer(replace_field(entry, Form::integer, 1 + width), value, width);
}

void Database::update_string(EntryRef& entry, std::string_view value) {
  if (const auto compressed = compress(entry.key(), value); !compressed.empty()) {
    update_compressed(entry, compressed);
    return;
  }
  auto head = entry.block_.head();
  head.form = form_of(value);
  const auto [form, field_bytes] = fit(head, value.size());
  replace_field(entry, form, field_bytes);
  fill(entry.block_, form, value);
}

char* Database::resize_outside(Block block, std::size_t length) {
  auto* large = block.large();
  const auto old_length = large->length();
  disown(block, large);
  large = store_->resize_large(keyspace_.hasher_(block.key()), large, length);
  own(block, large);
  Block::write_large(block.field(), large);
  if (length > old_length) std::memset(large->bytes() + old_length, 0, length - old_length);
  return large->bytes();
}

char* Database::resize_string(EntryRef& entry, std::size_t length) {
  auto old = entry.block_;
  const bool is_large = length > Block::kBytesMax / 2;
  if (old.value_is_outside() && is_large && !old.is_compressed())
    return resize_outside(old, length);

  base::IntegerText scratch;
  const auto text = entry.text(scratch);
  const auto kept = std::min(text.size(), length);
  auto head = old.head();
  head.form = Form::raw;
  const auto [form, field_bytes] = fit(head, length);
  char* bytes = nullptr;
  if (old.form() != Form::integer && old.form() != Form::outside && form == Form::raw &&
      !old.is_compressed() && PackedLength::width(length) == PackedLength::width(text.size()) &&
      same_block_size(head.bytes() + field_bytes, old.bytes())) {
    old.set_form(Form::raw);
    bytes = reinterpret_cast<char*>(PackedLength::write(old.field(), length));
  } else {
    head.form = form;
    auto* field = rebuild(entry, head, field_bytes);
    if (form == Form::outside) {
      bytes = place_large(entry.block_, length)->bytes();
    } else {
      bytes = reinterpret_cast<char*>(PackedLength::write(field, length));
    }
    std::memcpy(bytes, text.data(), kept);
    drop_value(old);
    free_block(old);
  }
  std::memset(bytes + kept, 0, length - kept);
  return bytes;
}

void Database::set_deadline(EntryRef& entry, Deadline deadline) {
  auto old = entry.block_;
  if (Block::deadline_width(old.deadline()) == Block::deadline_width(deadline)) {
    old.overwrite_deadline(deadline);
    return;
  }
  auto head = old.head();
  head.deadline = deadline;
  const auto field_bytes = old.field_bytes();
  std::memcpy(rebuild(entry, head, field_bytes), old.field(), field_bytes);
  free_block(old);
}

// A string of another key's, maybe in another database: there it lies in an arena of its own.
value::LargeString* Database::take_large(const Key& key, value::LargeString* large, Store& from) {
  if (!from.values.owns(large)) return large;
  if (&from == store_.get()) {
    ValueArena::set_hash(large, key.hash);
    return large;
  }
  auto* const copy = store_->make_large(key.hash, large->length(), large->length());
  std::memcpy(copy->bytes(), large->bytes(), large->length());
  if (large->is_compressed()) copy->mark_compressed();
  from.destroy_large(large);
  return copy;
}

// Writes the value of `source` under `target`. What lies outside its block is copied or, as told,
// taken over; then the caller removes the source without freeing it.
EntryRef Database::transplant(EntryRef source, Database& to, const Key& target,
                              bool takes_outside) {
  const auto block = source.block_;
  const auto deadline = block.deadline();
  if (block.type() != Type::string) return transplant_collection(source, to, target, takes_outside);
  if (block.form() == Form::integer) return to.set_integer(target, block.integer(), deadline);
  if (block.value_is_outside() && takes_outside) {
    auto* large = block.large();
    auto entry = to.place(target, Type::string, Form::outside, deadline, sizeof large);
    disown(block, large);
    auto* const taken = to.take_large(target, large, *store_);
    Block::write_large(entry.block_.field(), taken);
    to.own(entry.block_, taken);
    if (taken->is_compressed()) {
      to.count_compressed(entry.block_, true);  // first, lest its dictionary goes
      count_compressed(entry.block_, false);
    }
    return entry;
  }
  if (block.is_compressed()) {
    const auto entry = to.set_compressed(target, block.compressed_form(), deadline);
    if (takes_outside) count_compressed(block, false);
    return entry;
  }
  base::IntegerText scratch;
  const auto form = block.value_is_outside() ? Form::raw : block.form();
  return to.set_text(target, form, source.text(scratch), deadline);
}

void Database::copy_to(EntryRef source, Database& to, const Key& target) {
  if (&to == this && source.key() == target.name) return;
  transplant(source, to, target, false);
}

void Database::move_to(EntryRef source, Database& to, const Key& target) {
  if (&to == this && source.key() == target.name) return;
  const auto access = source.slot_->access();
  const auto block = source.block_;
  const auto entry = transplant(source, to, target, true);
  entry.slot_->set_access(access);
  // Adding the target may have moved the source's slot, though not its block.
  const Key key = keyspace_.key(block.key());
  remove(find_slot(key), key.hash, false);
  store_->table.settle(key.hash);
}

}  // namespace larder::keyspace
