// One element of a packed collection: bytes with their length before them, or the integer that they
// spell, in as few bytes as it needs. A text has one encoding only, so that equal texts are equal
// bytes.
//
//   item = 0x00-0x3f bytes                 that many bytes
//        | 0x40-0x7f low bytes             a length of 14 bits, high part first
//        | 0x80-0xbf                       the integer 0 to 63
//        | 0xc1-0xc8 little-endian         an integer of 1 to 8 bytes
//        | 0xd0 length32 bytes             a longer length, little-endian
//        | 0xd8 double                     a number that is not an integer (scores)
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/numbers.h"

namespace larder::value {

// What an item holds. Views point into the packed bytes.
struct Item {
  std::string_view bytes;  // where it is no number
  std::int64_t integer = 0;
  bool is_integer = false;

  std::string_view text(base::IntegerText& scratch) const noexcept {
    return is_integer ? base::to_text(integer, scratch) : bytes;
  }
};

// Bytes that the item at `at` takes.
inline std::size_t item_size(const char* at) noexcept {
  const auto first = static_cast<unsigned char>(*at);
  if (first < 0x40) return 1U + first;
  if (first < 0x80) return 2U + ((first & 0x3fU) << 8 | static_cast<unsigned char>(at[1]));
  if (first < 0xc0) return 1;
  if (first < 0xd0) return 1U + (first & 0x0fU);
  if (first == 0xd8) return 1 + sizeof(double);
  std::uint32_t length = 0;
  std::memcpy(&length, at + 1, sizeof length);
  return 1 + sizeof length + length;
}

// Reads the item at `at`, which is no double, and moves `at` behind it.
inline Item read_item(const char*& at) noexcept {
  const auto first = static_cast<unsigned char>(*at);
  const auto size = item_size(at);
  const char* begin = at;
  at += size;
  if (first < 0x40) return {.bytes = {begin + 1, first}};
  if (first < 0x80) return {.bytes = {begin + 2, size - 2}};
  if (first < 0xc0) return {.bytes = {}, .integer = first & 0x3f, .is_integer = true};
  if (first >= 0xd0) return {.bytes = {begin + 5, size - 5}};
  const unsigned width = first & 0x0f;
  const unsigned unused_bits = 64 - 8 * width;
  std::uint64_t bits = 0;
  std::memcpy(&bits, begin + 1, width);
  // Shifting up and down again extends the sign.
  return {.bytes = {},
          .integer = static_cast<std::int64_t>(bits << unused_bits) >> unused_bits,
          .is_integer = true};
}

// Reads an item that is a number (a score), and moves `at` behind it.
inline double read_number(const char*& at) noexcept {
  if (static_cast<unsigned char>(*at) != 0xd8) return static_cast<double>(read_item(at).integer);
  double value = 0;
  std::memcpy(&value, at + 1, sizeof value);
  at += 1 + sizeof value;
  return value;
}

// A text or number as an item: its size, to be compared with items and written. A text is referred
// to, not copied.
class EncodedItem {
 public:
  explicit EncodedItem(std::string_view text) noexcept {
    if (const auto integer = base::parse_i64(text)) {
      encode(*integer);
    } else {
      encode_length(text.size());
      tail_ = text;
    }
  }
  explicit EncodedItem(std::int64_t integer) noexcept { encode(integer); }
  explicit EncodedItem(double number) noexcept;

  std::size_t size() const noexcept { return head_size_ + tail_.size(); }
  bool is_integer() const noexcept {
    return static_cast<unsigned char>(head_[0]) >= 0x80 &&
           static_cast<unsigned char>(head_[0]) < 0xd0;
  }

  // Whether the item at `at` is the same. Texts that stand side by side often begin alike, so that
  // their ends are compared first.
  bool equals(const char* at) const noexcept {
    if (*at != head_[0]) return false;
    if (head_size_ != 1 && std::memcmp(at + 1, head_ + 1, head_size_ - 1U) != 0) return false;
    if (tail_.empty()) return true;
    at += head_size_;
    return at[tail_.size() - 1] == tail_.back() && std::memcmp(at, tail_.data(), tail_.size()) == 0;
  }

  // Writes size() bytes; returns the end.
  char* write(char* at) const noexcept {
    std::memcpy(at, head_, head_size_);
    if (!tail_.empty()) std::memcpy(at + head_size_, tail_.data(), tail_.size());
    return at + size();
  }

 private:
  void encode(std::int64_t integer) noexcept;
  void encode_length(std::size_t length) noexcept;

  char head_[9];
  std::uint8_t head_size_ = 0;
  std::string_view tail_ = "";  // never null: it is compared and copied
};

}  // namespace larder::value
