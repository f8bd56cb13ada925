// A hash of few and short fields in one run of bytes, as it is read. Fields stand in the order in
// which they were added.
//
//   packed    = header [next-deadline] fields
//   header    = 16 bits: count (10 bits), whether Redis would have left the packed form (1),
//   whether
//               fields have room for deadlines (1)
//   field     = name-item value-item [deadline]
//   deadlines = 6 bytes each: ms since the Unix epoch, all ones where there is none. The next one,
//               of the whole hash, is exact
//
// Items are described in item.h. Fields have room for deadlines once any of them was given one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "value/element_record.h"
#include "value/item.h"

namespace larder::value {

class PackedHash {
 public:
  static constexpr unsigned kCountMask = 0x3ff;
  static constexpr unsigned kConverted = 0x400;
  static constexpr unsigned kDeadlines = 0x800;
  static constexpr std::size_t kHeaderBytes = sizeof(std::uint16_t);
  static constexpr std::size_t kDeadlineBytes = 6;

  // A field, by the offsets of its parts.
  struct Field {
    std::size_t at;
    std::size_t value_at;
    std::size_t value_end;
    std::size_t end;
  };

  explicit PackedHash(std::string_view bytes) noexcept : bytes_(bytes) {}

  unsigned count() const noexcept { return header() & kCountMask; }
  bool is_converted() const noexcept { return (header() & kConverted) != 0; }
  bool has_deadlines() const noexcept { return (header() & kDeadlines) != 0; }
  unsigned header() const noexcept {
    if (bytes_.empty()) return 0;
    std::uint16_t header;
    std::memcpy(&header, bytes_.data(), sizeof header);
    return header;
  }

  base::UnixMs next_deadline() const noexcept {
    return has_deadlines() ? read_deadline(bytes_.data() + kHeaderBytes) : kNoDeadline;
  }

  static base::UnixMs read_deadline(const char* at) noexcept {
    std::int64_t value = 0;
    std::memcpy(&value, at, kDeadlineBytes);
    return value == kNonePacked ? kNoDeadline : value;
  }
  static void write_deadline(char* at, base::UnixMs deadline) noexcept {
    const auto value = deadline == kNoDeadline ? kNonePacked : deadline;
    std::memcpy(at, &value, kDeadlineBytes);
  }

  // Where the first field begins, and how much comes after each value.
  std::size_t fields_at() const noexcept {
    return kHeaderBytes + (has_deadlines() ? kDeadlineBytes : 0);
  }
  std::size_t field_tail_bytes() const noexcept { return has_deadlines() ? kDeadlineBytes : 0; }

  // Calls `visit(const Field&)` until it returns false.
  template <class Visit>
  void for_each(Visit&& visit) const {
    const auto tail = field_tail_bytes();
    for (auto at = fields_at(); at < bytes_.size();) {
      const auto value_at = at + item_size(bytes_.data() + at);
      const auto value_end = value_at + item_size(bytes_.data() + value_at);
      const Field field{at, value_at, value_end, value_end + tail};
      if (!visit(field)) return;
      at = field.end;
    }
  }

  // The field with this name; `end` is 0 where there is none.
  Field find(const EncodedItem& name) const noexcept {
    Field found{};
    for_each([&](const Field& field) {
      if (!name.equals(bytes_.data() + field.at)) return true;
      found = field;
      return false;
    });
    return found;
  }

  Item item(std::size_t at) const noexcept {
    const char* from = bytes_.data() + at;
    return read_item(from);
  }
  base::UnixMs deadline(const Field& field) const noexcept {
    return field.end == field.value_end ? kNoDeadline
                                        : read_deadline(bytes_.data() + field.value_end);
  }

 private:
  static constexpr std::int64_t kNonePacked = (std::int64_t{1} << 48) - 1;

  std::string_view bytes_;
};

}  // namespace larder::value
