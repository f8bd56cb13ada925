// Reads the small parts that RDB files and DUMP payloads are made of, from bytes of strangers: each
// function returns false where the bytes end early or are wrong, and what it returns is then
// undefined. Nothing is allocated for what is only announced.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "persist/byte_source.h"

namespace larder::persist {

// A string that was read: bytes where they stand, or a copy. To be used again for the next one.
class RdbString {
 public:
  RdbString() = default;
  RdbString(const RdbString&) = delete;
  RdbString& operator=(const RdbString&) = delete;

  std::string_view text() const noexcept { return is_owned_ ? std::string_view(owned_) : view_; }

 private:
  friend class RdbReader;
  std::string owned_;
  std::string_view view_;
  bool is_owned_ = false;
};

class RdbReader {
 public:
  explicit RdbReader(ByteSource& source) noexcept : source_(source) {}

  // Strings that inflate to more are taken for wrong.
  void set_inflated_bytes_max(std::uint64_t bytes) noexcept { inflated_bytes_max_ = bytes; }

  bool byte(std::uint8_t& value);
  bool length(std::uint64_t& value);
  bool string(RdbString& string);
  bool raw(std::size_t count, std::string_view& bytes) { return source_.take(count, bytes); }
  bool milliseconds(std::int64_t& value);  // 64 bits, little-endian
  bool binary_double(double& value);
  bool text_double(double& value);  // as before Redis 4

 private:
  // A length, or, where `is_encoded`, the encoding of a string.
  bool head(std::uint64_t& value, bool& is_encoded);
  bool integer_string(std::size_t width, RdbString& string);
  bool compressed_string(RdbString& string);

  ByteSource& source_;
  std::uint64_t inflated_bytes_max_ = UINT64_MAX;
};

}  // namespace larder::persist
