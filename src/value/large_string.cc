#include "value/large_string.h"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/check.h"

namespace larder::value {
namespace {

constexpr std::size_t kDoubledBytesMax = std::size_t{1} << 20;  // longer strings grow by a quarter

std::size_t room_for_growth(std::size_t length) {
  return length + (length <= kDoubledBytesMax ? length : std::max(kDoubledBytesMax, length / 4));
}

}  // namespace

LargeString* LargeString::reallocate(LargeString* string, std::size_t length,
                                     std::size_t capacity) {
  auto* moved = static_cast<LargeString*>(std::realloc(string, sizeof(LargeString) + capacity));
  CHECK(moved != nullptr, "out of memory for a string");
  moved->length_ = length;
  moved->capacity_ = ::malloc_usable_size(moved) - sizeof(LargeString);
  return moved;
}

LargeString* LargeString::make(std::size_t length, std::size_t capacity) {
  return reallocate(nullptr, length, capacity);
}

LargeString* LargeString::make(std::string_view text) {
  auto* string = make(text.size());
  std::memcpy(string->bytes(), text.data(), text.size());
  return string;
}

void LargeString::destroy(LargeString* string) noexcept { std::free(string); }

LargeString* LargeString::place(void* memory, std::size_t room_bytes, std::size_t length) noexcept {
  auto* string = static_cast<LargeString*>(memory);
  string->length_ = length;
  string->capacity_ = room_bytes - sizeof(LargeString);
  return string;
}

std::size_t LargeString::capacity_for(std::size_t length) const noexcept {
  if (length > capacity_) return room_for_growth(length);
  return length < capacity_ / 2 ? length : capacity_;
}

LargeString* LargeString::resize(LargeString* string, std::size_t length) {
  const auto capacity = string->capacity_for(length);
  if (capacity != string->capacity_) return reallocate(string, length, capacity);
  string->length_ = length;
  return string;
}

std::size_t LargeString::memory_bytes() const noexcept { return sizeof(LargeString) + capacity(); }

}  // namespace larder::value
