// xoshiro256** (Blackman and Vigna, 2018): fast randomness for sampling and jitter; never for
// secrets.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace larder::base {

class Random {
 public:
  // The same seed gives the same sequence: tests pass their own.
  explicit Random(std::uint64_t seed) noexcept;

  std::uint64_t next() noexcept {
    const auto result = rotate_left(state_[1] * 5, 7) * 9;
    const auto shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotate_left(state_[3], 45);
    return result;
  }

  // Uniform in [0, bound). REQUIRES: bound > 0. Bias below 2^-32 for bounds under 2^32 (Lemire's
  // multiply-shift).
  std::uint64_t below(std::uint64_t bound) noexcept {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
  }

  // Uniform in [0, 1).
  double unit() noexcept { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

 private:
  static std::uint64_t rotate_left(std::uint64_t value, int count) noexcept {
    return (value << count) | (value >> (64 - count));
  }

  std::uint64_t state_[4];
};

// Fills `bytes` from the operating system's generator.
void fill_secure_random(std::span<unsigned char> bytes);
std::uint64_t secure_random_u64();

// `length` characters of 0-9a-f from the operating system's generator, such as a run id of 40.
std::string secure_random_hex(std::size_t length);

}  // namespace larder::base
