// The keyed hash of keys. The seed is random for each process, so that nobody outside can choose
// keys that collide.
#pragma once

#include <xxhash.h>

#include <cstdint>
#include <string_view>

namespace larder::base {

// XXH3 (64 bits) under a secret seed.
class KeyHasher {
 public:
  explicit KeyHasher(std::uint64_t seed) noexcept : seed_(seed) {}

  std::uint64_t operator()(std::string_view bytes) const noexcept {
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed_);
  }

 private:
  std::uint64_t seed_;
};

// XXH3 (64 bits) without a seed: what the DIGEST command shows, the same on every server.
inline std::uint64_t xxh3(std::string_view bytes) noexcept {
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace larder::base
