// What is remembered of keys that were evicted: their metadata of use, so that a key which comes
// back soon is known again. Four bytes each, one for every two keys of the cache; one in fifty or
// so is taken for another key's.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "keyspace/access.h"

namespace larder::keyspace {

class Ghosts {
 public:
  // Makes room for a number of ghosts in proportion to that of the keys. Forgets all where that
  // changes much.
  void fit(std::size_t keys) {
    const auto sets = std::max<std::size_t>(keys / kKeysPerSet, 1);
    if (sets <= sets_ / 4 * 5 && sets >= sets_ / 4 * 3) return;
    sets_ = sets;
    words_ = std::vector<std::uint32_t>(sets * kWays);
  }

  void add(std::uint64_t hash, Access access, std::uint32_t clock) noexcept {
    if (words_.empty()) return;
    auto* const ways = ways_of(hash);
    auto* oldest = ways;
    for (auto* each = ways; each != ways + kWays; ++each) {
      if (*each == 0) {
        oldest = each;
        break;
      }
      if (access_of(*each).age_seconds(clock) > access_of(*oldest).age_seconds(clock))
        oldest = each;
    }
    *oldest = (tag_of(hash) << kTagShift) | access.bits;
  }

  // The metadata that a key had when it was evicted; it is forgotten here.
  std::optional<Access> take(std::uint64_t hash) noexcept {
    if (words_.empty()) return std::nullopt;
    auto* const ways = ways_of(hash);
    for (auto* each = ways; each != ways + kWays; ++each) {
      if (*each >> kTagShift != tag_of(hash)) continue;
      const auto found = access_of(*each);
      *each = 0;
      return found;
    }
    return std::nullopt;
  }

  std::size_t memory_bytes() const noexcept { return words_.capacity() * sizeof words_[0]; }

 private:
  static constexpr std::size_t kWays = 4;
  static constexpr std::size_t kKeysPerSet = 8;
  static constexpr unsigned kTagShift = 24;

  static std::uint32_t tag_of(std::uint64_t hash) noexcept {
    const auto tag = static_cast<std::uint8_t>(hash >> 8);
    return tag == 0 ? 1 : tag;
  }
  static Access access_of(std::uint32_t word) noexcept {
    return {word & ((std::uint32_t{1} << kTagShift) - 1)};
  }
  std::uint32_t* ways_of(std::uint64_t hash) noexcept {
    const auto set = (std::uint64_t{static_cast<std::uint32_t>(hash >> 16)} * sets_) >> 32;
    return words_.data() + set * kWays;
  }

  std::size_t sets_ = 0;
  std::vector<std::uint32_t> words_;  // 0: empty
};

}  // namespace larder::keyspace
