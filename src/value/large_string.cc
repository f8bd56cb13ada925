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

LargeString* LargeString::make(std::size_t length) { return reallocate(nullptr, length, length); }

LargeString* LargeString::make(std::string_view text) {
  auto* string = make(text.size());
  std::memcpy(string->bytes(), text.data(), text.size());
  return string;
}

LargeString* LargeString::make_compressed(std::string_view form) {
  auto* string = make(form);
  string->capacity_ |= kCompressed;
  return string;
}

void LargeString::destroy(LargeString* string) noexcept { std::free(string); }

LargeString* LargeString::resize(LargeString* string, std::size_t length) {
  if (length > string->capacity_) return reallocate(string, length, room_for_growth(length));
  if (length < string->capacity_ / 2) return reallocate(string, length, length);
  string->length_ = length;
  return string;
}

std::size_t LargeString::memory_bytes() const noexcept {
  return sizeof(LargeString) + (capacity_ & ~kCompressed);
}

}  // namespace larder::value
