#include "value/set.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "base/check.h"

namespace larder::value {
namespace {

constexpr std::size_t kHeaderBytes = 2;
constexpr std::size_t kCountMax = 1023;
constexpr unsigned kTableBit = 1U << 10;
constexpr unsigned kWidthShift = 12;

std::size_t digits(std::int64_t integer) noexcept {
  base::IntegerText scratch;
  return base::to_text(integer, scratch).size();
}

// Of the longest member, as text.
std::size_t digits_max(const IntegerRun& run) noexcept {
  return run.size() == 0 ? 0 : std::max(digits(run[0]), digits(run[run.size() - 1]));
}

std::size_t items_bytes(const IntegerRun& run) noexcept {
  std::size_t bytes = 0;
  run.for_each([&](std::int64_t integer) {
    bytes += EncodedItem(integer).size();
    return true;
  });
  return bytes;
}

SetEncoding encoding_of(const ElementTable& table) noexcept {
  return static_cast<SetEncoding>(table.note());
}
void set_encoding(ElementTable& table, SetEncoding encoding) noexcept {
  table.set_note(static_cast<std::uint8_t>(encoding));
}

}  // namespace

// --- SetView
// --------------------------------------------------------------------------------------------------------

SetView::SetView(std::string_view packed, Object* object, base::UnixMs now) noexcept : now_(now) {
  if (object != nullptr) {
    table_ = object->elements();
    if (table_ == nullptr) {
      run_ = static_cast<const IntegerArray*>(object)->run();
      size_ = run_.size();
    } else {
      form_ = Form::table;
      size_ = table_->live_count(now);
      encoding_ = encoding_of(*table_);
    }
    return;
  }
  if (packed.empty()) return;
  std::uint16_t header = 0;
  std::memcpy(&header, packed.data(), sizeof header);
  packed.remove_prefix(kHeaderBytes);
  size_ = header & kCountMax;
  if (const unsigned width = header >> kWidthShift; width != 0) {
    run_ = IntegerRun(packed.data(), size_, width);
    return;
  }
  form_ = Form::items;
  encoding_ = (header & kTableBit) != 0 ? SetEncoding::table : SetEncoding::packed;
  items_ = packed;
}

const char* SetView::find_item(const EncodedItem& item) const noexcept {
  const char* end = items_.data() + items_.size();
  for (const char* at = items_.data(); at != end; at += item_size(at)) {
    if (item.equals(at)) return at;
  }
  return nullptr;
}

bool SetView::contains(const SetMember& member) const {
  switch (form_) {
    case Form::integers:
      return member.is_integer() && run_.contains(member.integer());
    case Form::items:
      return find_item(member.encoded()) != nullptr;
    default:
      const auto place = table_->find(SetKey(member).bytes());
      return place && place.deadline() > now_;
  }
}

std::optional<base::UnixMs> SetView::deadline(const SetMember& member) const {
  if (!is_table()) return contains(member) ? std::optional(kNoDeadline) : std::nullopt;
  const auto place = table_->find(SetKey(member).bytes());
  if (!place || place.deadline() <= now_) return std::nullopt;
  return place.deadline();
}

// Drawn again while it is past its deadline; where most are, the live ones are gone through.
ElementTable::Place SetView::random_place(base::Random& random) const {
  CHECK(is_table());
  constexpr int kTriesMax = 50;
  for (int tries = 0; tries < kTriesMax; ++tries) {
    const auto place = table_->random(random);
    if (place.deadline() > now_) return place;
  }
  std::string_view drawn;
  base::Selection selection(1, size_, random);
  table_->for_each_while([&](const Element& element) {
    if (is_live(element) && selection.draws_next()) drawn = element.key;
    return !selection.is_done();
  });
  return table_->find(drawn);
}

Item SetView::random(base::Random& random) const noexcept {
  if (is_table()) return SetKey::member(random_place(random).key());
  auto index = random.below(size_);
  if (form_ == Form::integers) return {.bytes = {}, .integer = run_[index], .is_integer = true};
  const char* at = items_.data();
  for (; index != 0; --index) at += item_size(at);
  return read_item(at);
}

// --- Set
// ------------------------------------------------------------------------------------------------------------

void Set::write_header(unsigned width, bool is_table, std::size_t count) noexcept {
  const auto header =
      static_cast<std::uint16_t>(count | (is_table ? kTableBit : 0U) | (width << kWidthShift));
  std::memcpy(cell_.packed_bytes(), &header, sizeof header);
}

void Set::expect(const SetMember& first, std::size_t count) {
  const auto old = view();
  if (old.size() == 0 && cell_.object() == nullptr) {
    if (cell_.packed().empty()) cell_.splice(0, 0, kHeaderBytes);
    const bool integers = first.is_integer() && count <= options_.integers_max;
    return write_header(integers ? 1 : 0, !integers && count > options_.packed_max, 0);
  }
  if (old.encoding() == SetEncoding::integers) {
    if (count > options_.integers_max) become_items(old.run_, SetEncoding::table);
  } else if (old.encoding() == SetEncoding::packed && count > options_.packed_max) {
    old.is_table() ? set_encoding(table(), SetEncoding::table) : write_header(0, true, old.size());
  }
}

bool Set::add(const SetMember& member) {
  const auto old = view();
  if (old.form_ == SetView::Form::integers) {
    if (member.is_integer()) return add_integer(old, member.integer());
    const bool packed = stays_packed_with(member, old.size()) &&
                        digits_max(old.run_) <= options_.packed_member_bytes_max;
    become_items(old.run_, packed ? SetEncoding::packed : SetEncoding::table);
    return add_item(view(), member);
  }
  return add_item(old, member);
}

bool Set::stays_packed_with(const SetMember& member, std::size_t count) const noexcept {
  return count < options_.packed_max && member.text_bytes() <= options_.packed_member_bytes_max;
}

bool Set::add_integer(const SetView& old, std::int64_t integer) {
  const auto& run = old.run_;
  const auto at = run.lower_bound(integer);
  const auto count = run.size();
  if (at != count && run[at] == integer) return false;
  if (count >= options_.integers_max) {
    become_items(run, SetEncoding::table);
    return add_item(view(), SetMember(integer));
  }
  if (cell_.object() != nullptr) return integers().insert(integer);

  const auto width = std::max(run.width(), integer_width(integer));
  const auto bytes = kHeaderBytes + (count + 1) * width;
  if (!Cell::has_room_for(bytes) || count == kCountMax) {
    auto array = std::make_unique<IntegerArray>(run);
    array->insert(integer);
    cell_.become(std::move(array));
    return true;
  }
  const auto old_bytes = cell_.packed().size();
  if (width != run.width()) {
    cell_.splice(old_bytes, 0, bytes - old_bytes);
    auto* integers = cell_.packed_bytes() + kHeaderBytes;
    IntegerRun::widen(integers, count, run.width(), width);
    std::memmove(integers + (at + 1) * width, integers + at * width, (count - at) * width);
    IntegerRun::store(integers + at * width, integer, width);
  } else {
    const auto from = old_bytes == 0 ? 0 : kHeaderBytes + at * width;
    cell_.splice(from, 0, bytes - old_bytes);
    IntegerRun::store(cell_.packed_bytes() + kHeaderBytes + at * width, integer, width);
  }
  write_header(width, false, count + 1);
  return true;
}

bool Set::add_item(const SetView& old, const SetMember& member) {
  if (old.is_table()) {
    if (!add_to_table(member)) return false;
    const bool packed =
        old.encoding() == SetEncoding::packed && stays_packed_with(member, old.size());
    if (!packed) set_encoding(table(), SetEncoding::table);
    return true;
  }
  const auto& item = member.encoded();
  if (old.find_item(item) != nullptr) return false;
  const bool packed =
      old.encoding() == SetEncoding::packed && stays_packed_with(member, old.size());
  const auto bytes = cell_.packed().size();
  if (!Cell::has_room_for(bytes + item.size()) || old.size() == kCountMax) {
    become_table(old, packed ? SetEncoding::packed : SetEncoding::table);
    return add_to_table(member);
  }
  item.write(cell_.splice(bytes, 0, item.size()));
  write_header(0, !packed, old.size() + 1);
  return true;
}

// Makes items (or a table) of integers.
void Set::become_items(const IntegerRun& run, SetEncoding encoding) {
  const auto bytes = kHeaderBytes + items_bytes(run);
  if (cell_.object() != nullptr || !Cell::has_room_for(bytes)) {
    SetView old;
    old.size_ = run.size();
    old.run_ = run;
    become_table(old, encoding);
    return;
  }
  const auto count = run.size();
  std::array<char, kPackedBytesMax> items;
  char* end = items.data();
  run.for_each([&](std::int64_t integer) {
    end = EncodedItem(integer).write(end);
    return true;
  });
  cell_.splice(0, cell_.packed().size(), bytes);
  std::memcpy(cell_.packed_bytes() + kHeaderBytes, items.data(), bytes - kHeaderBytes);
  write_header(0, encoding == SetEncoding::table, count);
}

void Set::become_table(const SetView& old, SetEncoding encoding) {
  auto made = std::make_unique<ElementTable>(options_.hasher, ElementTable::Kind::keys);
  set_encoding(*made, encoding);
  old.for_each([&](const Item& item) {
    made->insert({.key = SetKey(SetMember(item)).bytes()});
    return true;
  });
  cell_.become(std::move(made));
}

template <class Change>
void Set::watched(Change change) {
  const auto before = table().next_deadline();
  change(table());
  const auto after = table().next_deadline();
  if (before != after) cell_.next_deadline_moved(before, after);
}

bool Set::add_to_table(const SetMember& member) {
  const SetKey key(member);
  const auto hash = table().hash_of(key.bytes());
  const auto place = table().find(key.bytes(), hash);
  if (!place) {
    table().insert({.key = key.bytes()}, hash);
    return true;
  }
  if (place.deadline() > options_.now) return false;
  watched([&](ElementTable& elements) { elements.set_deadline(place, kNoDeadline); });
  return true;
}

bool Set::remove_from_table(const SetMember& member) {
  const auto place = table().find(SetKey(member).bytes());
  if (!place) return false;
  const bool was_live = place.deadline() > options_.now;
  watched([&](ElementTable& elements) { elements.erase(place); });
  return was_live;
}

void Set::set_deadline(const SetMember& member, base::UnixMs deadline) {
  const auto old = view();
  if (!old.is_table()) {
    if (deadline == kNoDeadline) return;
    become_table(old, SetEncoding::table);
  }
  watched([&](ElementTable& elements) {
    elements.set_deadline(elements.find(SetKey(member).bytes()), deadline);
  });
}

bool Set::remove(const SetMember& member) {
  const auto old = view();
  if (old.is_table()) return remove_from_table(member);
  if (old.form_ == SetView::Form::items) {
    const auto* at = old.find_item(member.encoded());
    if (at == nullptr) return false;
    const auto from = static_cast<std::size_t>(at - cell_.packed().data());
    cell_.splice(from, member.encoded().size(), 0);
    write_header(0, old.encoding() == SetEncoding::table, old.size() - 1);
    return true;
  }
  if (!member.is_integer()) return false;
  if (cell_.object() != nullptr) return integers().erase(member.integer());
  const auto& run = old.run_;
  const auto at = run.lower_bound(member.integer());
  if (at == run.size() || run[at] != member.integer()) return false;
  cell_.splice(kHeaderBytes + at * run.width(), run.width(), 0);
  write_header(run.width(), false, run.size() - 1);
  return true;
}

void Set::take_random(std::size_t count, base::Random& random, Visitor visit) {
  const auto old = view();
  if (old.is_table()) {
    for (; count != 0; --count) {
      const auto place = view().random_place(random);
      visit(SetKey::member(place.key()));
      watched([&](ElementTable& elements) { elements.erase(place); });
    }
    return;
  }
  base::Selection selection(count, old.size(), random);
  if (cell_.object() != nullptr) {
    integers().remove_if([&](std::int64_t integer) {
      const bool takes = selection.draws_next();
      if (takes) visit(Item{.bytes = {}, .integer = integer, .is_integer = true});
      return takes;
    });
    return;
  }
  take_packed(selection, visit);
  write_header(old.form_ == SetView::Form::integers ? old.run_.width() : 0,
               old.encoding() == SetEncoding::table, old.size() - count);
}

// Moves what stays to the front, in one pass.
void Set::take_packed(base::Selection& selection, Visitor visit) {
  const auto old = view();
  char* out = cell_.packed_bytes() + kHeaderBytes;
  const char* at = out;
  const char* end = cell_.packed().data() + cell_.packed().size();
  while (at != end) {
    Item item{.bytes = {}, .integer = 0, .is_integer = true};
    const char* begin = at;
    if (old.form_ == SetView::Form::integers) {
      item.integer = IntegerRun(at, 1, old.run_.width())[0];
      at += old.run_.width();
    } else {
      item = read_item(at);
    }
    if (selection.draws_next()) {
      visit(item);
    } else {
      std::memmove(out, begin, static_cast<std::size_t>(at - begin));
      out += at - begin;
    }
  }
  const auto kept = static_cast<std::size_t>(out - cell_.packed_bytes());
  cell_.splice(kept, cell_.packed().size() - kept, 0);
}

}  // namespace larder::value
