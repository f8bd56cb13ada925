// The bytes of a string too long for an entry's block, with spare room to grow into. The pointer is
// the owner's to keep: it lies unaligned inside a block, where no smart pointer can.
#pragma once

#include <cstddef>
#include <string_view>

namespace larder::value {

class LargeString {
 public:
  // A string of `length` bytes with undefined content.
  static LargeString* make(std::size_t length);
  static LargeString* make(std::string_view text);
  static void destroy(LargeString* string) noexcept;

  // A string whose bytes are the compressed form of a text: compressed.h.
  static LargeString* make_compressed(std::string_view form);

  // Changes the length, moving the string where its room does not suffice; new bytes are undefined.
  // Growing again and again costs amortised constant time a byte. Gives room back once less than
  // half of it is used. REQUIRES: not compressed.
  static LargeString* resize(LargeString* string, std::size_t length);

  bool is_compressed() const noexcept { return (capacity_ & kCompressed) != 0; }

  char* bytes() noexcept { return reinterpret_cast<char*>(this + 1); }
  const char* bytes() const noexcept { return reinterpret_cast<const char*>(this + 1); }
  std::size_t length() const noexcept { return length_; }
  std::string_view text() const noexcept { return {bytes(), length_}; }

  // What the allocator spends on it.
  std::size_t memory_bytes() const noexcept;

 private:
  static constexpr std::size_t kCompressed = std::size_t{1} << 63;

  LargeString() = default;
  static LargeString* reallocate(LargeString* string, std::size_t length, std::size_t capacity);

  std::size_t length_;
  std::size_t capacity_;  // and whether it is compressed
};

}  // namespace larder::value
