// Strings that are kept compressed: their form, LZ4's block format inside it, with or without a
// dictionary. What is inflated was compressed here, but is checked as if it came from outside:
// damage is told, never followed.
//
//   form   = dictionary length block
//   dictionary = 1 byte: the number of the dictionary that the block refers to, 0: none
//   length = of the text, 7 bits a byte, the low ones first; all bytes but the last have the high
//            bit set
//   block  = LZ4's (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md)
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace larder::value {

class Dictionary;

using DictionaryNumber = std::uint8_t;
inline constexpr DictionaryNumber kNoDictionary = 0;

// Longer strings stay as they are: compressing one would stall everybody else.
inline constexpr std::size_t kCompressedBytesMax = std::size_t{16} << 20;

// The parts of a form. Where it is damaged there is no block.
struct CompressedText {
  DictionaryNumber dictionary = kNoDictionary;
  std::size_t length = 0;  // of the text
  std::string_view block;

  static CompressedText read(std::string_view form) noexcept;
};

// Room that compress() may need for a text of that length.
std::size_t compressed_bytes_max(std::size_t length) noexcept;

// Writes the form of `text` to `to` and returns how many bytes that takes; 0 where it saves less
// than an eighth. REQUIRES: room for compressed_bytes_max(), no more than kCompressedBytesMax, and
// a `dictionary` that is written with where `number` is that of one.
std::size_t compress(std::string_view text, char* to, DictionaryNumber number = kNoDictionary,
                     const Dictionary* dictionary = nullptr) noexcept;

// Writes text.length bytes to `to`. False where the block is not of as many. `dictionary` is the
// text of the one that the form names.
bool inflate(const CompressedText& text, char* to, std::string_view dictionary = {}) noexcept;

}  // namespace larder::value
