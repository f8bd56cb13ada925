// Ziplist, the packed form of files before Redis 7: reading one from a stranger.
//
//   ziplist = total32 tail32 count16 entry* 0xff    little-endian; tail: where the last entry
//                                                   begins; a count of 65535 is unknown
//   entry   = previous head data
//   previous = the bytes of the entry before: n8 below 254, or 0xfe n32
//   head    = 00llllll | 01llllll l8 | 10------ l32    strings; lengths big-endian
//           | 0xc0 i16 | 0xd0 i32 | 0xe0 i64 | 0xf0 i24 | 0xfe i8 | 0xf1-0xfd    integers, the last
//             being 0 to 12
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "codec/element.h"

namespace larder::codec {

// Reads as ListpackReader does: never beyond `bytes`, sound only where is_whole() in the end.
class ZiplistReader {
 public:
  explicit ZiplistReader(std::string_view bytes) noexcept;

  bool next(Element& element) noexcept;
  bool is_whole() const noexcept;

 private:
  bool read_entry(Element& element) noexcept;

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::size_t previous_bytes_ = 0;
  std::size_t count_ = 0;
  bool is_corrupt_ = false;
};

}  // namespace larder::codec
