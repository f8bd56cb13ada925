// The checksum of RDB files and DUMP payloads: CRC-64 with Jones's polynomial, reflected.
#pragma once

#include <cstdint>
#include <string_view>

namespace larder::codec {

// The checksum of what `crc` was computed over, followed by `bytes`; 0 before the first.
// crc64(0, "123456789") is 0xe9c6d914c4b8d9ca.
std::uint64_t crc64(std::uint64_t crc, std::string_view bytes) noexcept;

}  // namespace larder::codec
