#include "value/element_record.h"

#include <malloc.h>

#include <cstdlib>

#include "base/check.h"
#include "value/memory_mover.h"

namespace larder::value {
namespace {

constexpr std::size_t kShortKeyMax = 0x3f;
constexpr std::size_t kShortValueMax = 0xff;

bool is_short(const Element& element) noexcept {
  return element.key.size() <= kShortKeyMax && element.value.size() <= kShortValueMax;
}

unsigned char* write(unsigned char* at, const void* bytes, std::size_t size) noexcept {
  if (size != 0) std::memcpy(at, bytes, size);
  return at + size;
}

unsigned char* write16(unsigned char* at, std::size_t length) noexcept {
  const auto value = static_cast<std::uint16_t>(length);
  return write(at, &value, sizeof value);
}

}  // namespace

std::size_t ElementRecord::outside_bytes() const noexcept {
  return is_outside() ? ::malloc_usable_size(outside()) : 0;
}

void ElementRecord::free_outside() noexcept {
  if (is_outside()) std::free(outside());
}

void ElementRecord::move_outside(MemoryMover& mover) {
  if (!is_outside()) return;
  const auto* const moved = mover(outside());
  std::memcpy(at_ + (body() - at_), &moved, sizeof moved);
}

std::size_t NewRecord::size_of(const Element& element, bool has_value) noexcept {
  const auto head = 1 + (element.deadline == kNoDeadline ? 0 : ElementRecord::kDeadlineBytes);
  const std::size_t lengths =
      is_short(element) ? (has_value ? 1 : 0) : (has_value ? 2 : 1) * sizeof(std::uint16_t);
  const auto size = head + lengths + element.key.size() + element.value.size();
  return size <= ElementRecord::kBytesMax ? size : head + sizeof(void*);
}

NewRecord::NewRecord(const Element& element, bool has_value) : size_(size_of(element, has_value)) {
  const auto& [key, value, deadline] = element;
  const bool has_deadline = deadline != kNoDeadline;
  const bool is_outside = key.size() + value.size() >= size_;
  auto form = static_cast<unsigned>(key.size());
  if (is_outside) {
    form = ElementRecord::kOutside;
  } else if (!is_short(element)) {
    form = ElementRecord::kWide;
  }
  auto* at = bytes_;
  *at++ = static_cast<unsigned char>(form | (has_deadline ? ElementRecord::kDeadline : 0));
  if (has_deadline) at = write(at, &deadline, ElementRecord::kDeadlineBytes);
  if (is_outside) {
    const auto outside_size = sizeof(ElementRecord::Outside) + key.size() + value.size();
    auto* outside = static_cast<ElementRecord::Outside*>(std::malloc(outside_size));
    CHECK(outside != nullptr, "out of memory for an element");
    *outside = {key.size(), value.size()};
    auto* bytes = reinterpret_cast<unsigned char*>(outside->bytes());
    write(write(bytes, key.data(), key.size()), value.data(), value.size());
    outside_bytes_ = ::malloc_usable_size(outside);
    write(at, &outside, sizeof outside);
    return;
  }
  if (form == ElementRecord::kWide) {
    at = write16(at, key.size());
    if (has_value) at = write16(at, value.size());
  } else if (has_value) {
    *at++ = static_cast<unsigned char>(value.size());
  }
  at = write(at, key.data(), key.size());
  write(at, value.data(), value.size());
}

}  // namespace larder::value
