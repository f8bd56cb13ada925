// The packed form of a sorted set: a header, then score and member of each element in order.
//
//   packed = header { score member }
//   header = 2 bytes, little-endian: the number of elements; the top bit is the flag
//
// score and member are items (item.h). The flag says that OBJECT ENCODING calls it a skiplist.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "value/cell.h"
#include "value/item.h"
#include "value/sorted_range.h"

namespace larder::value {

class PackedSortedSet {
 public:
  static constexpr std::size_t kHeaderBytes = 2;
  // An element takes two bytes at least.
  static constexpr std::size_t kElementsMax = (kPackedBytesMax - kHeaderBytes) / 2;

  struct Header {
    std::uint16_t count;
    bool flag;
  };

  // `bytes` may be empty: an empty set.
  explicit PackedSortedSet(std::string_view bytes) noexcept : bytes_(bytes) {}

  Header header() const noexcept {
    if (bytes_.empty()) return {0, false};
    std::uint16_t bits = 0;
    std::memcpy(&bits, bytes_.data(), sizeof bits);
    return {static_cast<std::uint16_t>(bits & 0x7fff), (bits & 0x8000) != 0};
  }
  static void write_header(char* at, Header header) noexcept {
    const auto bits = static_cast<std::uint16_t>(header.count | (header.flag ? 0x8000 : 0));
    std::memcpy(at, &bits, sizeof bits);
  }
  std::size_t size() const noexcept { return header().count; }

  // An element's place among the bytes.
  struct Place {
    std::size_t rank;
    std::size_t at;      // where its score begins
    std::size_t member;  // where its member begins
    std::size_t end;
  };

  // Visits the elements in order until `visit(place)` returns false.
  template <class Visit>
  void walk(Visit visit) const {
    const char* const begin = bytes_.data();
    std::size_t at = kHeaderBytes;
    const auto count = size();
    for (std::size_t rank = 0; rank < count; ++rank) {
      const auto member = at + item_size(begin + at);
      const auto end = member + item_size(begin + member);
      if (!visit(Place{rank, at, member, end})) return;
      at = end;
    }
  }

  double score(const Place& place) const noexcept {
    const char* at = bytes_.data() + place.at;
    return read_number(at);
  }
  std::string_view member(const Place& place, base::IntegerText& scratch) const noexcept {
    const char* at = bytes_.data() + place.member;
    return read_item(at).text(scratch);
  }

  // False where there is none; else fills in `place`.
  bool find(const EncodedItem& member, Place& place) const noexcept;
  // Where an element belongs that is not there: its rank and the byte.
  Place place_for(double score, std::string_view member) const noexcept;
  // The byte where the element of `rank` begins, or the end.
  std::size_t offset_of(std::size_t rank) const noexcept;

  RankRange range(const ScoreRange& range) const noexcept;
  RankRange range(const MemberRange& range) const noexcept;

 private:
  std::string_view bytes_;
};

}  // namespace larder::value
