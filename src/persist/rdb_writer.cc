#include "persist/rdb_writer.h"

#include <cstring>

#include "base/numbers.h"
#include "codec/bytes.h"
#include "codec/lzf.h"

namespace larder::persist {
namespace {

constexpr std::size_t kIntegerTextMax = 11;      // of 32 bits, with its sign
constexpr std::size_t kCompressedBytesMin = 21;  // shorter strings are not worth the time
constexpr std::size_t kLengthBytesMax = 9;

// Writes a length at `at`, which has space for kLengthBytesMax; returns the end.
char* write_length(char* at, std::uint64_t value) noexcept {
  if (value < 0x40) {
    *at = static_cast<char>(value);
    return at + 1;
  }
  if (value < 0x4000) {
    at[0] = static_cast<char>(rdb_length::k14Bits | value >> 8);
    at[1] = static_cast<char>(value);
    return at + 2;
  }
  if (value <= UINT32_MAX) {
    *at = static_cast<char>(rdb_length::k32Bits);
    codec::write_be32(at + 1, static_cast<std::uint32_t>(value));
    return at + 5;
  }
  *at = static_cast<char>(rdb_length::k64Bits);
  codec::write_be64(at + 1, value);
  return at + 9;
}

constexpr char encoded_head(RdbStringEncoding encoding) noexcept {
  return static_cast<char>(rdb_length::kEncoded | static_cast<std::uint8_t>(encoding));
}

}  // namespace

void RdbWriter::length(std::uint64_t value) {
  char* const at = out_.prepare(kLengthBytesMax);
  out_.commit(static_cast<std::size_t>(write_length(at, value) - at));
}

void RdbWriter::string(std::string_view text) {
  make_room();
  if (text.size() <= kIntegerTextMax) {
    const auto integer = base::parse_i64(text);
    if (integer && short_integer(*integer)) return;
  }
  if (compresses_ && text.size() >= kCompressedBytesMin && compressed(text)) return;
  length(text.size());
  raw(text);
}

void RdbWriter::string(std::int64_t integer) {
  make_room();
  if (short_integer(integer)) return;
  base::IntegerText scratch;
  const auto text = base::to_text(integer, scratch);
  length(text.size());
  raw(text);
}

bool RdbWriter::short_integer(std::int64_t integer) {
  std::size_t width = 4;
  auto encoding = RdbStringEncoding::int32;
  if (integer >= INT8_MIN && integer <= INT8_MAX) {
    width = 1;
    encoding = RdbStringEncoding::int8;
  } else if (integer >= INT16_MIN && integer <= INT16_MAX) {
    width = 2;
    encoding = RdbStringEncoding::int16;
  } else if (integer < INT32_MIN || integer > INT32_MAX) {
    return false;
  }
  char* const at = out_.prepare(1 + sizeof integer);
  *at = encoded_head(encoding);
  std::memcpy(at + 1, &integer, width);
  out_.commit(1 + width);
  return true;
}

bool RdbWriter::compressed(std::string_view text) {
  constexpr std::size_t kHeadBytesMax = 1 + 2 * kLengthBytesMax;
  char* const begin = out_.prepare(kHeadBytesMax + text.size());
  char* const data = begin + kHeadBytesMax;
  const auto bytes = codec::lzf_compress(text, data, text.size() - 4);
  if (bytes == 0) return false;
  *begin = encoded_head(RdbStringEncoding::lzf);
  char* const head_end = write_length(write_length(begin + 1, bytes), text.size());
  std::memmove(head_end, data, bytes);
  out_.commit(static_cast<std::size_t>(head_end - begin) + bytes);
  return true;
}

void RdbWriter::milliseconds(std::int64_t value) {
  codec::write_le(out_.prepare(sizeof value), value);
  out_.commit(sizeof value);
}

void RdbWriter::binary_double(double value) {
  codec::write_le(out_.prepare(sizeof value), value);
  out_.commit(sizeof value);
}

}  // namespace larder::persist
