// A leaf of a large sorted set: one allocation of at most a kilobyte that holds some members with
// their scores in order. It is as long as its content needs, so growing may move it.
//
//   header | scores, 8 bytes each | ends, 2 each | tags, 1 each | members, one after another
//
// An end is where a member stops, counted from where members begin; its top bit says that what
// lies there is a pointer to a member too long for a leaf. A tag is a byte of the member's hash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "value/large_string.h"
#include "value/memory_mover.h"

namespace larder::value {

struct SortedInner;

class SortedLeaf {
 public:
  static constexpr std::size_t kBytesMax = 1024;
  static constexpr std::size_t kInsideBytesMax = 200;  // longer members lie outside

  // A member as a leaf keeps it: itself, or the pointer to it.
  class Text {
   public:
    // Copies a long `member` to the outside.
    static Text make(std::string_view member);
    std::string_view view() const noexcept { return outside_ ? outside_->text() : inside_; }
    std::size_t size() const noexcept { return outside_ ? sizeof outside_ : inside_.size(); }
    std::size_t outside_bytes() const noexcept { return outside_ ? outside_->memory_bytes() : 0; }

   private:
    friend class SortedLeaf;
    std::string_view inside_;
    LargeString* outside_ = nullptr;
  };

  static SortedLeaf* make(std::size_t bytes);
  static void destroy(SortedLeaf* leaf) noexcept;  // and the members outside
  SortedLeaf* clone() const;                       // and the members outside

  unsigned count() const noexcept { return count_; }
  std::size_t bytes() const noexcept { return sizeof *this + kFixedBytes * count_ + text_bytes_; }
  std::size_t capacity_bytes() const noexcept { return capacity_; }
  static std::size_t bytes_for(std::size_t text_bytes) noexcept { return kFixedBytes + text_bytes; }

  double score(unsigned index) const noexcept { return scores()[index]; }
  std::uint8_t tag(unsigned index) const noexcept { return tags()[index]; }
  std::string_view member(unsigned index) const noexcept {
    const auto begin = text_begin(index);
    if (!is_outside(index)) [[likely]]
      return {texts() + begin, text_begin(index + 1) - begin};
    return outside(index)->text();
  }
  // What the elements from `index` on take of the members' bytes.
  std::size_t text_bytes_from(unsigned index) const noexcept {
    return text_bytes_ - text_begin(index);
  }

  static constexpr unsigned kNone = ~0U;
  // Where `member` stands; kNone where it is not here.
  unsigned find(std::string_view member, std::uint8_t tag) const noexcept;

  // The first element not before (score, member), or whose score is at least `score`, or above it.
  unsigned lower_bound(double score, std::string_view member) const noexcept;
  unsigned first_at_least(double score) const noexcept;
  unsigned first_above(double score) const noexcept;

  void set_score(unsigned index, double score) noexcept { scores()[index] = score; }

  // Puts an element before `index`. REQUIRES: room for it.
  void insert(unsigned index, const Text& text, std::uint8_t tag, double score) noexcept;
  // Takes over the elements of `from` from `first` on, behind its own, without removing them there.
  // REQUIRES: room for them.
  void append(const SortedLeaf& from, unsigned first) noexcept;
  // Drops `count` elements. The members outside stay for a new owner, or free_outside() first.
  void erase(unsigned index, unsigned count) noexcept;
  void free_outside(unsigned index, unsigned count) noexcept;
  // The member at `index`, to be inserted elsewhere; `space` gets the bytes of one inside.
  Text take_text(unsigned index, char (&space)[kInsideBytesMax]) const noexcept;

  // What the allocator spends on members outside.
  std::size_t outside_bytes(unsigned index, unsigned count) const noexcept;

  // Has members outside moved.
  void move_outside(MemoryMover& mover);

  // Moves it to where there is room for `bytes`, more or fewer than now. Only its parent and the
  // table of leaves know the address.
  static SortedLeaf* resize(SortedLeaf* leaf, std::size_t bytes);

  // Kept by the tree.
  SortedInner* parent = nullptr;
  std::uint32_t id = 0;
  std::uint32_t previous = 0;  // ids; 0: none
  std::uint32_t next = 0;

 private:
  static constexpr std::size_t kFixedBytes = sizeof(double) + sizeof(std::uint16_t) + 1;
  static constexpr std::uint16_t kOutside = 0x8000;

  SortedLeaf() = default;

  char* base() noexcept { return reinterpret_cast<char*>(this + 1); }
  const char* base() const noexcept { return reinterpret_cast<const char*>(this + 1); }
  double* scores() noexcept { return reinterpret_cast<double*>(base()); }
  const double* scores() const noexcept { return reinterpret_cast<const double*>(base()); }
  std::uint16_t* ends() noexcept { return reinterpret_cast<std::uint16_t*>(scores() + count_); }
  const std::uint16_t* ends() const noexcept {
    return reinterpret_cast<const std::uint16_t*>(scores() + count_);
  }
  std::uint8_t* tags() noexcept { return reinterpret_cast<std::uint8_t*>(ends() + count_); }
  const std::uint8_t* tags() const noexcept {
    return reinterpret_cast<const std::uint8_t*>(ends() + count_);
  }
  char* texts() noexcept { return base() + kFixedBytes * count_; }
  const char* texts() const noexcept { return base() + kFixedBytes * count_; }

  std::size_t text_begin(unsigned index) const noexcept {
    return index == 0 ? 0 : ends()[index - 1] & ~kOutside;
  }
  bool is_outside(unsigned index) const noexcept { return (ends()[index] & kOutside) != 0; }
  LargeString* outside(unsigned index) const noexcept {
    LargeString* string = nullptr;
    std::memcpy(&string, texts() + text_begin(index), sizeof string);
    return string;
  }
  void open(unsigned index, unsigned count, std::size_t bytes) noexcept;

  std::uint16_t count_ = 0;
  std::uint16_t text_bytes_ = 0;
  std::uint16_t capacity_ = 0;  // with the header
};

static_assert(sizeof(SortedLeaf) % sizeof(double) == 0);

}  // namespace larder::value
