// Finds what samples of values have in common, in steps short enough for between two requests. The
// idea is that of zstd's COVER (https://github.com/facebook/zstd, lib/dictBuilder): what counts is
// in how many samples a few bytes occur, and the dictionary is made of the stretches with the most
// of them, each counted once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace larder::value {

class DictionaryLearner {
 public:
  static constexpr std::size_t kSamplesMax = 255;

  // REQUIRES: no more than kSamplesMax.
  DictionaryLearner(const std::vector<std::string>& samples, std::size_t dictionary_bytes_max);

  // One step, of some tens of microseconds. False where there is no more to do.
  bool step();

  // Empty where the samples have nothing in common. REQUIRES: step() has returned false.
  std::string take_dictionary();

  std::size_t memory_bytes() const noexcept;

 private:
  // How many bytes are looked at together: a little more than LZ4's shortest match, since a
  // reference takes three.
  static constexpr std::size_t kGramBytes = 6;
  static constexpr unsigned kGramBits = 16;
  static constexpr std::size_t kStepBytes = 4096;
  static constexpr std::size_t kStretchBytes = 48;
  static constexpr unsigned kSharedByMin = 3;  // samples, for what is worth keeping

  // A stretch of grams of text_ and what it is worth.
  struct Stretch {
    std::size_t first = 0;
    std::size_t grams = 0;
    std::size_t worth = 0;
  };

  std::size_t gram_count() const noexcept {
    return text_.size() < kGramBytes ? 0 : text_.size() - kGramBytes + 1;
  }
  std::uint16_t gram_at(std::size_t at) const noexcept;
  void count_some();
  void choose_some();
  Stretch best_from(std::size_t first) const;
  void keep(Stretch stretch);

  std::string text_;                 // all samples
  std::vector<std::size_t> ends_;    // of each
  std::vector<std::uint8_t> worth_;  // by gram: samples that it occurs in; 0 once it is kept
  std::vector<std::uint8_t> seen_in_;
  std::size_t sample_ = 0;  // being counted
  std::size_t at_ = 0;      // how far
  unsigned worth_min_ = 0;  // of a gram on average, in this round; 0 while grams are counted
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;               // kept
  std::vector<std::string> stretches_;  // the best first
};

}  // namespace larder::value
