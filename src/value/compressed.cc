#include "value/compressed.h"

#include <lz4.h>

#include "value/dictionary.h"

namespace larder::value {
namespace {

constexpr unsigned kLengthBytesMax = 4;
static_assert(kCompressedBytesMax < std::size_t{1} << (7 * kLengthBytesMax));

char* write_length(char* at, std::size_t length) noexcept {
  for (; length > 0x7f; length >>= 7) *at++ = static_cast<char>(0x80 | (length & 0x7f));
  *at++ = static_cast<char>(length);
  return at;
}

}  // namespace

CompressedText CompressedText::read(std::string_view form) noexcept {
  if (form.size() < 2) return {};
  CompressedText text;
  text.dictionary = static_cast<DictionaryNumber>(form.front());
  for (unsigned i = 0; i < kLengthBytesMax && i + 1 < form.size(); ++i) {
    const auto byte = static_cast<unsigned char>(form[i + 1]);
    text.length |= std::size_t{byte & 0x7fU} << (7 * i);
    if (byte > 0x7f) continue;
    text.block = form.substr(i + 2);
    return text;
  }
  return {};
}

std::size_t compressed_bytes_max(std::size_t length) noexcept { return length - length / 8; }

// LZ4 gives up as soon as the room that makes it worth while is used up.
std::size_t compress(std::string_view text, char* to, DictionaryNumber number,
                     const Dictionary* dictionary) noexcept {
  constexpr std::size_t kHeadBytesMax = 1 + kLengthBytesMax;
  if (text.size() < 8 * kHeadBytesMax) return 0;
  to[0] = static_cast<char>(number);
  auto* block = write_length(to + 1, text.size());
  const auto head_bytes = static_cast<std::size_t>(block - to);
  const auto room = compressed_bytes_max(text.size()) - head_bytes;
  const auto written =
      dictionary != nullptr
          ? dictionary->compress(text, block, room)
          : static_cast<std::size_t>(::LZ4_compress_default(
                text.data(), block, static_cast<int>(text.size()), static_cast<int>(room)));
  return written == 0 ? 0 : head_bytes + written;
}

bool inflate(const CompressedText& text, char* to, std::string_view dictionary) noexcept {
  if (text.block.empty() || text.block.size() > kCompressedBytesMax) return false;
  if (text.length > kCompressedBytesMax) return false;
  const auto written = ::LZ4_decompress_safe_usingDict(
      text.block.data(), to, static_cast<int>(text.block.size()), static_cast<int>(text.length),
      dictionary.data(), static_cast<int>(dictionary.size()));
  return written >= 0 && static_cast<std::size_t>(written) == text.length;
}

}  // namespace larder::value
