// How an element lies in a page: its key, a value where the table is one of pairs, and a deadline
// where it has one.
//
//   record   = head [deadline] body
//   head     = 1 byte: 0x80 where there is a deadline | 0x00-0x3f: short, the key's length
//              | 0x40 wide | 0x41 outside
//   deadline = 6 bytes: ms since the Unix epoch
//   body     = short:   [value-length 8] key [value]
//            | wide:    key-length 16 [value-length 16] key [value]
//            | outside: an owning pointer to key and value, which are too long for a page
//
// Lengths and bytes of values stand in tables of pairs only. Numbers are little-endian.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/clock.h"
#include "value/element_page.h"

namespace larder::value {

// An element as it is read and written. Views of one that was read point into the table.
struct Element {
  std::string_view key;
  std::string_view value = {};
  base::UnixMs deadline = kNoDeadline;
};

class ElementRecord {
 public:
  // Elements that would take more lie outside of their page.
  static constexpr std::size_t kBytesMax = 512;
  // The last deadline that fits: in the year 10889.
  static constexpr base::UnixMs kDeadlineMax = (std::int64_t{1} << 48) - 2;

  ElementRecord(unsigned char* at, bool has_value) noexcept : at_(at), has_value_(has_value) {}

  bool has_deadline() const noexcept { return (*at_ & kDeadline) != 0; }
  base::UnixMs deadline() const noexcept {
    if (!has_deadline()) return kNoDeadline;
    std::int64_t value = 0;
    std::memcpy(&value, at_ + 1, kDeadlineBytes);
    return value;
  }
  // REQUIRES: has_deadline().
  void overwrite_deadline(base::UnixMs deadline) noexcept {
    std::memcpy(at_ + 1, &deadline, kDeadlineBytes);
  }

  bool is_outside() const noexcept { return (*at_ & kFormMask) == kOutside; }

  std::string_view key() const noexcept { return read(false).key; }
  std::string_view value() const noexcept { return read(true).value; }
  Element element() const noexcept {
    auto element = read(true);
    element.deadline = deadline();
    return element;
  }

  // Bytes that the allocator spends outside of the page.
  std::size_t outside_bytes() const noexcept;
  void free_outside() noexcept;
  void move_outside(MemoryMover& mover);

 private:
  friend class NewRecord;

  struct Outside {
    std::size_t key_bytes;
    std::size_t value_bytes;
    char* bytes() noexcept { return reinterpret_cast<char*>(this + 1); }
  };

  static constexpr unsigned kDeadline = 0x80;
  static constexpr unsigned kFormMask = 0x7f;
  static constexpr unsigned kWide = 0x40;  // shorter keys' lengths are their heads
  static constexpr unsigned kOutside = 0x41;
  static constexpr std::size_t kDeadlineBytes = 6;

  const unsigned char* body() const noexcept {
    return at_ + 1 + (has_deadline() ? kDeadlineBytes : 0);
  }
  Outside* outside() const noexcept {
    Outside* pointer = nullptr;
    std::memcpy(&pointer, body(), sizeof pointer);
    return pointer;
  }

  Element read(bool with_value) const noexcept {
    const auto form = *at_ & kFormMask;
    const auto* at = body();
    std::size_t key_bytes = form;
    std::size_t value_bytes = 0;
    if (form < kWide) [[likely]] {
      if (has_value_) value_bytes = *at++;
    } else if (form == kWide) {
      key_bytes = load16(at);
      if (has_value_) value_bytes = load16(at);
    } else {
      auto* pointer = outside();
      return {{pointer->bytes(), pointer->key_bytes},
              {pointer->bytes() + pointer->key_bytes, pointer->value_bytes}};
    }
    const auto* key = reinterpret_cast<const char*>(at);
    return {{key, key_bytes}, {key + key_bytes, with_value ? value_bytes : 0}};
  }

  static std::size_t load16(const unsigned char*& at) noexcept {
    std::uint16_t value;
    std::memcpy(&value, at, sizeof value);
    at += sizeof value;
    return value;
  }

  unsigned char* at_;
  bool has_value_;
};

// The bytes of a record that is about to be added to a page.
class NewRecord {
 public:
  // Allocates what lies outside; it belongs to the table that the bytes are added to.
  NewRecord(const Element& element, bool has_value);

  std::string_view bytes() const noexcept { return {reinterpret_cast<const char*>(bytes_), size_}; }
  // What the allocator spends outside.
  std::size_t outside_bytes() const noexcept { return outside_bytes_; }

  // The size of such a record, and whether it is outside.
  static std::size_t size_of(const Element& element, bool has_value) noexcept;

 private:
  unsigned char bytes_[ElementRecord::kBytesMax];
  std::size_t size_ = 0;
  std::size_t outside_bytes_ = 0;
};

}  // namespace larder::value
