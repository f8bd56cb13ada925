// Strings in LZ4's block format, for values that are kept compressed. What is inflated was
// compressed here, but is checked as if it came from outside: damage is told, never followed.
#pragma once

#include <cstddef>
#include <string_view>

namespace larder::value {

// Longer strings stay as they are: compressing one would stall everybody else.
inline constexpr std::size_t kCompressedBytesMax = std::size_t{16} << 20;

// Room that compress() may need for a text of that length.
std::size_t compressed_bytes_max(std::size_t length) noexcept;

// Writes `text` compressed to `to` and returns how many bytes that takes; 0 where it saves less
// than an eighth. REQUIRES: room for compressed_bytes_max(), and no more than kCompressedBytesMax.
std::size_t compress(std::string_view text, char* to) noexcept;

// Writes exactly `length` bytes to `to`. False where `stored` is not of as many.
bool inflate(std::string_view stored, char* to, std::size_t length) noexcept;

}  // namespace larder::value
