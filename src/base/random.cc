#include "base/random.h"

#include <sys/random.h>

#include <cerrno>
#include <vector>

#include "base/check.h"

namespace larder::base {

Random::Random(std::uint64_t seed) noexcept {
  for (auto& word : state_) {  // splitmix64 spreads the seed over the state
    seed += 0x9e3779b97f4a7c15;
    auto mixed = seed;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    word = mixed ^ (mixed >> 31);
  }
}

void fill_secure_random(std::span<unsigned char> bytes) {
  while (!bytes.empty()) {
    const auto filled = ::getrandom(bytes.data(), bytes.size(), 0);
    if (filled < 0) {
      CHECK(errno == EINTR, "getrandom");
      continue;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(filled));
  }
}

std::uint64_t secure_random_u64() {
  std::uint64_t value = 0;
  fill_secure_random({reinterpret_cast<unsigned char*>(&value), sizeof value});
  return value;
}

std::string secure_random_hex(std::size_t length) {
  std::vector<unsigned char> bytes((length + 1) / 2);
  fill_secure_random(bytes);
  std::string text;
  text.reserve(length);
  for (std::size_t i = 0; i < length; ++i) {
    const auto nibble = i % 2 == 0 ? bytes[i / 2] >> 4 : bytes[i / 2] & 15;
    text += "0123456789abcdef"[nibble];
  }
  return text;
}

}  // namespace larder::base
