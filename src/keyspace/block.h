// How an entry lies in its block of a slab: everything about one key but its metadata of use, which
// is in the bucket.
//
//   block    = header [key-length] [deadline] key field
//   header   = 1 byte: type (3 bits), encoding (2), deadline form (2), whether the key is outside
//              (1)
//   length   = 1 byte up to 127, else 2 bytes: 0x80 | high, low; those of a compressed text are
//              always 2, and have 0x40 set in the first
//   deadline = 5 bytes: ms since 2020-01-01 UTC; or 8 bytes: ms since 1970, where that does not fit
//   key      = its bytes; or, outside, an owning pointer to a value::LargeString and no key-length
//   field    = of a string: length bytes | length little-endian-integer | length compressed-form |
//              pointer to a value::LargeString; compressed.h has that form
//            | of a collection: length packed-bytes | pointer to a value::Object
//
// Numbers are little-endian and unaligned. A type with all bits set would be SlabArena::kFreeMark
// and does not exist.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/numbers.h"
#include "keyspace/types.h"
#include "value/compressed.h"
#include "value/large_string.h"
#include "value/object.h"

namespace larder::keyspace {

static_assert(std::endian::native == std::endian::little, "blocks are read as they lie in memory");

// How the field is kept; a text that is compressed in its block is raw, too. Of a collection: raw
// (packed bytes) or outside (an object).
enum class Form : std::uint8_t { integer, embedded, raw, outside };

template <class T>
T load(const unsigned char* from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

// A length of at most 2^14 - 1, before bytes in the same block.
struct PackedLength {
  static constexpr std::size_t kShortMax = 0x7f;
  static constexpr unsigned char kCompressed = 0xc0;  // what the first byte of two has set
  static constexpr std::size_t kCompressedWidth = 2;
  static std::size_t width(std::size_t length) noexcept { return length <= kShortMax ? 1 : 2; }
  static unsigned char* write(unsigned char* at, std::size_t length) noexcept {
    if (length > kShortMax) *at++ = static_cast<unsigned char>(0x80 | (length >> 8));
    *at++ = static_cast<unsigned char>(length);
    return at;
  }
  static unsigned char* write_compressed(unsigned char* at, std::size_t length) noexcept {
    *at++ = static_cast<unsigned char>(kCompressed | (length >> 8));
    *at++ = static_cast<unsigned char>(length);
    return at;
  }
  static std::size_t read(const unsigned char*& at) noexcept {
    const std::size_t first = *at++;
    return first <= kShortMax ? first : ((first & 0x3f) << 8) | *at++;
  }
};

// Reads a block, and changes what does not change its size.
class Block {
 public:
  // Longer keys lie outside, so that any key leaves room for its value.
  static constexpr std::size_t kKeyBytesMax = 256;
  // Longer strings lie outside.
  static constexpr std::size_t kBytesMax = 1024;

  Block() = default;
  explicit Block(unsigned char* at) noexcept : at_(at) {}
  unsigned char* at() const noexcept { return at_; }

  Type type() const noexcept { return static_cast<Type>(*at_ & 7); }
  Form form() const noexcept { return static_cast<Form>((*at_ >> kFormShift) & 3); }
  bool has_deadline() const noexcept { return (*at_ & kDeadlineMask) != 0; }

  Deadline deadline() const noexcept {
    const auto* at = at_ + 1;
    if (!has_deadline()) return kNever;
    if (!key_is_outside()) PackedLength::read(at);
    if ((*at_ & kDeadlineMask) == kFar) return load<Deadline>(at);
    return kNearEpoch + static_cast<Deadline>(load<std::uint32_t>(at)) +
           (static_cast<Deadline>(at[4]) << 32);
  }

  std::string_view key() const noexcept {
    const auto* at = at_ + 1;
    if (key_is_outside()) [[unlikely]]
      return outside_key()->text();
    const auto length = PackedLength::read(at);
    return {reinterpret_cast<const char*>(at + deadline_width()), length};
  }

  // Where the value begins.
  unsigned char* field() const noexcept {
    auto* at = at_ + 1;
    if (key_is_outside()) [[unlikely]]
      return at + deadline_width() + sizeof(void*);
    const unsigned char* from = at;
    const auto length = PackedLength::read(from);
    return at + (from - at) + deadline_width() + length;
  }

  // Strings.
  std::int64_t integer() const noexcept {
    const auto* at = field();
    const unsigned unused_bits = 64 - 8U * at[0];
    // Shifting up and down again extends the sign. Reading eight bytes could leave the block.
    std::uint64_t bits = 0;
    std::memcpy(&bits, at + 1, at[0]);
    return static_cast<std::int64_t>(bits << unused_bits) >> unused_bits;
  }
  value::LargeString* large() const noexcept { return load<value::LargeString*>(field()); }

  // Collections.
  bool holds_object() const noexcept { return value_is_outside() && type() != Type::string; }
  value::Object* object() const noexcept { return load<value::Object*>(field()); }
  std::string_view packed() const noexcept {  // REQUIRES: not outside
    const unsigned char* at = field();
    const auto length = PackedLength::read(at);
    return {reinterpret_cast<const char*>(at), length};
  }
  // Of a string.
  bool is_compressed() const noexcept {
    switch (form()) {
      case Form::raw:
        return (*field() & PackedLength::kCompressed) == PackedLength::kCompressed;
      case Form::outside:
        return large()->is_compressed();
      default:
        return false;
    }
  }
  std::string_view compressed_form() const noexcept {  // REQUIRES: is_compressed()
    return value_is_outside() ? large()->text() : packed();
  }
  std::string_view text(base::IntegerText& scratch) const noexcept {  // REQUIRES: not compressed
    switch (form()) {
      case Form::integer:
        return base::to_text(integer(), scratch);
      case Form::outside:
        return large()->text();
      default:
        return packed();
    }
  }

  // Bytes of the block that are in use, and of the field alone.
  std::size_t bytes() const noexcept;
  std::size_t field_bytes() const noexcept;

  // What it owns outside.
  bool key_is_outside() const noexcept { return (*at_ & kOutsideKey) != 0; }
  value::LargeString* outside_key() const noexcept {
    return load<value::LargeString*>(at_ + 1 + deadline_width());
  }
  void replace_outside_key(value::LargeString* key) noexcept {
    std::memcpy(at_ + 1 + deadline_width(), &key, sizeof key);
  }
  bool value_is_outside() const noexcept { return form() == Form::outside; }
  std::size_t outside_bytes() const noexcept;  // as the allocator counts them
  bool owns_memory() const noexcept { return key_is_outside() || value_is_outside(); }

  // --- writing
  // -----------------------------------------------------------------------------------------------------

  // What comes before the field.
  struct Head {
    Type type;
    Form form;
    Deadline deadline;
    std::string_view key;
    value::LargeString* outside_key = nullptr;  // what is written instead of a `key` too long

    std::size_t bytes() const noexcept;

    // Whether such a field fits into a block with this head, whatever deadline the key is given
    // later.
    bool has_room_for(std::size_t field_bytes) const noexcept {
      return bytes() - deadline_width(deadline) + sizeof(Deadline) + field_bytes <= kBytesMax;
    }
  };
  Head head() const noexcept;

  // Writes the head; returns where the field begins.
  static unsigned char* write_head(unsigned char* at, const Head& head) noexcept;
  void set_form(Form form) noexcept {
    *at_ = static_cast<unsigned char>((*at_ & ~(3 << kFormShift)) |
                                      (static_cast<unsigned>(form) << kFormShift));
  }
  // REQUIRES: a deadline of the same width.
  void overwrite_deadline(Deadline deadline) noexcept;
  static std::size_t deadline_width(Deadline deadline) noexcept {
    return kWidths[deadline_form(deadline) >> kDeadlineShift];
  }

  static std::size_t integer_width(std::int64_t value) noexcept {
    const auto magnitude = static_cast<std::uint64_t>(value < 0 ? ~value : value);
    return (static_cast<std::size_t>(std::bit_width(magnitude)) + 8) / 8;  // and the sign's bit
  }
  static void write_large(unsigned char* field, value::LargeString* string) noexcept {
    std::memcpy(field, &string, sizeof string);
  }
  static void write_object(unsigned char* field, value::Object* object) noexcept {
    std::memcpy(field, &object, sizeof object);
  }
  static void write_integer(unsigned char* field, std::int64_t value, std::size_t width) noexcept {
    field[0] = static_cast<unsigned char>(width);
    std::memcpy(field + 1, &value, width);
  }

 private:
  static constexpr unsigned kFormShift = 3;
  static constexpr unsigned kDeadlineShift = 5;
  static constexpr unsigned kDeadlineMask = 3U << kDeadlineShift;
  static constexpr unsigned kNear = 1U << kDeadlineShift;
  static constexpr unsigned kFar = 2U << kDeadlineShift;
  static constexpr unsigned kOutsideKey = 0x80;
  static constexpr Deadline kNearEpoch = 1'577'836'800'000;  // 2020-01-01 UTC
  static constexpr unsigned char kWidths[4] = {0, 5, 8, 0};

  static unsigned deadline_form(Deadline deadline) noexcept {
    if (deadline == kNever) return 0;
    return deadline >= kNearEpoch && deadline < kNearEpoch + (Deadline{1} << 40) ? kNear : kFar;
  }
  static void write_deadline(unsigned char* at, Deadline deadline) noexcept;
  std::size_t deadline_width() const noexcept {
    return kWidths[(*at_ & kDeadlineMask) >> kDeadlineShift];
  }

  unsigned char* at_ = nullptr;
};

}  // namespace larder::keyspace
