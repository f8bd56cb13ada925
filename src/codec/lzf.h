// LZF, the compression of strings in RDB files: matches of earlier bytes, no entropy coding.
//
//   stream  = (literal | match)*
//   literal = 000lllll bytes                     l + 1 bytes as they are
//   match   = LLLddddd [LLLLLLLL] dddddddd       L + 2 bytes from d + 1 bytes ago; L = 1 to 6, or
//                                                7 and the next byte added to it
#pragma once

#include <cstddef>
#include <string_view>

namespace larder::codec {

// Writes `in` compressed to `out`, which has space for `out_bytes_max`. Returns the length, 0 where
// the space does not suffice (or there is nothing to compress).
std::size_t lzf_compress(std::string_view in, char* out, std::size_t out_bytes_max) noexcept;

// Writes what `in` stands for, exactly `out_bytes` bytes. Returns false, having written some of
// them, where it is corrupt or of another length.
bool lzf_decompress(std::string_view in, char* out, std::size_t out_bytes) noexcept;

}  // namespace larder::codec
