// A growable run of bytes. Unlike std::string it hands out uninitialised space to read into, and
// growing is the only time it allocates: clear() keeps the memory.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

namespace larder::base {

class ByteBuffer {
 public:
  ByteBuffer() = default;
  explicit ByteBuffer(std::size_t capacity) { reserve(capacity); }
  ByteBuffer(ByteBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  ByteBuffer& operator=(ByteBuffer&& other) noexcept {
    swap(other);
    return *this;
  }
  ~ByteBuffer() { std::free(data_); }

  const char* data() const noexcept { return data_; }
  char* data() noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return capacity_; }
  bool empty() const noexcept { return size_ == 0; }
  std::string_view view() const noexcept { return {data_, size_}; }

  void clear() noexcept { size_ = 0; }
  void release() noexcept { ByteBuffer{}.swap(*this); }  // gives the memory back
  void truncate(std::size_t size) noexcept { size_ = size; }

  // Makes room for `bytes` in all; never shrinks.
  void reserve(std::size_t bytes) {
    if (bytes > capacity_) grow_to(bytes);
  }

  // Gives back what is beyond `bytes` (and beyond the content).
  void shrink(std::size_t bytes);

  // Space for at least `bytes` after the content; commit() says how many were written.
  char* prepare(std::size_t bytes) {
    if (capacity_ - size_ < bytes) grow_for(bytes);
    return data_ + size_;
  }
  void commit(std::size_t bytes) noexcept { size_ += bytes; }
  std::size_t space() const noexcept { return capacity_ - size_; }

  // REQUIRES: `bytes` are not this buffer's own.
  void append(std::string_view bytes) {
    if (bytes.empty()) return;  // may come without an address, which memcpy must not see
    std::memcpy(prepare(bytes.size()), bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  void push_back(char byte) {
    *prepare(1) = byte;
    ++size_;
  }

  // Drops the first `bytes`; the rest moves to the front.
  void consume(std::size_t bytes) noexcept {
    size_ -= bytes;
    if (bytes != 0 && size_ != 0) std::memmove(data_, data_ + bytes, size_);
  }

  void swap(ByteBuffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

 private:
  void grow_for(std::size_t bytes);  // at least doubles
  void grow_to(std::size_t capacity);

  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace larder::base
