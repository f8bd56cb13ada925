// Sets: distinct members without an order. Small ones lie packed in a cell, as sorted integers or
// as items; larger ones are an IntegerArray or an ElementTable. Which name Redis has for the form
// depends on its limits alone and is kept apart (SetEncoding): our table may still be its listpack.
//
//   packed = header integers | header items
//   header = 2 bytes, little-endian: members (10 bits), whether Redis would have a hash table (1),
//            unused (1), bytes of an integer or 0 for items (4)
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/function_ref.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/selection.h"
#include "settings/settings.h"
#include "value/cell.h"
#include "value/element_table.h"
#include "value/integer_array.h"
#include "value/item.h"
#include "value/set_key.h"
#include "value/set_member.h"

namespace larder::value {

// Redis's intset, listpack and hashtable. A set never goes back to an earlier one, except where a
// command makes it anew.
enum class SetEncoding : std::uint8_t { integers, packed, table };

// What changing a set takes beside its cell.
struct SetOptions {
  std::size_t integers_max = 512;            // set-max-intset-entries
  std::size_t packed_max = 128;              // set-max-listpack-entries
  std::size_t packed_member_bytes_max = 64;  // set-max-listpack-value
  base::KeyHasher hasher{0};                 // the same for all sets that are compared
  base::UnixMs now = 0;

  static SetOptions from(const settings::Settings& settings, const base::KeyHasher& hasher,
                         base::UnixMs now) noexcept {
    return {.integers_max = static_cast<std::size_t>(settings.set_max_intset_entries),
            .packed_max = static_cast<std::size_t>(settings.set_max_listpack_entries),
            .packed_member_bytes_max = static_cast<std::size_t>(settings.set_max_listpack_value),
            .hasher = hasher,
            .now = now};
  }
};

// Reads a set. Members past their deadline at `now` are not there. Valid until the set is changed.
class SetView {
 public:
  SetView() = default;  // the empty set
  // As cells and entries have them.
  SetView(std::string_view packed, Object* object, base::UnixMs now = 0) noexcept;

  // Members. Constant time unless some are past their deadline and not yet removed.
  std::size_t size() const noexcept { return size_; }
  SetEncoding encoding() const noexcept { return encoding_; }
  bool is_table() const noexcept { return table_ != nullptr; }
  // The form of it that is there, nullptr where it is another.
  const ElementTable* table() const noexcept { return table_; }
  const IntegerRun* integers() const noexcept { return form_ == Form::integers ? &run_ : nullptr; }

  bool contains(const SetMember& member) const;
  // The same of a table's key and its hash. REQUIRES: is_table().
  bool contains(std::string_view key, std::uint64_t hash) const noexcept {
    const auto place = table_->find(key, hash);
    return place && place.deadline() > now_;
  }

  // When a member expires by itself, kNoDeadline where it does not; nothing where it is none.
  std::optional<base::UnixMs> deadline(const SetMember& member) const;

  // Whether an element of the table is a member still.
  bool is_live(const Element& element) const noexcept { return element.deadline > now_; }

  // Calls visit(const Item&) for each member (of a set of integers in ascending order) while it
  // returns true; returns whether all were visited.
  template <class Visit>
  bool for_each(Visit visit) const {
    if (is_table()) {
      return table_->for_each_while([&](const Element& element) {
        return !is_live(element) || visit(SetKey::member(element.key));
      });
    }
    if (form_ == Form::integers) {
      return run_.for_each([&](std::int64_t integer) {
        return visit(Item{.bytes = {}, .integer = integer, .is_integer = true});
      });
    }
    for (const char* at = items_.data(); at != items_.data() + items_.size();) {
      if (!visit(read_item(at))) return false;
    }
    return true;
  }

  // A member drawn with equal chances. REQUIRES: size() != 0.
  Item random(base::Random& random) const noexcept;

  // Visits `count` different members drawn with equal chances, in the order of for_each().
  // REQUIRES: count <= size().
  template <class Visit>
  void sample(std::size_t count, base::Random& random, Visit visit) const {
    base::Selection selection(count, size_, random);
    for_each([&](const Item& item) {
      if (selection.draws_next()) visit(item);
      return !selection.is_done();
    });
  }

  // Visits about `count` members from `cursor` on and returns where to go on, 0 at the end. What is
  // there during the whole walk is visited. Small sets are visited at once.
  template <class Visit>
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, Visit visit) const {
    if (is_table()) {
      return table_->scan(cursor, count, [&](const Element& element) {
        if (is_live(element)) visit(SetKey::member(element.key));
      });
    }
    for_each([&](const Item& item) {
      visit(item);
      return true;
    });
    return 0;
  }

 private:
  friend class Set;
  enum class Form : std::uint8_t { integers, items, table };

  const char* find_item(const EncodedItem& item) const noexcept;  // nullptr where it is not
  ElementTable::Place random_place(base::Random& random) const;

  Form form_ = Form::integers;
  SetEncoding encoding_ = SetEncoding::integers;
  std::size_t size_ = 0;
  IntegerRun run_{nullptr, 0, 1};
  std::string_view items_;
  const ElementTable* table_ = nullptr;
  base::UnixMs now_ = 0;
};

// Changes a set, which may be new.
class Set {
 public:
  // `options` are kept by reference.
  Set(Cell& cell, const SetOptions& options) noexcept : cell_(cell), options_(options) {}

  SetView view() const noexcept { return {cell_.packed(), cell_.object(), options_.now}; }
  std::size_t size() const noexcept { return view().size(); }

  // Tells that `count` members are about to be added, `first` before the others: Redis chooses the
  // encoding by that number, whether they are members already or not.
  void expect(const SetMember& first, std::size_t count);

  // `member` must not refer to a text inside the set, unless it is one to be removed.
  bool add(const SetMember& member);     // false where it is a member
  bool remove(const SetMember& member);  // false where it is none

  // Gives a member a deadline, or takes it away (kNoDeadline). REQUIRES: it is a member.
  void set_deadline(const SetMember& member, base::UnixMs deadline);

  // Removes `count` members drawn with equal chances, each of which is visited before.
  // REQUIRES: count <= size().
  using Visitor = base::FunctionRef<void(const Item&)>;
  void take_random(std::size_t count, base::Random& random, Visitor visit);

 private:
  // REQUIRES: that form.
  IntegerArray& integers() const noexcept { return static_cast<IntegerArray&>(*cell_.object()); }
  ElementTable& table() const noexcept { return *cell_.object()->elements(); }
  void write_header(unsigned width, bool is_table, std::size_t count) noexcept;

  // Runs a change of the table, and tells the cell where the next deadline moved.
  template <class Change>
  void watched(Change change);

  bool add_to_table(const SetMember& member);
  bool remove_from_table(const SetMember& member);
  bool add_integer(const SetView& old, std::int64_t integer);
  bool add_item(const SetView& old, const SetMember& member);
  void become_items(const IntegerRun& run, SetEncoding encoding);
  void become_table(const SetView& old, SetEncoding encoding);
  void take_packed(base::Selection& selection, Visitor visit);
  bool stays_packed_with(const SetMember& member, std::size_t count) const noexcept;

  Cell& cell_;
  const SetOptions& options_;
};

}  // namespace larder::value
