// Intset, the packed form of sets of integers in Redis's files.
//
//   intset = width32 count32 integer*       little-endian; width is 2, 4 or 8 bytes; ascending
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/byte_buffer.h"
#include "codec/bytes.h"

namespace larder::codec {

class Intset {
 public:
  // Nothing where the bytes are none: wrong length, not ascending, empty.
  static std::optional<Intset> open(std::string_view bytes) noexcept;

  std::size_t count() const noexcept { return count_; }
  std::int64_t operator[](std::size_t index) const noexcept {
    return read_signed(integers_ + index * width_, width_);
  }

 private:
  Intset(const char* integers, std::size_t width, std::size_t count) noexcept
      : integers_(integers), width_(width), count_(count) {}

  const char* integers_;
  std::size_t width_;
  std::size_t count_;
};

// REQUIRES: `integers` are ascending without repetition, fewer than 2^32.
void append_intset(base::ByteBuffer& out, std::span<const std::int64_t> integers);

}  // namespace larder::codec
