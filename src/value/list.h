// A list: packed into its entry while it is small, chunks behind a pointer when it is not. It turns
// from one into the other by itself, in both directions.
//
//   packed = count15 (little-endian, top bit: is a quicklist) items
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "value/cell.h"
#include "value/chunked_list.h"
#include "value/item.h"
#include "value/list_limits.h"

namespace larder::value {

class List {
 public:
  using Visitor = ChunkedList::Visitor;

  List(Cell& cell, ListLimits limits) noexcept : cell_(cell), limits_(limits) {}

  // OBJECT ENCODING's word for the list: quicklist, or else listpack.
  static bool is_quicklist(std::string_view packed, const Object* object) noexcept;

  std::size_t size() const noexcept;
  bool is_quicklist() const noexcept { return is_quicklist(cell_.packed(), cell_.object()); }

  // Adds the texts one after the other, so that the last comes to stand at the end.
  void push(End end, std::span<const std::string_view> texts);
  void push(End end, std::string_view text) { push(end, {&text, 1}); }

  // REQUIRES of all that follow: the items exist. What they return is valid until the next change.
  Item at_end(End end) const noexcept;
  Item at(std::size_t index) const noexcept;

  // Visits encoded items, from `first` on to the back (End::back) or to the front, until the
  // visitor says false.
  void visit(std::size_t first, std::size_t count, End towards, Visitor visit) const;

  void pop(End end, std::size_t count = 1);
  void erase(std::size_t first, std::size_t count);
  void insert(std::size_t index, std::string_view text);  // index may be size()
  void replace(std::size_t index, std::string_view text);

  // Removes items equal to `text`, `limit` at most, from this end on; returns how many.
  std::size_t remove(End from, std::size_t limit, std::string_view text);

 private:
  static ChunkedList* chunked(Object* object) noexcept { return static_cast<ChunkedList*>(object); }
  ChunkedList* chunked() const noexcept { return chunked(cell_.object()); }

  std::size_t listpack_bytes() const noexcept;
  bool will_be_quicklist(std::span<const std::string_view> texts) const noexcept;
  void mark_quicklist(bool is_quicklist) noexcept;
  void shrunk();
  ChunkedList& unpack();

  Cell& cell_;
  ListLimits limits_;
};

}  // namespace larder::value
