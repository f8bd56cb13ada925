// Listpack, the packed form of Redis 7's files: reading one from a stranger, and writing one. As a
// form in memory Larder has its own, leaner one (value/item.h).
//
//   listpack    = total32 count16 entry* 0xff       little-endian; a count of 65535 is unknown
//   entry       = head data back-length
//   head        = 0nnnnnnn | 10llllll | 110nnnnn n8 | 1110llll l8 | 0xf0 l32 | 0xf1-0xf4
//                 an unsigned integer, a short string, a signed integer of 13 bits, a string with a
//                 length of 12 and of 32 bits, integers of 16, 24, 32 and 64 bits
//   back-length = the length of head and data in groups of 7 bits, highest first, all but the
//                 first with their highest bit set
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/byte_buffer.h"
#include "codec/element.h"

namespace larder::codec {

// Reads the elements in order; never beyond `bytes`. What they say is sound only where is_whole()
// in the end.
class ListpackReader {
 public:
  explicit ListpackReader(std::string_view bytes) noexcept;

  // The next element, which points into the bytes; false at the end, and where the rest is corrupt.
  bool next(Element& element) noexcept;

  // Whether the elements so far were all, and everything about them was right.
  bool is_whole() const noexcept;

  // Elements that the header announces, or that have been read if those are more. A hint: not
  // more than there are bytes.
  std::size_t count_hint() const noexcept;

 private:
  bool read_entry(Element& element) noexcept;

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::size_t count_ = 0;
  bool is_corrupt_ = false;
};

// Checks a whole listpack; its number of elements, or nothing where it is corrupt.
struct ListpackCheck {
  bool is_valid = false;
  std::size_t count = 0;
};
ListpackCheck check_listpack(std::string_view bytes) noexcept;

// Appends a listpack to a buffer, element by element. Nothing else may be appended in between.
class ListpackWriter {
 public:
  explicit ListpackWriter(base::ByteBuffer& out);

  void append(std::string_view text);  // as an integer where it is the text of one
  void append(std::int64_t integer);
  // Bytes that are no integer's text, or shall be kept as they are.
  void append_bytes(std::string_view bytes);

  std::size_t count() const noexcept { return count_; }
  std::size_t bytes() const noexcept { return out_.size() - begin_; }

  // Completes it. REQUIRES: it has fewer than 2^32 bytes.
  void finish();

 private:
  void entry(std::string_view head, std::string_view data);

  base::ByteBuffer& out_;
  std::size_t begin_;
  std::size_t count_ = 0;
};

}  // namespace larder::codec
