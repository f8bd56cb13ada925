// A page of an element table: up to about a kilobyte of packed records, found by one byte of their
// hash. What a record means is the table's business; a page moves bytes.
//
//   page     = header tags distances ... free ... records
//   header   = count, capacity, bytes of records (16 bits each), depth (8), unused (8), the next
//              deadline (64)
//   tags     = a byte of the hash for each record, in the order of their insertion
//   distances= 16 bits each: how far before the page's end a record begins. They ascend, so a
//              record ends where the one inserted before it begins
//   records  = from the page's end downwards
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/clock.h"
#include "base/prefetch.h"
#include "value/object.h"

namespace larder::value {

class alignas(16) ElementPage {
 public:
  static constexpr std::size_t kBytesMax = 0xffc0;  // that 16 bits can describe

  // An empty page that has room for `bytes` of a page altogether. `depth`: see element_table.h.
  static ElementPage* make(std::size_t bytes, unsigned depth);
  static void destroy(ElementPage* page) noexcept;

  // The same records in a page with room for `bytes` altogether; destroys `page`.
  static ElementPage* resize(ElementPage* page, std::size_t bytes);

  ElementPage(const ElementPage&) = delete;
  ElementPage& operator=(const ElementPage&) = delete;

  unsigned count() const noexcept { return count_; }
  unsigned depth() const noexcept { return depth_; }
  void set_depth(unsigned depth) noexcept { depth_ = static_cast<std::uint8_t>(depth); }
  std::size_t capacity_bytes() const noexcept { return capacity_; }  // its allocation's size

  // No record has an earlier deadline than this.
  base::UnixMs next_deadline() const noexcept { return next_deadline_; }
  void set_next_deadline(base::UnixMs deadline) noexcept { next_deadline_ = deadline; }

  // What the page takes with `more` records of `more_bytes` added to it.
  std::size_t bytes_with(std::size_t more, std::size_t more_bytes) const noexcept {
    return sizeof(ElementPage) + kBytesPerRecord * (count_ + more) + record_bytes_ + more_bytes;
  }
  bool has_room_for(std::size_t record_bytes) const noexcept {
    return bytes_with(1, record_bytes) <= capacity_;
  }

  unsigned char* record(unsigned index) noexcept { return end() - distance(index); }
  const unsigned char* record(unsigned index) const noexcept {
    return const_cast<ElementPage*>(this)->record(index);
  }
  std::size_t record_size(unsigned index) const noexcept {
    return distance(index) - (index == 0 ? 0 : distance(index - 1));
  }
  std::string_view record_text(unsigned index) const noexcept {
    return {reinterpret_cast<const char*>(record(index)), record_size(index)};
  }
  std::uint8_t tag(unsigned index) const noexcept { return tags()[index]; }

  // The index of the first record with this tag for which `is_it(record)` holds; count() where
  // there is none.
  template <class IsIt>
  unsigned find(std::uint8_t tag, IsIt&& is_it) noexcept {
    for (unsigned first = 0; first < count_; first += kTagsAtOnce) {
      auto matches = matches_of(tags() + first, tag);
      if (count_ - first < kTagsAtOnce) matches &= (1U << (count_ - first)) - 1;
      for (; matches != 0; matches &= matches - 1) {
        const auto index = first + static_cast<unsigned>(std::countr_zero(matches));
        if (is_it(record(index))) [[likely]]
          return index;
      }
    }
    return count_;
  }

  // Adds a record at the end. REQUIRES: has_room_for(record.size()).
  void append(std::uint8_t tag, std::string_view record) noexcept;

  // Removes a record; those after it move up by one.
  void erase(unsigned index) noexcept;

  void prefetch() const noexcept {
    base::prefetch(this);
    base::prefetch(reinterpret_cast<const char*>(this) + 64);
  }
  void prefetch_whole() const noexcept {
    for (std::size_t at = 0; at < kUsualBytesMax; at += 64) {
      base::prefetch(reinterpret_cast<const char*>(this) + at);
    }
  }

 private:
  static constexpr std::size_t kBytesPerRecord = 1 + sizeof(std::uint16_t);  // beside itself
  static constexpr unsigned kTagsAtOnce = 16;
  static constexpr std::size_t kUsualBytesMax = 1024;

  ElementPage() = default;

  static std::size_t allocation_bytes(std::size_t bytes) noexcept;
  static unsigned matches_of(const unsigned char* tags, std::uint8_t tag) noexcept {
#if defined(__SSE2__)
    const auto sixteen = _mm_load_si128(reinterpret_cast<const __m128i*>(tags));
    const auto equal = _mm_cmpeq_epi8(sixteen, _mm_set1_epi8(static_cast<char>(tag)));
    return static_cast<unsigned>(_mm_movemask_epi8(equal));
#else
    unsigned matches = 0;
    for (unsigned i = 0; i < kTagsAtOnce; ++i) matches |= unsigned{tags[i] == tag} << i;
    return matches;
#endif
  }

  unsigned char* begin() noexcept { return reinterpret_cast<unsigned char*>(this); }
  unsigned char* end() noexcept { return begin() + capacity_; }
  unsigned char* tags() noexcept { return begin() + sizeof(ElementPage); }
  const unsigned char* tags() const noexcept { return const_cast<ElementPage*>(this)->tags(); }

  std::size_t distance(unsigned index) const noexcept {
    std::uint16_t value;
    std::memcpy(&value, tags() + count_ + index * sizeof value, sizeof value);
    return value;
  }

  std::uint16_t count_ = 0;
  std::uint16_t capacity_ = 0;
  std::uint16_t record_bytes_ = 0;
  std::uint8_t depth_ = 0;
  base::UnixMs next_deadline_ = kNoDeadline;
};
static_assert(sizeof(ElementPage) == 16);  // tags are aligned to 16 bytes

}  // namespace larder::value
