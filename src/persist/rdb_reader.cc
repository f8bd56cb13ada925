#include "persist/rdb_reader.h"

#include <limits>

#include "base/numbers.h"
#include "codec/bytes.h"
#include "codec/lzf.h"
#include "persist/rdb_format.h"

namespace larder::persist {
namespace {

// Three bytes of LZF can stand for 264.
constexpr std::uint64_t kExpansionMax = 88;

}  // namespace

bool RdbReader::byte(std::uint8_t& value) {
  std::string_view bytes;
  if (!raw(1, bytes)) return false;
  value = codec::byte_at(bytes, 0);
  return true;
}

bool RdbReader::head(std::uint64_t& value, bool& is_encoded) {
  std::uint8_t first = 0;
  if (!byte(first)) return false;
  is_encoded = false;
  std::string_view bytes;
  switch (first & 0xc0) {
    case 0:
      value = first;
      return true;
    case rdb_length::k14Bits:
      if (!raw(1, bytes)) return false;
      value = static_cast<std::uint64_t>(first & 0x3f) << 8 | codec::byte_at(bytes, 0);
      return true;
    case rdb_length::kEncoded:
      value = first & 0x3f;
      is_encoded = true;
      return true;
    default:
      break;
  }
  if (first == rdb_length::k32Bits) {
    if (!raw(4, bytes)) return false;
    value = codec::read_be32(bytes.data());
    return true;
  }
  if (first != rdb_length::k64Bits || !raw(8, bytes)) return false;
  value = codec::read_be64(bytes.data());
  return true;
}

bool RdbReader::length(std::uint64_t& value) {
  bool is_encoded = false;
  return head(value, is_encoded) && !is_encoded;
}

bool RdbReader::string(RdbString& string) {
  std::uint64_t value = 0;
  bool is_encoded = false;
  if (!head(value, is_encoded)) return false;
  if (!is_encoded) {
    if (!raw(value, string.view_)) return false;
    string.is_owned_ = !source_.is_stable();
    if (string.is_owned_) string.owned_.assign(string.view_);
    return true;
  }
  switch (static_cast<RdbStringEncoding>(value)) {
    case RdbStringEncoding::int8:
      return integer_string(1, string);
    case RdbStringEncoding::int16:
      return integer_string(2, string);
    case RdbStringEncoding::int32:
      return integer_string(4, string);
    case RdbStringEncoding::lzf:
      return compressed_string(string);
  }
  return false;
}

bool RdbReader::integer_string(std::size_t width, RdbString& string) {
  std::string_view bytes;
  if (!raw(width, bytes)) return false;
  base::IntegerText scratch;
  string.owned_.assign(base::to_text(codec::read_signed(bytes.data(), width), scratch));
  string.is_owned_ = true;
  return true;
}

bool RdbReader::compressed_string(RdbString& string) {
  std::uint64_t compressed_bytes = 0;
  std::uint64_t bytes = 0;
  std::string_view compressed;
  if (!length(compressed_bytes) || !length(bytes)) return false;
  if (!raw(compressed_bytes, compressed)) return false;
  if (bytes > compressed_bytes * kExpansionMax || bytes > inflated_bytes_max_) return false;
  string.owned_.resize(bytes);
  string.is_owned_ = true;
  return codec::lzf_decompress(compressed, string.owned_.data(), bytes);
}

bool RdbReader::milliseconds(std::int64_t& value) {
  std::string_view bytes;
  if (!raw(sizeof value, bytes)) return false;
  value = codec::read_le<std::int64_t>(bytes.data());
  return true;
}

bool RdbReader::binary_double(double& value) {
  std::string_view bytes;
  if (!raw(sizeof value, bytes)) return false;
  value = codec::read_le<double>(bytes.data());
  return true;
}

bool RdbReader::text_double(double& value) {
  constexpr std::uint8_t kNan = 253;
  constexpr std::uint8_t kPlusInfinity = 254;
  constexpr std::uint8_t kMinusInfinity = 255;
  std::uint8_t length = 0;
  if (!byte(length)) return false;
  switch (length) {
    case kNan:
      value = std::numeric_limits<double>::quiet_NaN();
      return true;
    case kPlusInfinity:
      value = std::numeric_limits<double>::infinity();
      return true;
    case kMinusInfinity:
      value = -std::numeric_limits<double>::infinity();
      return true;
    default:
      break;
  }
  std::string_view text;
  if (!raw(length, text)) return false;
  const auto parsed = base::parse_double(text);
  if (!parsed) return false;
  value = *parsed;
  return true;
}

}  // namespace larder::persist
