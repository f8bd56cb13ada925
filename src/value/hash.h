// Hashes: fields with values, each with an optional deadline. Few and short ones are packed
// (packed_hash.h), others a table of pairs (element_table.h); nobody else knows which, or when one
// becomes the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/function_ref.h"
#include "base/hash.h"
#include "base/random.h"
#include "settings/settings.h"
#include "value/cell.h"
#include "value/element_table.h"
#include "value/packed_hash.h"

namespace larder::value {

struct HashField {
  Item name;
  Item value;
  base::UnixMs deadline = kNoDeadline;
};

// Reads a hash. Fields past their deadline at `now` are not there. Views point into the hash.
class HashView {
 public:
  HashView(std::string_view packed, const Object* object, base::UnixMs now) noexcept
      : packed_(packed), table_(static_cast<const ElementTable*>(object)), now_(now) {}

  // Fields. Constant time unless some are past their deadline and not yet removed.
  std::size_t size() const noexcept;

  std::optional<HashField> find(std::string_view name) const noexcept;
  bool contains(std::string_view name) const noexcept { return find(name).has_value(); }

  // Calls `visit(const HashField&)` with all fields. The visitor must not change the hash.
  template <class Visit>
  void for_each(Visit&& visit) const {
    if (table_ == nullptr) {
      packed_.for_each([&](const PackedHash::Field& field) {
        if (is_live(packed_.deadline(field))) visit(read(field));
        return true;
      });
    } else {
      table_->for_each([&](const Element& element) {
        if (is_live(element.deadline)) visit(read(element));
      });
    }
  }

  // Visits about `count` fields from `cursor` on (a packed hash's all at once) and returns the next
  // cursor, 0 at the end; see ElementTable::scan.
  using Visitor = base::FunctionRef<void(const HashField&)>;
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, Visitor visit) const;

  // A field drawn with equal chances. REQUIRES: size() > 0.
  HashField random(base::Random& random) const;

  // What OBJECT ENCODING tells: whether Redis would have left the packed form by now, and whether
  // the hash ever had deadlines.
  bool is_converted() const noexcept;
  bool has_had_deadlines() const noexcept;

  base::UnixMs next_deadline() const noexcept {
    return table_ == nullptr ? packed_.next_deadline() : table_->next_deadline();
  }

 private:
  bool is_live(base::UnixMs deadline) const noexcept { return deadline > now_; }
  HashField read(const PackedHash::Field& field) const noexcept {
    return {packed_.item(field.at), packed_.item(field.value_at), packed_.deadline(field)};
  }
  static HashField read(const Element& element) noexcept {
    return {{.bytes = element.key}, {.bytes = element.value}, element.deadline};
  }

  PackedHash packed_;
  const ElementTable* table_;
  base::UnixMs now_;
};

// What changing a hash takes beside its cell.
struct HashOptions {
  std::int64_t packed_fields_max = 512;  // hash-max-listpack-entries
  std::int64_t packed_bytes_max = 64;    // hash-max-listpack-value: of a name or value
  base::KeyHasher hasher;
  base::UnixMs now;

  static HashOptions from(const settings::Settings& settings, const base::KeyHasher& hasher,
                          base::UnixMs now) noexcept {
    return {.packed_fields_max = settings.hash_max_listpack_entries,
            .packed_bytes_max = settings.hash_max_listpack_value,
            .hasher = hasher,
            .now = now};
  }
};

// Changes a hash. Names and values that are given must not point into it. One that has become empty
// is the caller's to remove.
class Hash {
 public:
  Hash(Cell& cell, const HashOptions& options) noexcept : cell_(cell), options_(options) {}

  HashView view() const noexcept { return {cell_.packed(), cell_.object(), options_.now}; }
  // No fields, not even such as are past their deadline.
  bool is_empty() const noexcept;

  // Sets a field, with this deadline whatever it had before. True where it is new.
  bool set(std::string_view name, std::string_view value, base::UnixMs deadline = kNoDeadline);

  // Sets names and values in turn, all without a deadline. Returns how many are new.
  std::size_t set_all(std::span<const std::string_view> names_and_values);

  // Gives a field another deadline. REQUIRES: the field is there.
  void set_deadline(std::string_view name, base::UnixMs deadline);

  bool erase(std::string_view name);

  // Removes fields past their deadline, calling `before` with the name of each; about `steps_max`
  // of them. Returns how many.
  using NameVisitor = base::FunctionRef<void(std::string_view name)>;
  std::size_t expire(std::size_t steps_max, NameVisitor before);

  // Marks the hash as one that Redis keeps in a table from now on.
  void convert();

 private:
  class Scratch;

  ElementTable* table() const noexcept { return static_cast<ElementTable*>(cell_.object()); }
  PackedHash packed() const noexcept { return PackedHash(cell_.packed()); }

  bool set_in_table(std::string_view name, std::string_view value, base::UnixMs deadline);
  bool set_packed(std::string_view name, std::string_view value, base::UnixMs deadline);
  bool set_unwatched(std::string_view name, std::string_view value, base::UnixMs deadline);
  void make_table();
  bool add_deadlines();
  void write_header(unsigned header) noexcept;
  void erase_packed(const PackedHash::Field& field);
  void note_packed_deadline() noexcept;
  std::size_t expire_packed(NameVisitor before);

  // Runs a change, and tells the cell where the next deadline moved.
  template <class Change>
  auto watched(Change&& change);

  Cell& cell_;
  const HashOptions& options_;
};

}  // namespace larder::value
