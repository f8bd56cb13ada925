// Which keys are used most and which are largest, known at any time without a scan: a sketch of
// sampled uses, and the largest keys that were written or met in a sample.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/heavy_hitters.h"
#include "base/random.h"

namespace larder::keyspace {

class KeyUse {
 public:
  static constexpr std::uint32_t kUsesPerSample = 64;  // on average

  struct Large {
    std::uint64_t hash;
    int database;
    std::size_t bytes;  // when it was last looked at
    std::string name;
  };

  explicit KeyUse(std::uint64_t seed) : random_(seed) {}

  // One use of a key was drawn. Returns after how many more the next is to be: a random number,
  // so that uses which take turns are drawn alike.
  std::uint32_t on_sample(int database, std::string_view name, std::uint64_t hash,
                          std::size_t bytes);
  // A key that has so many bytes. Costs next to nothing where that is not much.
  void on_size(int database, std::string_view name, std::uint64_t hash, std::size_t bytes) {
    if (bytes > least_bytes_) [[unlikely]]
      keep(database, name, hash, bytes);
  }

  // By uses in the last minutes, in samples: each stands for kUsesPerSample.
  const base::HeavyHitters& hot() const noexcept { return hot_; }
  const std::vector<Large>& large() const noexcept { return large_; }
  // Puts in order what is known by now of those keys; without bytes: they are gone.
  template <class BytesOf>
  void look_again(BytesOf&& bytes_of) {
    for (auto& each : large_) each.bytes = bytes_of(each);
    settle();
  }
  void clear_hot() noexcept { hot_.clear(); }

 private:
  static constexpr std::size_t kHotKept = 128;
  static constexpr std::size_t kLargeKept = 128;
  static constexpr std::uint64_t kSamplesPerHalving = 1 << 17;

  void keep(int database, std::string_view name, std::uint64_t hash, std::size_t bytes);
  void settle();

  base::Random random_;
  base::HeavyHitters hot_{kHotKept};
  std::uint64_t samples_ = 0;
  std::vector<Large> large_;
  std::size_t least_bytes_ = 0;  // what a key must exceed to be kept
};

}  // namespace larder::keyspace
