// Numbers in bytes of files and wires: little-endian unless the name says otherwise, at any
// alignment.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace larder::codec {

static_assert(std::endian::native == std::endian::little);

// REQUIRES: sizeof(Number) bytes at `at`.
template <class Number>
Number read_le(const char* at) noexcept {
  Number value{};
  std::memcpy(&value, at, sizeof value);
  return value;
}

template <class Number>
void write_le(char* at, Number value) noexcept {
  std::memcpy(at, &value, sizeof value);
}

inline std::uint32_t read_be32(const char* at) noexcept {
  return __builtin_bswap32(read_le<std::uint32_t>(at));
}

inline std::uint64_t read_be64(const char* at) noexcept {
  return __builtin_bswap64(read_le<std::uint64_t>(at));
}

inline void write_be32(char* at, std::uint32_t value) noexcept {
  write_le(at, __builtin_bswap32(value));
}

inline void write_be64(char* at, std::uint64_t value) noexcept {
  write_le(at, __builtin_bswap64(value));
}

// A signed integer of `width` (1 to 8) little-endian bytes.
inline std::int64_t read_signed(const char* at, std::size_t width) noexcept {
  std::uint64_t bits = 0;
  std::memcpy(&bits, at, width);
  const auto unused_bits = 64 - 8 * width;
  return static_cast<std::int64_t>(bits << unused_bits) >> unused_bits;  // extends the sign
}

inline std::uint8_t byte_at(std::string_view bytes, std::size_t at) noexcept {
  return static_cast<std::uint8_t>(bytes[at]);
}

}  // namespace larder::codec
