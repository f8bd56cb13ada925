// Learns what keeping a key is worth: the hits to expect from it for each second that it takes up
// memory, by how often and how regularly it was used and how long ago. docs/eviction.md describes
// the method and its sources.
//
// A few thousand keys, drawn by their hashes, are followed from use to use, and for a while after
// they were evicted: so it is known when a key would have been used, not only when it was.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keyspace/access.h"

namespace larder::keyspace {

class HitDensity {
 public:
  static constexpr unsigned kClasses = 32;  // (gap, level of the count) of an Access
  static constexpr unsigned kAges = 36;     // two to an octave of seconds

  // Counts are told apart as 0, 1, 2 to 3, and more: further classes take more memory, and more
  // time to know, than they are worth.
  static unsigned class_of(Access access) noexcept {
    const auto level = std::min(static_cast<unsigned>(std::bit_width(access.count())), 3U);
    return access.gap() * 4 + level;
  }
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

  // Begins to make the worths anew from what was seen. `keys` are in the cache, which lasts them
  // for `turnover_seconds`: the time in which as many are evicted. Some tens of microseconds; so
  // does each step after it take some. False where there was no step left.
  void begin_lesson(std::uint32_t clock, std::size_t keys, double turnover_seconds);
  bool take_step() noexcept;
  void learn(std::uint32_t clock, std::size_t keys, double turnover_seconds) {
    begin_lesson(clock, keys, turnover_seconds);
    while (take_step()) {
    }
  }

  // The worth of a key where nothing was learned: often used and lately.
  static float worth_unlearned(Access access, std::uint32_t age) noexcept {
    return static_cast<float>(access.count() + 1) / static_cast<float>(age + 1);
  }

  // The worth of keeping a key that was last used `age` seconds ago.
  float worth(Access access, std::uint32_t age) const noexcept {
    const std::uint32_t top = rows_[row_of_[class_of(access)]].worth[age_bucket(age)];
    return std::bit_cast<float>(top << 16);
  }

  // What was learned, without the keys that are followed: their hashes are other ones in another
  // process. hit_density_save.cc has the form.
  std::string saved() const;
  // Takes it, unless something has been seen already. False where the bytes are not of that form.
  bool restore(std::string_view bytes);

  std::size_t followed() const noexcept { return count_; }
  std::size_t memory_bytes() const noexcept {
    return sizeof *this + followed_.capacity() * sizeof(Followed) + rows_.capacity() * sizeof(Row);
  }

 private:
  template <class T>
  using ByAge = std::array<T, kAges>;

  // What is known of a class, kept small: small caches learn, too. Classes that were never seen
  // share the first row: keys as they usually are.
  struct Row {
    ByAge<std::uint16_t> used{};      // uses at that age, in units of 1 / kCountUnits
    ByAge<std::uint16_t> given_up{};  // keys that were not followed further than that age, likewise
    ByAge<std::uint16_t> worth{};     // the upper half of a float
  };
  static constexpr unsigned kCountUnits = 32;
  static void count(Row& row, ByAge<std::uint16_t> Row::*counts, std::uint32_t age) noexcept;
  static void fade(Row& row, float share) noexcept;
  static double keys_of(std::uint16_t count) noexcept { return double{1} / kCountUnits * count; }

  struct Followed {
    std::uint32_t tag = 0;            // of the hash, never 0; 0: empty
    std::uint32_t clock : 24 = 0;     // seconds; it turns over after half a year
    std::uint32_t use_class : 5 = 0;  // of an Access
    std::uint32_t is_missed : 1 = 0;  // looked for in vain since its last use
  };

  static std::uint32_t tag_of(std::uint64_t hash) noexcept {
    const auto tag = static_cast<std::uint32_t>(hash >> 16);
    return tag == 0 ? 1 : tag;
  }
  std::size_t home_of(std::uint32_t tag) const noexcept {
    return (std::uint64_t{tag * std::uint32_t{0x9e37'79b1}} * followed_.size()) >> 32;
  }
  std::size_t after(std::size_t place) const noexcept {
    return place + 1 == followed_.size() ? 0 : place + 1;
  }
  bool is_in_sample(const Followed& followed) const noexcept {
    return ((std::uint64_t{followed.tag} << 16) & sample_mask_) == 0;
  }
  static std::uint32_t age_of(const Followed& followed, std::uint32_t clock) noexcept;
  Followed* find(std::uint64_t hash) noexcept;
  void follow(std::uint64_t hash, unsigned use_class, std::uint32_t clock);
  void place(std::span<const Followed> from) noexcept;
  void use(Followed& followed, std::uint32_t clock, bool is_counted);
  void forget_old(std::uint32_t clock, std::uint32_t age_max, std::size_t places);
  void follow_fewer();
  Row& row(unsigned use_class);
  ByAge<double> ended_now(int use_class) const noexcept;
  ByAge<double> chances(const Row& row, int use_class) const noexcept;
  void rate(Row& row, int use_class) const;

  std::uint64_t sample_mask_ = 0;
  std::size_t count_ = 0;
  std::vector<Followed> followed_;  // open addressing
  std::vector<Row> rows_;           // the first one is of no class
  std::array<std::uint8_t, kClasses> row_of_{};
  ByAge<double> usual_{};  // chances of a use at each age, over all classes
  std::uint32_t lesson_clock_ = 0;
  int next_class_ = kClasses;  // to be rated in this lesson
};

}  // namespace larder::keyspace
