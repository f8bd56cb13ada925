// When and how often a key was used, in the 24 bits its slot has for that: a clock of seconds, a
// logarithmic count, and how long the last two uses lay apart. Eviction chooses by them (reading
// buckets alone); OBJECT IDLETIME and FREQ show them.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <iterator>

namespace larder::keyspace {

// How the count of uses grows and fades: lfu-log-factor and lfu-decay-time.
struct Counting {
  // The chance that a use raises a count, of 2^32: 1 in 2^count at a factor of 10, more often below
  // and less often above it.
  std::array<std::uint32_t, 16> chances = chances_at(10);
  std::uint32_t decay_seconds = 60;  // in which a frequency fades by one; 0: it does not
  bool forgets = false;  // whether the next use counts from the faded frequency on: lfu policies

  static constexpr std::array<std::uint32_t, 16> chances_at(std::int64_t log_factor) noexcept {
    std::array<std::uint32_t, 16> chances{};
    for (unsigned count = 0; count < chances.size(); ++count) {
      const auto one_in =
          static_cast<double>(std::uint64_t{1} << count) * static_cast<double>(log_factor) / 10;
      chances[count] = one_in <= 1 ? UINT32_MAX : static_cast<std::uint32_t>(0x1p32 / one_in);
    }
    return chances;
  }
};

struct Access {
  static constexpr unsigned kClockBits = 17;
  static constexpr std::uint32_t kClockMask = (1U << kClockBits) - 1;
  static constexpr std::uint32_t kCountMax = 15;
  static constexpr std::uint32_t kGapNone = 7;  // used once so far

  // The clock turns over after 36 hours. Before an age comes close to that, the sweep winds the
  // key's clock on.
  static constexpr std::uint32_t kAgeMax = 120'000;

  // gap (3 bits) | count (4) | clock (17)
  std::uint32_t bits = 0;

  static Access of_new_key(std::uint32_t clock) noexcept {
    return {(kGapNone << 21) | (clock & kClockMask)};
  }

  std::uint32_t clock() const noexcept { return bits & kClockMask; }
  std::uint32_t count() const noexcept { return (bits >> kClockBits) & 15; }
  std::uint32_t gap() const noexcept { return bits >> 21; }
  std::uint32_t age_seconds(std::uint32_t clock_now) const noexcept {
    return (clock_now - clock()) & kClockMask;
  }

  // After a use now. With chances of 1 in 2^count, the count is about the binary logarithm of the
  // uses.
  Access used(std::uint32_t clock_now, std::uint64_t random,
              const Counting& counting) const noexcept {
    const auto age = age_seconds(clock_now);
    if (counting.forgets && age > counting.decay_seconds) [[unlikely]] {
      return with_frequency(faded_frequency(age, counting))
          .counted(clock_now, age, random, counting);
    }
    return counted(clock_now, age, random, counting);
  }

  Access wound_on(std::uint32_t clock_now) const noexcept {
    if (age_seconds(clock_now) <= kAgeMax) return *this;
    return {(bits & ~kClockMask) | ((clock_now - kAgeMax) & kClockMask)};
  }

  // Last used that many seconds ago.
  Access aged(std::uint32_t clock_now, std::uint64_t seconds) const noexcept {
    const auto age = static_cast<std::uint32_t>(std::min<std::uint64_t>(seconds, kAgeMax));
    return {(bits & ~kClockMask) | ((clock_now - age) & kClockMask)};
  }

  // Redis's LFU counter as it stands after about as many uses (lfu-log-factor 10): 5 + sqrt(uses /
  // 5). The last stands for 32,768 uses and for more.
  std::uint8_t frequency() const noexcept { return kFrequencies[count()]; }
  // The same after that long without use.
  std::uint8_t faded_frequency(std::uint32_t age, const Counting& counting) const noexcept {
    const auto faded = counting.decay_seconds == 0 ? 0 : age / counting.decay_seconds;
    return faded >= frequency() ? 0 : static_cast<std::uint8_t>(frequency() - faded);
  }

  // The count that shows as `frequency`, or else as the next lower one there is.
  Access with_frequency(std::uint8_t frequency) const noexcept {
    const auto* const above =
        std::upper_bound(std::begin(kFrequencies), std::end(kFrequencies), frequency);
    const auto at_most = static_cast<std::uint32_t>(above - std::begin(kFrequencies));
    const auto new_count = at_most == 0 ? 0 : at_most - 1;
    return {(bits & ~(kCountMax << kClockBits)) | (new_count << kClockBits)};
  }

 private:
  static constexpr std::uint8_t kFrequencies[] = {5,  5,  5,  6,  6,  7,  8,  10,
                                                  12, 15, 19, 25, 33, 45, 62, 100};

  Access counted(std::uint32_t clock_now, std::uint32_t age, std::uint64_t random,
                 const Counting& counting) const noexcept {
    const auto grows = count() < kCountMax &&
                       static_cast<std::uint32_t>(random >> 32) <= counting.chances[count()];
    const auto next_gap = age == 0 && gap() != kGapNone ? gap() : gap_class(age);
    return {(next_gap << 21) | ((count() + (grows ? 1U : 0U)) << kClockBits) |
            (clock_now & kClockMask)};
  }

  // 0: within a second; each further class is four times as long, up to an hour and more.
  static std::uint32_t gap_class(std::uint32_t seconds) noexcept {
    return std::min<std::uint32_t>((static_cast<std::uint32_t>(std::bit_width(seconds)) + 1) / 2,
                                   kGapNone - 1);
  }
};

}  // namespace larder::keyspace
