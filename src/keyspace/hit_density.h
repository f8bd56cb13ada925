// Learns what keeping a key is worth: the hits to expect from it for each second that it takes up
// memory, by how often and how regularly it was used and how long ago. docs/eviction.md describes
// the method and its sources.
//
// A few thousand keys, drawn by their hashes, are followed from use to use, and for a while after
// they were evicted: so it is known when a key would have been used, not only when it was.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "keyspace/access.h"

namespace larder::keyspace {

class HitDensity {
 public:
  static constexpr unsigned kClasses = 128;  // (count, gap) of an Access
  static constexpr unsigned kAges = 36;      // two to an octave of seconds

  static unsigned class_of(Access access) noexcept { return access.bits >> Access::kClockBits; }
  static unsigned age_bucket(std::uint32_t seconds) noexcept {
    if (seconds == 0) return 0;
    const auto octave = static_cast<unsigned>(std::bit_width(seconds)) - 1;
    const auto upper_half = octave == 0 ? 0 : (seconds >> (octave - 1)) & 1;
    return 1 + 2 * octave + upper_half;
  }

  HitDensity();

  // Whether the key with this hash is one of those that are followed.
  bool follows(std::uint64_t hash) const noexcept { return (hash & sample_mask_) == 0; }

  // A key that is followed was used: found, or looked for in vain (then it may be written next,
  // which is no use of its own), or written.
  void on_hit(std::uint64_t hash, Access after, std::uint32_t clock);
  void on_miss(std::uint64_t hash, std::uint32_t clock);
  void on_insert(std::uint64_t hash, Access access, std::uint32_t clock);

  // Makes the table anew from what was seen. `keys` are in the cache, which lasts them for
  // `turnover_seconds`: the time in which as many are evicted.
  void learn(std::uint32_t clock, std::size_t keys, double turnover_seconds);

  // The worth of keeping a key that was last used `age` seconds ago.
  float worth(Access access, std::uint32_t age) const noexcept {
    return worth_[class_of(access)][age_bucket(age)];
  }

  std::size_t followed() const noexcept { return count_; }
  std::size_t memory_bytes() const noexcept {
    return sizeof *this + followed_.capacity() * sizeof(Followed);
  }

 private:
  template <class T>
  using ByClassAndAge = std::array<std::array<T, kAges>, kClasses>;

  struct Followed {
    std::uint32_t tag = 0;  // of the hash, never 0; 0: empty
    std::uint32_t clock = 0;
    std::uint8_t use_class = 0;
    bool is_missed = false;  // looked for in vain since its last use
  };

  static std::uint32_t tag_of(std::uint64_t hash) noexcept {
    const auto tag = static_cast<std::uint32_t>(hash >> 16);
    return tag == 0 ? 1 : tag;
  }
  std::size_t home_of(std::uint32_t tag) const noexcept {
    return (tag * std::uint32_t{0x9e37'79b1}) >> shift_;
  }
  Followed* find(std::uint64_t hash) noexcept;
  void add(std::uint64_t hash, unsigned use_class, std::uint32_t clock);
  void place(std::span<const Followed> from) noexcept;
  void count_use(const Followed& followed, std::uint32_t clock) noexcept;
  void forget_old(std::uint32_t clock, std::uint32_t age_max);
  void choose_sample(std::size_t keys);
  void rate_class(unsigned use_class, const std::array<float, kAges>& used,
                  const std::array<float, kAges>& ended, const std::array<double, kAges>& usual);

  std::uint64_t sample_mask_ = 0;
  unsigned shift_;
  std::size_t count_ = 0;
  std::vector<Followed> followed_;   // open addressing
  ByClassAndAge<float> used_{};      // uses at that age
  ByClassAndAge<float> given_up_{};  // keys that were not followed further than that age
  ByClassAndAge<float> worth_{};
};

}  // namespace larder::keyspace
