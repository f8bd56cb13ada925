#include "value/dictionary_learner.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace larder::value {

DictionaryLearner::DictionaryLearner(const std::vector<std::string>& samples,
                                     std::size_t dictionary_bytes_max)
    : worth_(std::size_t{1} << kGramBits),
      seen_in_(std::size_t{1} << kGramBits),
      bytes_max_(dictionary_bytes_max) {
  CHECK(samples.size() <= kSamplesMax, "more samples than a byte can count");
  for (const auto& sample : samples) {
    text_ += sample;
    ends_.push_back(text_.size());
  }
}

std::uint16_t DictionaryLearner::gram_at(std::size_t at) const noexcept {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, text_.data() + at, kGramBytes);
  constexpr std::uint64_t kFactor = 0x9e37'79b9'7f4a'7c15;  // Knuth's multiplicative hashing
  return static_cast<std::uint16_t>((bytes * kFactor) >> (64 - kGramBits));
}

bool DictionaryLearner::step() {
  if (worth_min_ == 0) {
    count_some();
    return true;
  }
  if (worth_min_ < kSharedByMin || bytes_ == bytes_max_) return false;
  choose_some();
  return true;
}

// Counts the samples that each gram occurs in.
void DictionaryLearner::count_some() {
  const auto end = std::min(at_ + kStepBytes, gram_count());
  for (; at_ < end; ++at_) {
    while (at_ >= ends_[sample_]) ++sample_;
    const auto gram = gram_at(at_);
    const auto mark = static_cast<std::uint8_t>(sample_ + 1);
    if (seen_in_[gram] == mark) continue;
    seen_in_[gram] = mark;
    ++worth_[gram];
  }
  if (at_ < gram_count()) return;
  at_ = 0;
  worth_min_ = std::max<unsigned>(static_cast<unsigned>(ends_.size()) / 2, 1);
}

// Keeps the stretches of a few kilobytes that are worth enough. Each round is content with half of
// what the one before was: the best come first.
void DictionaryLearner::choose_some() {
  const auto end = std::min(at_ + kStepBytes, gram_count());
  while (at_ < end && bytes_ < bytes_max_) {
    const auto best = best_from(at_);
    if (best.worth >= best.grams * worth_min_ && best.worth != 0) keep(best);
    at_ += kStretchBytes;
  }
  if (at_ < gram_count()) return;
  at_ = 0;
  worth_min_ /= 2;
}

// The longest part of the stretch at `first` that begins and ends with what is worth enough.
DictionaryLearner::Stretch DictionaryLearner::best_from(std::size_t first) const {
  auto end = std::min(first + kStretchBytes, gram_count());
  const auto is_poor = [&](std::size_t at) { return worth_[gram_at(at)] < worth_min_; };
  while (first < end && is_poor(first)) ++first;
  while (first < end && is_poor(end - 1)) --end;
  Stretch stretch{.first = first, .grams = end - first};
  for (auto at = first; at < end; ++at) stretch.worth += worth_[gram_at(at)];
  return stretch;
}

void DictionaryLearner::keep(Stretch stretch) {
  const auto bytes = std::min(stretch.grams + kGramBytes - 1, bytes_max_ - bytes_);
  stretches_.push_back(text_.substr(stretch.first, bytes));
  bytes_ += bytes;
  for (std::size_t i = 0; i < stretch.grams; ++i) worth_[gram_at(stretch.first + i)] = 0;
}

std::string DictionaryLearner::take_dictionary() {
  std::string dictionary;
  dictionary.reserve(bytes_);
  // The best last: LZ4 remembers the last place of what it finds twice.
  for (auto stretch = stretches_.rbegin(); stretch != stretches_.rend(); ++stretch) {
    dictionary += *stretch;
  }
  return dictionary;
}

std::size_t DictionaryLearner::memory_bytes() const noexcept {
  return text_.capacity() + worth_.capacity() + seen_in_.capacity() + bytes_;
}

}  // namespace larder::value
