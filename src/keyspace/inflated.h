// Room for values that are kept compressed while a command looks at them.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace larder::keyspace {

class Inflated {
 public:
  // Bytes that stay as they are until release().
  char* take(std::size_t bytes) {
    if (used_ == buffers_.size()) buffers_.emplace_back();
    auto& buffer = buffers_[used_++];
    if (buffer.capacity < bytes) buffer = {std::make_unique_for_overwrite<char[]>(bytes), bytes};
    return buffer.bytes.get();
  }

  // What was taken is not looked at any more. A few small buffers stay for the next time.
  void release() noexcept {
    if (used_ != 0) [[unlikely]]
      give_back();
  }

 private:
  static constexpr std::size_t kBuffersKept = 4;
  static constexpr std::size_t kBytesKept = 64 << 10;  // of each

  struct Buffer {
    std::unique_ptr<char[]> bytes;
    std::size_t capacity = 0;
  };

  void give_back() noexcept {
    used_ = 0;
    if (buffers_.size() > kBuffersKept) buffers_.resize(kBuffersKept);
    for (auto& buffer : buffers_) {
      if (buffer.capacity > kBytesKept) buffer = {};
    }
  }

  std::vector<Buffer> buffers_;
  std::size_t used_ = 0;
};

}  // namespace larder::keyspace
