#include "value/hash.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/check.h"

namespace larder::value {
namespace {

// What is kept with a table (ElementTable::note).
constexpr std::uint8_t kNoteConverted = 1;
constexpr std::uint8_t kNoteDeadlines = 2;

}  // namespace

// --- HashView ------------------------------------------------------------------------------------

std::size_t HashView::size() const noexcept {
  if (table_ != nullptr) return table_->live_count(now_);
  if (packed_.next_deadline() > now_) [[likely]]
    return packed_.count();
  std::size_t live = 0;
  for_each([&](const HashField&) { ++live; });
  return live;
}

std::optional<HashField> HashView::find(std::string_view name) const noexcept {
  if (table_ != nullptr) {
    const auto place = table_->find(name);
    if (!place) return std::nullopt;
    const auto element = place.element();
    if (!is_live(element.deadline)) return std::nullopt;
    return read(element);
  }
  const auto field = packed_.find(EncodedItem(name));
  if (field.end == 0 || !is_live(packed_.deadline(field))) return std::nullopt;
  return read(field);
}

std::uint64_t HashView::scan(std::uint64_t cursor, std::size_t count, Visitor visit) const {
  if (table_ == nullptr) {
    for_each(visit);
    return 0;
  }
  return table_->scan(cursor, count, [&](const Element& element) {
    if (is_live(element.deadline)) visit(read(element));
  });
}

HashField HashView::random(base::Random& random) const {
  if (table_ != nullptr) {
    while (true) {
      const auto element = table_->random(random).element();
      if (is_live(element.deadline)) return read(element);
    }
  }
  auto index = random.below(size());
  HashField found;
  for_each([&](const HashField& field) {
    if (index-- == 0) found = field;
  });
  return found;
}

bool HashView::is_converted() const noexcept {
  return table_ == nullptr ? packed_.is_converted() : (table_->note() & kNoteConverted) != 0;
}
bool HashView::has_had_deadlines() const noexcept {
  return table_ == nullptr ? packed_.has_deadlines() : (table_->note() & kNoteDeadlines) != 0;
}

// --- Hash ----------------------------------------------------------------------------------------

// A packed hash apart from its cell while several of its fields change.
class Hash::Scratch final : public Cell {
 public:
  explicit Scratch(std::string_view packed) noexcept {
    if (!packed.empty()) std::memcpy(room_, packed.data(), packed.size());
    bytes_ = room_;
    size_ = packed.size();
  }
  ~Scratch() override { delete object_; }

  void move_to(Cell& cell) {
    if (object_ != nullptr) {
      cell.become(std::unique_ptr<Object>(std::exchange(object_, nullptr)));
    } else {
      std::memcpy(cell.splice(0, cell.packed().size(), size_), room_, size_);
    }
  }

 private:
  char* resize(std::size_t) override { return room_; }
  void keep(Object*) override {}
  char* replace_object(std::size_t) override { return room_; }

