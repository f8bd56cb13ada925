#include "value/compressed.h"

#include <lz4.h>

namespace larder::value {

std::size_t compressed_bytes_max(std::size_t length) noexcept { return length - length / 8; }

// LZ4 gives up as soon as the room that makes it worth while is used up.
std::size_t compress(std::string_view text, char* to) noexcept {
  const auto written = ::LZ4_compress_default(text.data(), to, static_cast<int>(text.size()),
                                              static_cast<int>(compressed_bytes_max(text.size())));
  return written <= 0 ? 0 : static_cast<std::size_t>(written);
}

bool inflate(std::string_view stored, char* to, std::size_t length) noexcept {
  if (stored.size() > kCompressedBytesMax || length > kCompressedBytesMax) return false;
  const auto written = ::LZ4_decompress_safe(stored.data(), to, static_cast<int>(stored.size()),
                                             static_cast<int>(length));
  return written >= 0 && static_cast<std::size_t>(written) == length;
}

}  // namespace larder::value
