#include "base/byte_buffer.h"

#include <malloc.h>

#include <algorithm>
#include <new>

namespace larder::base {

void ByteBuffer::grow_for(std::size_t bytes) {
  grow_to(std::max({size_ + bytes, capacity_ * 2, std::size_t{64}}));
}

void ByteBuffer::shrink(std::size_t bytes) {
  const auto wanted = std::max(bytes, size_);
  if (wanted >= capacity_) return;
  if (wanted == 0) {
    release();
  } else {
    grow_to(wanted);
  }
}

void ByteBuffer::grow_to(std::size_t capacity) {
  auto* grown = static_cast<char*>(std::realloc(data_, capacity));
  if (grown == nullptr) throw std::bad_alloc();
  data_ = grown;
  capacity_ = ::malloc_usable_size(grown);  // as the allocator counts, which gives a bit more
}

}  // namespace larder::base
