// The bytes of a string too long for an entry's block, with spare room to grow into. The pointer is
// the owner's to keep: it lies unaligned inside a block, where no smart pointer can.
#pragma once

#include <cstddef>
#include <string_view>

namespace larder::value {

class LargeString {
 public:
  // A string of `length` bytes with undefined content.
  static LargeString* make(std::size_t length) { return make(length, length); }
  static LargeString* make(std::size_t length, std::size_t capacity);
  static LargeString* make(std::string_view text);
  static void destroy(LargeString* string) noexcept;
  // The same in memory of the caller's, which it frees itself: `room_bytes` of it, aligned as this
  // type is. REQUIRES: that are enough. Such a string is not resized by itself, nor destroyed.
  static LargeString* place(void* memory, std::size_t room_bytes, std::size_t length) noexcept;
  static std::size_t bytes_for(std::size_t capacity) noexcept {
    return sizeof(LargeString) + capacity;
  }

  // Changes the length, moving the string where its room does not suffice; new bytes are undefined.
  // Growing again and again costs amortised constant time a byte. Gives room back once less than
  // half of it is used. REQUIRES: not compressed.
  static LargeString* resize(LargeString* string, std::size_t length);
  // The capacity it is to have at another length: the one it has where only the length changes.
  // REQUIRES: not compressed.
  std::size_t capacity_for(std::size_t length) const noexcept;
  void set_length(std::size_t length) noexcept { length_ = length; }  // REQUIRES: there is room

  // Whether its bytes are the compressed form of a text: compressed.h.
  bool is_compressed() const noexcept { return (capacity_ & kCompressed) != 0; }
  void mark_compressed() noexcept { capacity_ |= kCompressed; }
  std::size_t capacity() const noexcept { return capacity_ & ~kCompressed; }

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
