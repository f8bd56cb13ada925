// Writes the small parts that RDB files and DUMP payloads are made of.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/byte_buffer.h"
#include "persist/rdb_format.h"

namespace larder::persist {

class RdbWriter {
 public:
  // `compresses`: whether strings are written compressed where that is shorter.
  RdbWriter(base::ByteBuffer& out, bool compresses) noexcept : out_(out), compresses_(compresses) {}

  void byte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void type(RdbType type) { byte(static_cast<std::uint8_t>(type)); }
  void length(std::uint64_t value);
  void string(std::string_view text);  // as an integer or compressed where that is shorter
  void string(std::int64_t integer);   // its digits
  void raw(std::string_view bytes) { out_.append(bytes); }
  void milliseconds(std::int64_t value);
  void binary_double(double value);

  // The version that a reader has to know for what was written.
  void require_version(std::uint16_t version) noexcept { version_ = std::max(version_, version); }
  std::uint16_t version() const noexcept { return version_; }

 private:
  bool short_integer(std::int64_t integer);
  bool compressed(std::string_view text);

  base::ByteBuffer& out_;
  bool compresses_;
  std::uint16_t version_ = kRdbVersionWritten;
};

}  // namespace larder::persist
