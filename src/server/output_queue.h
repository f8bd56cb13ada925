// What is to be sent to a client and its socket did not take yet: runs of bytes, the oldest first.
// A run that was sent gives its memory back, and none is ever moved, however much there is: else a
// client that asks for a gigabyte would make all others wait while its replies are copied.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/byte_buffer.h"

namespace larder::server {

class OutputQueue {
 public:
  // Bytes that are still to be sent, and memory that they take.
  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return capacity_; }
  bool empty() const noexcept { return size_ == 0; }

  void append(std::string_view bytes);

  // The bytes to be sent next: as many as lie in one run. REQUIRES: !empty().
  std::string_view front() const noexcept { return runs_[first_].view().substr(sent_); }

  // The first `bytes` were sent. REQUIRES: bytes <= front().size().
  void consume(std::size_t bytes);

  // Gives the memory back that an empty queue keeps for the next bytes. REQUIRES: empty().
  void release() noexcept;

 private:
  void drop_front() noexcept;

  std::vector<base::ByteBuffer> runs_;  // those before first_ were sent, and have no memory
  std::size_t first_ = 0;
  std::size_t sent_ = 0;  // bytes of the first run
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;  // of all runs
};

}  // namespace larder::server
