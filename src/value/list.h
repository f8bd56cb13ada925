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

// Reads a list. Valid until the list is changed.
class ListView {
 public:
  using Visitor = ChunkedList::Visitor;

  // As cells and entries have them.
  ListView(std::string_view packed, const Object* object) noexcept
      : packed_(packed), chunks_(static_cast<const ChunkedList*>(object)) {}

  std::size_t size() const noexcept;

  // OBJECT ENCODING's word for the list: quicklist, or else listpack.
  bool is_quicklist() const noexcept;

  // Whether what is visited stays where it is until the list changes: what is compressed does not.
  bool has_lasting_items() const noexcept { return chunks_ != nullptr && !chunks_->compresses(); }

  // Visits encoded items, from `first` on to the back (End::back) or to the front, until the
  // visitor says false. REQUIRES: they exist.
  void visit(std::size_t first, std::size_t count, End towards, Visitor visit) const;

 private:
  std::string_view packed_;
  const ChunkedList* chunks_;
};

// Changes a list, which may be new.
class List {
 public:
  using Visitor = ListView::Visitor;

  List(Cell& cell, ListLimits limits) noexcept : cell_(cell), limits_(limits) {}

  ListView view() const noexcept { return {cell_.packed(), cell_.object()}; }
  std::size_t size() const noexcept { return view().size(); }
  bool is_quicklist() const noexcept { return view().is_quicklist(); }

  // Adds the texts one after the other, so that the last comes to stand at the end.
  void push(End end, std::span<const std::string_view> texts);
  void push(End end, std::string_view text) { push(end, {&text, 1}); }

  // REQUIRES of all that follow: the items exist.
  void visit(std::size_t first, std::size_t count, End towards, Visitor visit) const {
    view().visit(first, count, towards, visit);
  }

  void pop(End end, std::size_t count = 1);
  void erase(std::size_t first, std::size_t count);
  void insert(std::size_t index, std::string_view text);  // index may be size()
  void replace(std::size_t index, std::string_view text);

  // Removes items equal to `text`, `limit` at most, from this end on; returns how many.
  std::size_t remove(End from, std::size_t limit, std::string_view text);

 private:
  ChunkedList* chunked() const noexcept { return static_cast<ChunkedList*>(cell_.object()); }

  std::size_t listpack_bytes() const noexcept;
  bool will_be_quicklist(std::span<const std::string_view> texts) const noexcept;
  void mark_quicklist(bool is_quicklist) noexcept;
  void shrunk();
  ChunkedList& unpack();

  Cell& cell_;
  ListLimits limits_;
};

}  // namespace larder::value
