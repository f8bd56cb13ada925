// Strings that are kept compressed: written so where it saves enough, and inflated for whoever
// looks at them.
#include "keyspace/compression.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "keyspace/keyspace.h"
#include "keyspace/store.h"

namespace larder::keyspace {
namespace {

// How the keys of one kind of values begin: as a part's do, or else up to the first colon.
std::string_view beginning(const Part* part, std::string_view key) noexcept {
  if (part != nullptr && !part->rules.prefix.empty()) return part->rules.prefix;
  constexpr std::size_t kLookedAtMax = 32;
  const auto colon = key.substr(0, kLookedAtMax).find(':');
  return colon == std::string_view::npos ? std::string_view() : key.substr(0, colon + 1);
}

}  // namespace

void Compression::set_rules(bool compresses, std::size_t length_min) {
  if (compresses_ && !compresses) dictionaries_.forget_kinds();
  if (compresses) recompression_.request();
  compresses_ = compresses;
  length_min_ = length_min;
}

std::string_view Compression::compress(int database, const Part* part, std::string_view key,
                                       std::string_view text) {
  if (text.size() > value::Dictionary::kTextBytesMax) {
    return compress_with(value::kNoDictionary, text);
  }
  auto& kind = dictionaries_.kind_of(database, beginning(part, key));
  const auto form = compress_with(dictionaries_.choose(kind, text), text);
  dictionaries_.note(kind, text.size(), form.empty() ? text.size() : form.size());
  return form;
}

value::DictionaryNumber Compression::dictionary_for(int database, const Part* part,
                                                    std::string_view key,
                                                    std::size_t length) const {
  if (length > value::Dictionary::kTextBytesMax) return value::kNoDictionary;
  return dictionaries_.current_of(database, beginning(part, key));
}

std::string_view Compression::compress_with(value::DictionaryNumber number, std::string_view text) {
  constexpr std::size_t kRoomKept = 64 << 10;
  if (room_.capacity() > kRoomKept) room_ = {};
  room_.resize(value::compressed_bytes_max(text.size()));
  const auto* dictionary = number == value::kNoDictionary ? nullptr : &dictionaries_.at(number);
  return {room_.data(), value::compress(text, room_.data(), number, dictionary)};
}

std::string_view Compression::inflate(const value::CompressedText& compressed, Inflated& room) {
  CHECK(compressed.length <= value::kCompressedBytesMax, "a compressed value is damaged");
  const auto dictionary = compressed.dictionary == value::kNoDictionary
                              ? std::string_view()
                              : dictionaries_.at(compressed.dictionary).text();
  auto* bytes = room.take(compressed.length);
  CHECK(value::inflate(compressed, bytes, dictionary), "a compressed value is damaged");
  return {bytes, compressed.length};
}

void Compression::forget(const CompressedValues& values) noexcept {
  if (values.values == 0) return;
  for (std::size_t number = 1; number < values.with_dictionary.size(); ++number) {
    if (values.with_dictionary[number] == 0) continue;
    dictionaries_.drop_values(static_cast<value::DictionaryNumber>(number),
                              values.with_dictionary[number]);
  }
}

bool Compression::work(Keyspace& keyspace, std::int64_t until_us) {
  while (dictionaries_.learn()) {
    if (base::monotonic_us() >= until_us) return true;
  }
  if (learned_ != dictionaries_.learned()) {
    learned_ = dictionaries_.learned();
    recompression_.request();
  }
  // About a tenth of the CPU, while a pass is on.
  constexpr std::int64_t kPassUs = 100;
  return recompression_.work(keyspace, *this, std::min(until_us, base::monotonic_us() + kPassUs));
}

// --- what databases do with them

// The text in its compressed form; empty where it is to be kept as it is.
std::string_view Database::compress(std::string_view key, std::string_view text) {
  auto& compression = *keyspace_.compression_;
  if (text.size() < compression.length_min()) return {};
  const auto* part = part_of(key);
  if (!compression.concerns(part, text.size())) return {};
  return compression.compress(index_, part, key, text);
}

EntryRef Database::set_compressed(const Key& key, std::string_view form, Deadline deadline) {
  const auto [fitting, field_bytes] =
      fit_compressed({Type::string, Form::raw, deadline, key.name}, form.size());
  auto entry = place(key, Type::string, fitting, deadline, field_bytes);
  fill_compressed(entry.block_, form);
  return entry;
}

void Database::update_compressed(EntryRef& entry, std::string_view form) {
  auto head = entry.block_.head();
  head.form = Form::raw;
  const auto [fitting, field_bytes] = fit_compressed(head, form.size());
  replace_field(entry, fitting, field_bytes);
  fill_compressed(entry.block_, form);
}

Database::Fitting Database::fit_compressed(const Block::Head& head, std::size_t bytes) noexcept {
  const auto field_bytes = PackedLength::kCompressedWidth + bytes;
  if (head.has_room_for(field_bytes)) return {Form::raw, field_bytes};
  return {Form::outside, sizeof(value::LargeString*)};
}

void Database::fill_compressed(Block block, std::string_view form) {
  auto* field = block.field();
  if (block.value_is_outside()) {
    auto* large = place_large(block, form.size());
    std::memcpy(large->bytes(), form.data(), form.size());
    large->mark_compressed();
  } else {
    std::memcpy(PackedLength::write_compressed(field, form.size()), form.data(), form.size());
  }
  count_compressed(block, true);
}

void Database::count_compressed(Block block, bool is_new) noexcept {
  const auto text = value::CompressedText::read(block.compressed_form());
  const auto times = is_new ? std::uint64_t{1} : ~std::uint64_t{0};
  auto& values = store_->compressed;
  values.values += times;
  values.raw_bytes += times * text.length;
  values.stored_bytes += times * text.block.size();
  values.with_dictionary[text.dictionary] += times;
  if (text.dictionary == value::kNoDictionary) return;
  auto& dictionaries = keyspace_.compression_->dictionaries();
  is_new ? dictionaries.add_value(text.dictionary) : dictionaries.drop_values(text.dictionary);
}

std::string_view EntryRef::inflated() const {
  auto& keyspace = database_->keyspace_;
  return keyspace.compression_->inflate(compressed(), keyspace.inflated_);
}

}  // namespace larder::keyspace
