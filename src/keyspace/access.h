// When and how often a key was used, in the 24 bits its slot has for that: a clock of seconds, a
// logarithmic count, and how long the last two uses lay apart. Eviction chooses by them (reading
// buckets alone); OBJECT IDLETIME and FREQ show them.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <iterator>

namespace larder::keyspace {

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

  // After a use now. The count grows with a chance of 1 in 2^count: it is about the binary
  // logarithm of the uses.
  Access used(std::uint32_t clock_now, std::uint64_t random) const noexcept {
    const auto age = age_seconds(clock_now);
    const auto grows = count() < kCountMax && (random & ((std::uint64_t{1} << count()) - 1)) == 0;
    const auto next_gap = age == 0 && gap() != kGapNone ? gap() : gap_class(age);
    return {(next_gap << 21) | ((count() + (grows ? 1U : 0U)) << kClockBits) |
            (clock_now & kClockMask)};
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
  // 5).
  std::uint8_t frequency() const noexcept { return kFrequencies[count()]; }

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
                                                  12, 15, 19, 25, 33, 45, 62, 86};

  // 0: within a second; each further class is four times as long, up to an hour and more.
  static std::uint32_t gap_class(std::uint32_t seconds) noexcept {
    return std::min<std::uint32_t>((static_cast<std::uint32_t>(std::bit_width(seconds)) + 1) / 2,
                                   kGapNone - 1);
  }
};

}  // namespace larder::keyspace
