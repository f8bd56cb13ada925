// A cache line of the hash table: seven slots with a byte of the hash each, and how many keys
// passed by on their way from their home bucket to a later one. A search ends at the first bucket
// that nothing has passed.
#pragma once

#include <bit>
#include <cstdint>

#include "keyspace/access.h"
#include "keyspace/slab.h"

namespace larder::keyspace {

// Where an entry lies (39 bits), whether it has a deadline (1), its metadata of use (24). 0: empty.
class Slot {
 public:
  Slot() = default;
  Slot(Handle handle, bool has_deadline, Access access) noexcept
      : word_(handle | (has_deadline ? kDeadline : 0) |
              (static_cast<std::uint64_t>(access.bits) << kAccessShift)) {}

  bool is_empty() const noexcept { return word_ == 0; }
  Handle handle() const noexcept { return word_ & (kDeadline - 1); }
  bool has_deadline() const noexcept { return (word_ & kDeadline) != 0; }
  Access access() const noexcept { return {static_cast<std::uint32_t>(word_ >> kAccessShift)}; }
  void set_access(Access access) noexcept { *this = Slot(handle(), has_deadline(), access); }

 private:
  friend class Bucket;

  static constexpr unsigned kAccessShift = 40;
  static constexpr std::uint64_t kDeadline = std::uint64_t{1} << RegionPool::kHandleBits;

  std::uint64_t word_ = 0;
};

class alignas(64) Bucket {
 public:
  static constexpr unsigned kSlots = 7;
  static constexpr unsigned kPassedMax = 255;  // sticky: from there on it is never counted down

  // A set of slots, to be gone through with `index_of` and `without_first`: bit 8 i + 7 stands for
  // slot i.
  using Matches = std::uint64_t;
  static unsigned index_of(Matches matches) noexcept {
    return static_cast<unsigned>(std::countr_zero(matches)) / 8;
  }
  static Matches without_first(Matches matches) noexcept { return matches & (matches - 1); }

  // The byte of a hash kept here: its low one, while its high bits decide the bucket. 0 marks empty
  // slots.
  static std::uint8_t tag_of(std::uint64_t hash) noexcept {
    const auto low = static_cast<std::uint8_t>(hash);
    return low == 0 ? 1 : low;
  }

  Matches with_tag(std::uint8_t tag) const noexcept {
    return zero_bytes(tags_ ^ (0x0001'0101'0101'0101 * tag));
  }
  Matches empty() const noexcept { return zero_bytes(tags_); }
  Matches occupied() const noexcept { return empty() ^ kHighBits; }
  Matches with_deadline() const noexcept {
    std::uint64_t any = 0;
    for (const auto& each : slots_) any |= each.word_;
    if ((any & Slot::kDeadline) == 0) return 0;
    Matches found = 0;
    for (unsigned index = 0; index < kSlots; ++index) {
      found |= std::uint64_t{slots_[index].has_deadline()} << (index * 8 + 7);
    }
    return found;
  }

  std::uint8_t tag(unsigned index) const noexcept {
    return static_cast<std::uint8_t>(tags_ >> (index * 8));
  }
  Slot& slot(unsigned index) noexcept { return slots_[index]; }
  const Slot& slot(unsigned index) const noexcept { return slots_[index]; }

  void put(unsigned index, std::uint8_t tag, Slot slot) noexcept {
    tags_ |= static_cast<std::uint64_t>(tag) << (index * 8);
    slots_[index] = slot;
  }
  void remove(unsigned index) noexcept {
    tags_ &= ~(std::uint64_t{0xff} << (index * 8));
    slots_[index] = Slot();
  }

  unsigned passed() const noexcept { return static_cast<unsigned>(tags_ >> kPassedShift); }
  void count_passing() noexcept {
    if (passed() != kPassedMax) tags_ += kOnePassed;
  }
  void uncount_passing() noexcept {
    if (passed() != kPassedMax) tags_ -= kOnePassed;
  }

  // The bucket that holds `slot`, and the slot's index in it.
  static Bucket* of(Slot* slot) noexcept {
    return reinterpret_cast<Bucket*>(reinterpret_cast<std::uintptr_t>(slot) & ~std::uintptr_t{63});
  }
  unsigned index_of(const Slot* slot) const noexcept {
    return static_cast<unsigned>(slot - slots_);
  }

 private:
  static constexpr unsigned kPassedShift = 56;
  static constexpr std::uint64_t kOnePassed = std::uint64_t{1} << kPassedShift;
  static constexpr std::uint64_t kLowBits = 0x007f'7f7f'7f7f'7f7f;
  static constexpr std::uint64_t kHighBits = 0x0080'8080'8080'8080;

  // Exact for each byte; the usual shorter form also reports bytes above a zero one.
  static Matches zero_bytes(std::uint64_t bytes) noexcept {
    return ~(((bytes & kLowBits) + kLowBits) | bytes) & kHighBits;
  }

  std::uint64_t tags_ = 0;  // seven tags, then the count of keys that passed
  Slot slots_[kSlots];
};
static_assert(sizeof(Bucket) == 64);

}  // namespace larder::keyspace
