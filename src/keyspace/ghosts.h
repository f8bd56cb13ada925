// What is remembered of keys that were evicted: their metadata of use, so that a key which comes
// back soon is known again. Four bytes each, one for every two keys of the cache; one in fifty or
// so is taken for another key's.
//
// They lie in the order of their hashes, in chunks that are made and given back one at a time while
// keys are evicted: neither the time nor the memory for all of a large cache is taken at once, and
// there is never room for more of them than were evicted.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/prefetch.h"
#include "keyspace/access.h"

namespace larder::keyspace {

class Ghosts {
 public:
  // Lets there be a number of ghosts in proportion to that of the keys. Forgets all where that
  // changes much.
  void fit(std::size_t keys) {
    const auto sets = std::max<std::size_t>(keys / kKeysPerSet, 1);
    if (sets <= sets_ / 4 * 5 && sets >= sets_ / 4 * 3) return;
    sets_ = sets;
    added_ = 0;
    for (auto& chunk : chunks_) outdated_.push_back(std::move(chunk));
    chunks_.clear();
  }

  void add(std::uint64_t hash, Access access, std::uint32_t clock) {
    take_step();
    auto* const ways = ways_of(hash);
    if (ways == nullptr) return;
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
    auto* const ways = ways_of(hash);
    if (ways == nullptr) return std::nullopt;
    for (auto* each = ways; each != ways + kWays; ++each) {
      if (*each >> kTagShift != tag_of(hash)) continue;
      const auto found = access_of(*each);
      *each = 0;
      return found;
    }
    return std::nullopt;
  }

  // Asks for the memory that either of them looks at.
  void prefetch(std::uint64_t hash) const noexcept {
    if (const auto* const ways = ways_of(hash)) base::prefetch(ways);
  }

  std::size_t memory_bytes() const noexcept {
    return bytes_ + (chunks_.capacity() + outdated_.capacity()) * sizeof(Chunk);
  }

 private:
  using Chunk = std::vector<std::uint32_t>;  // 0: empty

  static constexpr std::size_t kWays = 4;
  static constexpr std::size_t kKeysPerSet = 8;
  static constexpr std::size_t kSetsPerChunk = 256;
  static constexpr unsigned kTagShift = 24;

  static std::uint32_t tag_of(std::uint64_t hash) noexcept {
    const auto tag = static_cast<std::uint8_t>(hash >> 8);
    return tag == 0 ? 1 : tag;
  }
  static Access access_of(std::uint32_t word) noexcept {
    return {word & ((std::uint32_t{1} << kTagShift) - 1)};
  }

  // Nothing where there is no room for it yet.
  const std::uint32_t* ways_of(std::uint64_t hash) const noexcept {
    const auto set = (hash >> 32) * sets_ >> 32;
    const auto chunk = set / kSetsPerChunk;
    if (chunk >= chunks_.size()) return nullptr;
    return chunks_[chunk].data() + set % kSetsPerChunk * kWays;
  }
  std::uint32_t* ways_of(std::uint64_t hash) noexcept {
    return const_cast<std::uint32_t*>(std::as_const(*this).ways_of(hash));
  }

  void take_step() {
    if (!outdated_.empty()) {
      bytes_ -= bytes_of(outdated_.back());
      outdated_.pop_back();
      if (outdated_.empty()) outdated_ = {};
    }
    const auto sets_made = chunks_.size() * kSetsPerChunk;
    if (sets_made >= sets_ || added_++ < sets_made * kWays) return;
    chunks_.emplace_back(std::min(kSetsPerChunk, sets_ - sets_made) * kWays);
    bytes_ += bytes_of(chunks_.back());
  }
  static std::size_t bytes_of(const Chunk& chunk) noexcept {
    return chunk.size() * sizeof chunk[0];
  }

  std::size_t sets_ = 0;     // that there may be
  std::uint64_t added_ = 0;  // ghosts, until there is room for all
  std::vector<Chunk> chunks_;
  std::vector<Chunk> outdated_;  // of another number of sets, to be given back
  std::size_t bytes_ = 0;        // of all chunks
};

}  // namespace larder::keyspace