  char room_[kPackedBytesMax];
};

template <class Change>
auto Hash::watched(Change&& change) {
  const auto before = view().next_deadline();
  const auto result = change();
  const auto after = view().next_deadline();
  if (before != after) [[unlikely]]
    cell_.next_deadline_moved(before, after);
  return result;
}

bool Hash::is_empty() const noexcept {
  return table() == nullptr ? packed().count() == 0 : table()->element_count() == 0;
}

bool Hash::set(std::string_view name, std::string_view value, base::UnixMs deadline) {
  return watched([&] { return set_unwatched(name, value, deadline); });
}

std::size_t Hash::set_all(std::span<const std::string_view> names_and_values) {
  const auto set_each = [&](Hash& hash) {
    std::size_t added = 0;
    for (std::size_t i = 0; i + 1 < names_and_values.size(); i += 2) {
      added += hash.set_unwatched(names_and_values[i], names_and_values[i + 1], kNoDeadline);
    }
    if (static_cast<std::int64_t>(names_and_values.size() / 2) > options_.packed_fields_max) {
      hash.convert();
    }
    return added;
  };
  return watched([&] {
    if (table() != nullptr || names_and_values.size() == 2) return set_each(*this);
    Scratch scratch(cell_.packed());
    Hash apart(scratch, options_);
    const auto added = set_each(apart);
    scratch.move_to(cell_);
    return added;
  });
}

bool Hash::set_unwatched(std::string_view name, std::string_view value, base::UnixMs deadline) {
  const auto longest = std::max(name.size(), value.size());
  const bool is_long = static_cast<std::int64_t>(longest) > options_.packed_bytes_max;
  const bool added =
      table() != nullptr ? set_in_table(name, value, deadline) : set_packed(name, value, deadline);
  if (is_long) {
    convert();
  } else if (added) {
    const auto count = table() == nullptr ? packed().count() : table()->element_count();
    if (static_cast<std::int64_t>(count) > options_.packed_fields_max) convert();
  }
  return added;
}

void Hash::convert() {
  if (auto* elements = table()) {
    elements->set_note(elements->note() | kNoteConverted);
  } else if (!cell_.packed().empty()) {
    write_header(packed().header() | PackedHash::kConverted);
  }
}

void Hash::set_deadline(std::string_view name, base::UnixMs deadline) {
  watched([&] {
    if (table() == nullptr && !packed().has_deadlines() && deadline != kNoDeadline) {
      if (!add_deadlines()) make_table();
    }
    if (auto* elements = table()) {
      if (deadline != kNoDeadline) elements->set_note(elements->note() | kNoteDeadlines);
      elements->set_deadline(elements->find(name), deadline);
    } else if (packed().has_deadlines()) {
      const auto field = packed().find(EncodedItem(name));
      PackedHash::write_deadline(cell_.packed_bytes() + field.value_end, deadline);
      note_packed_deadline();
    }
    return true;
  });
}

bool Hash::erase(std::string_view name) {
  return watched([&] {
    if (auto* elements = table()) {
      const auto place = elements->find(name);
      if (!place) return false;
      const bool was_live = place.deadline() > options_.now;
      elements->erase(place);
      return was_live;
    }
    const auto field = packed().find(EncodedItem(name));
    if (field.end == 0) return false;
    const bool was_live = packed().deadline(field) > options_.now;
    erase_packed(field);
    note_packed_deadline();
    return was_live;
  });
}

std::size_t Hash::expire(std::size_t steps_max, NameVisitor before) {
  return watched([&] {
    if (table() == nullptr) return expire_packed(before);
    return table()->expire(options_.now, steps_max,
                           [&](const Element& element) { before(element.key); });
  });
}

// --- as a table ----------------------------------------------------------------------------------

void Hash::make_table() {
  const auto old = packed();
  auto made = std::make_unique<ElementTable>(options_.hasher, ElementTable::Kind::pairs);
  made->set_note((old.is_converted() ? kNoteConverted : 0) |
                 (old.has_deadlines() ? kNoteDeadlines : 0));
  old.for_each([&](const PackedHash::Field& field) {
    base::IntegerText name_digits;
    base::IntegerText value_digits;
    made->insert({old.item(field.at).text(name_digits), old.item(field.value_at).text(value_digits),
                  old.deadline(field)});
    return true;
  });
  cell_.become(std::move(made));
}

bool Hash::set_in_table(std::string_view name, std::string_view value, base::UnixMs deadline) {
  auto* elements = table();
  if (deadline != kNoDeadline) elements->set_note(elements->note() | kNoteDeadlines);
  const auto hash = elements->hash_of(name);
  if (const auto place = elements->find(name, hash)) {
    const bool was_live = place.deadline() > options_.now;
    elements->update(place, value, deadline);
    return !was_live;
  }
  elements->insert({name, value, deadline}, hash);
  return true;
}

// --- packed --------------------------------------------------------------------------------------

void Hash::write_header(unsigned header) noexcept {
  const auto word = static_cast<std::uint16_t>(header);
  std::memcpy(cell_.packed_bytes(), &word, sizeof word);
}

bool Hash::set_packed(std::string_view name, std::string_view value, base::UnixMs deadline) {
  const auto give_up = [&] {
    make_table();
    return set_in_table(name, value, deadline);
  };
  if (deadline != kNoDeadline && !packed().has_deadlines() && !add_deadlines()) return give_up();
  const auto old = packed();
  const EncodedItem name_item(name);
  const EncodedItem value_item(value);
  const auto size = cell_.packed().size();
  const auto field = old.find(name_item);
  if (field.end != 0) {
    const auto old_bytes = field.value_end - field.value_at;
    if (!Cell::has_room_for(size - old_bytes + value_item.size())) return give_up();
    const bool was_live = old.deadline(field) > options_.now;
    const bool has_deadlines = old.has_deadlines();
    auto* at = cell_.packed_bytes() + field.value_at;
    if (old_bytes != value_item.size()) {
      at = cell_.splice(field.value_at, old_bytes, value_item.size());
    }
    at = value_item.write(at);
    if (has_deadlines) {
      PackedHash::write_deadline(at, deadline);
      note_packed_deadline();
    }
    return !was_live;
  }
  const auto tail = old.field_tail_bytes();
  const auto head = size == 0 ? PackedHash::kHeaderBytes : 0;
  const auto added = head + name_item.size() + value_item.size() + tail;
  if (!Cell::has_room_for(size + added)) return give_up();
  const auto header = old.header();
  auto* at = cell_.splice(size, 0, added) + head;
  at = value_item.write(name_item.write(at));
  write_header(header + 1);
  if (tail != 0) {
    PackedHash::write_deadline(at, deadline);
    note_packed_deadline();
  }
  return true;
}

// Gives all fields room for a deadline. False where they do not fit then.
bool Hash::add_deadlines() {
  const auto old = cell_.packed();
  const auto from = packed();
  const auto header_bytes = PackedHash::kHeaderBytes + PackedHash::kDeadlineBytes;
  const auto fields_bytes = old.empty() ? 0 : old.size() - PackedHash::kHeaderBytes;
  const auto size = header_bytes + fields_bytes + from.count() * PackedHash::kDeadlineBytes;
  if (!Cell::has_room_for(size)) return false;
  char built[kPackedBytesMax];
  const auto header = static_cast<std::uint16_t>(from.header() | PackedHash::kDeadlines);
  std::memcpy(built, &header, sizeof header);
  PackedHash::write_deadline(built + sizeof header, kNoDeadline);
  auto* at = built + header_bytes;
  from.for_each([&](const PackedHash::Field& field) {
    std::memcpy(at, old.data() + field.at, field.end - field.at);
    at += field.end - field.at;
    PackedHash::write_deadline(at, kNoDeadline);
    at += PackedHash::kDeadlineBytes;
    return true;
  });
  std::memcpy(cell_.splice(0, old.size(), size), built, size);
  return true;
}

void Hash::erase_packed(const PackedHash::Field& field) {
  const auto header = packed().header();
  cell_.splice(field.at, field.end - field.at, 0);
  write_header(header - 1);
}

void Hash::note_packed_deadline() noexcept {
  const auto now = packed();
  if (!now.has_deadlines()) return;
  auto next = kNoDeadline;
  now.for_each([&](const PackedHash::Field& field) {
    next = std::min(next, now.deadline(field));
    return true;
  });
  PackedHash::write_deadline(cell_.packed_bytes() + PackedHash::kHeaderBytes, next);
}

std::size_t Hash::expire_packed(NameVisitor before) {
  std::size_t removed = 0;
  while (packed().next_deadline() <= options_.now) {
    std::optional<PackedHash::Field> due;
    const auto current = packed();
    current.for_each([&](const PackedHash::Field& field) {
      if (current.deadline(field) > options_.now) return true;
      due = field;
      return false;
    });
    base::IntegerText digits;
    before(current.item(due->at).text(digits));
    erase_packed(*due);
    note_packed_deadline();
    ++removed;
  }
  return removed;
}

}  // namespace larder::value
