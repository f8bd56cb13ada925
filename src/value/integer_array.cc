#include "value/integer_array.h"

#include <malloc.h>

#include <cstdlib>
#include <cstring>

#include "base/check.h"
#include "value/memory_mover.h"

namespace larder::value {

IntegerArray::IntegerArray(const IntegerRun& content) : width_(content.width()) {
  if (content.size() == 0) return;
  reserve(content.size() * width_);
  CHECK(bytes_ != nullptr);
  content.for_each([&](std::int64_t integer) {
    IntegerRun::store(bytes_ + count_++ * width_, integer, width_);
    return true;
  });
}

IntegerArray::~IntegerArray() { std::free(bytes_); }

// Gives memory back once less than half of it is used.
void IntegerArray::reserve(std::size_t bytes) {
  if (bytes <= capacity_bytes_ && bytes >= capacity_bytes_ / 2) return;
  auto* moved = static_cast<char*>(std::realloc(bytes_, bytes + bytes / 8 + width_));
  CHECK(moved != nullptr, "out of memory for a set of integers");
  bytes_ = moved;
  capacity_bytes_ = ::malloc_usable_size(moved);
}

bool IntegerArray::insert(std::int64_t integer) {
  const auto at = run().lower_bound(integer);
  if (at != count_ && run()[at] == integer) return false;
  const auto width = std::max(width_, integer_width(integer));
  reserve((count_ + 1) * width);
  if (width != width_) {
    IntegerRun::widen(bytes_, count_, width_, width);
    width_ = width;
  }
  auto* place = bytes_ + at * width_;
  std::memmove(place + width_, place, (count_ - at) * width_);
  IntegerRun::store(place, integer, width_);
  ++count_;
  return true;
}

bool IntegerArray::erase(std::int64_t integer) {
  const auto at = run().lower_bound(integer);
  if (at == count_ || run()[at] != integer) return false;
  auto* place = bytes_ + at * width_;
  --count_;
  std::memmove(place, place + width_, (count_ - at) * width_);
  reserve(count_ * width_);
  return true;
}

std::uint64_t IntegerArray::move_memory(std::uint64_t /*position*/, MemoryMover& mover) {
  if (bytes_ != nullptr) bytes_ = mover(bytes_);
  return 0;
}

std::size_t IntegerArray::memory_bytes() const noexcept {
  return ::malloc_usable_size(const_cast<IntegerArray*>(this)) + capacity_bytes_;
}

}  // namespace larder::value
