// Bytes to be decoded in order: those of a payload in memory, or, in classes derived from it, those
// of a file that is read piece by piece.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace larder::persist {

class ByteSource {
 public:
  explicit ByteSource(std::string_view bytes) noexcept
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  // Takes the next `count` bytes. Returns false, having taken none, where there are fewer.
  bool take(std::size_t count, std::string_view& bytes) {
    if (count > available() && !refill(count)) return false;
    bytes = {at_, count};
    at_ += count;
    return true;
  }

  // The next `count` bytes, or as many as there are, which stay to be taken.
  std::string_view peek(std::size_t count) {
    if (count > available()) refill(count);
    return {at_, std::min(count, available())};
  }

  // Takes at least one byte, and all that are at hand. False at the end.
  bool take_available(std::string_view& bytes) {
    return (available() != 0 || refill(1)) && take(available(), bytes);
  }

  // REQUIRES: it does not refill.
  bool is_at_end() const noexcept { return at_ == end_; }

  // Whether bytes stay where they are as long as the source does, rather than until the next call.
  virtual bool is_stable() const noexcept { return true; }

 protected:
  std::size_t available() const noexcept { return static_cast<std::size_t>(end_ - at_); }

  // Makes `count` bytes available from at_ on. Must not trust `count` for an allocation: it is what
  // the bytes before announce.
  virtual bool refill(std::size_t) { return false; }

  const char* at_;
  const char* end_;
};

}  // namespace larder::persist
