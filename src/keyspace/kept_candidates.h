// The best candidates that searches of one database have met and not evicted: the next search
// compares them with those it meets, so that a few buckets are as good a sample as many
// (Psounis and Prabhakar, A randomized web-cache replacement scheme, INFOCOM 2001). Where one was
// used, moved or removed meanwhile its slot is not what it was, and it is forgotten.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "base/prefetch.h"
#include "keyspace/store.h"

namespace larder::keyspace {

class KeptCandidates {
 public:
  // A slot as it was when a search met it. It is only looked at through the table as it is now.
  struct Candidate {
    std::uint64_t at = 0;  // a hash of its shard
    std::uint16_t bucket = 0;
    std::uint8_t index = 0;
    Slot slot;
    double score = 0;  // the lowest goes
  };

  static constexpr unsigned kMax = 12;

  void clear() noexcept { count_ = 0; }
  bool empty() const noexcept { return count_ == 0; }

  // Whether a candidate with this score is better than one of those that are kept, or there is
  // room.
  bool wants(double score) const noexcept { return count_ < kMax || score < worst_score_; }
  // REQUIRES: wants(candidate.score)
  void add(const Candidate& candidate) noexcept {
    kept_[count_ < kMax ? count_++ : worst_] = candidate;
    if (count_ == kMax) find_worst();
  }
  // REQUIRES: !empty()
  Candidate take_best() noexcept {
    const auto index = best_index();
    const auto taken = kept_[index];
    kept_[index] = kept_[--count_];
    return taken;
  }

  // The slot of a candidate, or nullptr where it is no longer what it was.
  static Slot* find(const Store& store, const Candidate& candidate) noexcept {
    const auto shard = store.table.shard_of(candidate.at);
    if (candidate.bucket >= shard.bucket_count()) return nullptr;
    auto& slot = shard.buckets()[candidate.bucket].slot(candidate.index);
    const auto word = [](Slot of) { return std::bit_cast<std::uint64_t>(of); };
    return word(slot) == word(candidate.slot) ? &slot : nullptr;
  }
  // About the hash of a candidate, without a look at its key: the middle of its bucket.
  static std::uint64_t hash_near(const Store& store, const Candidate& candidate) noexcept {
    const auto shard = store.table.shard_of(candidate.at);
    const auto half_bucket = (std::uint64_t{1} << 63) / shard.bucket_count();
    const auto within = half_bucket * (2 * std::uint64_t{candidate.bucket} + 1);
    return shard.first_hash(candidate.at) + (within >> shard.depth());
  }
  // Has the memory fetched that evicting the candidate takes.
  static void prefetch(const Store& store, const Candidate& candidate) noexcept {
    const auto shard = store.table.shard_of(candidate.at);
    base::prefetch(shard.buckets() +
                   std::min<unsigned>(candidate.bucket, shard.bucket_count() - 1));
    base::prefetch(store.block_of(candidate.slot).at());
    base::prefetch(&shard.keys());
  }
  // Scores all anew, as time makes it necessary; drops those whose slots are not what they were.
  template <class ScoreOf>
  void score_again(const Store& store, ScoreOf&& score_of) noexcept {
    unsigned left = 0;
    for (unsigned i = 0; i < count_; ++i) {
      if (find(store, kept_[i]) == nullptr) continue;
      kept_[left] = kept_[i];
      kept_[left].score = score_of(kept_[left].slot);
      ++left;
    }
    count_ = left;
  }

 private:
  unsigned best_index() const noexcept {
    unsigned best = 0;
    for (unsigned i = 1; i < count_; ++i) {
      if (kept_[i].score < kept_[best].score) best = i;
    }
    return best;
  }
  void find_worst() noexcept {
    worst_ = 0;
    for (unsigned i = 1; i < kMax; ++i) {
      if (kept_[i].score > kept_[worst_].score) worst_ = i;
    }
    worst_score_ = kept_[worst_].score;
  }

  std::array<Candidate, kMax> kept_;
  unsigned count_ = 0;
  unsigned worst_ = 0;
  double worst_score_ = 0;
};

}  // namespace larder::keyspace
