// The packed form of a list: a header and items, forward only. It stays small, so that a walk from
// its front is a short one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "value/cell.h"
#include "value/item.h"
#include "value/list_chunk.h"

namespace larder::value {

class PackedList {
 public:
  static constexpr std::size_t kHeadBytes = 2;

  explicit PackedList(Cell& cell) noexcept : cell_(cell) {}

  static std::size_t count(std::string_view packed) noexcept {
    return packed.empty() ? 0 : head(packed) & kCountMask;
  }
  static bool is_quicklist(std::string_view packed) noexcept {
    return !packed.empty() && (head(packed) & kQuicklist) != 0;
  }

  static const char* items(std::string_view packed) noexcept { return packed.data() + kHeadBytes; }
  static const char* at(std::string_view packed, std::size_t index) noexcept;

  std::size_t count() const noexcept { return count(cell_.packed()); }
  const char* items() const noexcept { return items(cell_.packed()); }
  const char* end() const noexcept { return cell_.packed().data() + cell_.packed().size(); }
  const char* at(std::size_t index) const noexcept { return at(cell_.packed(), index); }

  bool has_room_for(std::size_t more_bytes) const noexcept {
    return Cell::has_room_for(std::max(cell_.packed().size(), kHeadBytes) + more_bytes);
  }

  // REQUIRES of what adds: has_room_for() what is added.
  void push(End end, std::span<const std::string_view> texts, std::size_t bytes);
  void insert(std::size_t index, const EncodedItem& item);
  void replace(std::size_t index, const EncodedItem& item);
  void erase(std::size_t first, std::size_t count);
  std::size_t remove(End from, std::size_t limit, const EncodedItem& item);

  void set_head(std::size_t count, bool is_quicklist) noexcept;
  void set_quicklist(bool is_quicklist) noexcept { set_head(count(), is_quicklist); }

 private:
  static constexpr std::uint16_t kQuicklist = 0x8000;
  static constexpr std::uint16_t kCountMask = 0x7fff;

  static std::uint16_t head(std::string_view packed) noexcept {
    std::uint16_t head;
    std::memcpy(&head, packed.data(), sizeof head);
    return head;
  }
  std::size_t offset_of(std::size_t index) const noexcept {
    return static_cast<std::size_t>(at(index) - cell_.packed().data());
  }
  void add_count(std::ptrdiff_t more) noexcept;

  Cell& cell_;
};

}  // namespace larder::value
