#include "codec/crc64.h"

#include <array>

#include "codec/bytes.h"

namespace larder::codec {
namespace {

constexpr std::uint64_t kPolynomialReflected = 0x95ac9329ac4bc9b5;

// table[n][b]: what byte b does to the checksum when n more bytes follow in the same word.
using Tables = std::array<std::array<std::uint64_t, 256>, 8>;

constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint64_t byte = 0; byte < 256; ++byte) {
    auto crc = byte;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomialReflected : 0);
    }
    tables[0][byte] = crc;
  }
  for (std::size_t n = 1; n < tables.size(); ++n) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const auto before = tables[n - 1][byte];
      tables[n][byte] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

}  // namespace

std::uint64_t crc64(std::uint64_t crc, std::string_view bytes) noexcept {
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    const auto word = crc ^ read_le<std::uint64_t>(bytes.data());
    crc = 0;
    for (unsigned n = 0; n < 8; ++n) crc ^= kTables[7 - n][word >> (8 * n) & 0xff];
  }
  for (const char byte : bytes) {
    crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<unsigned char>(byte)) & 0xff];
  }
  return crc;
}

}  // namespace larder::codec
