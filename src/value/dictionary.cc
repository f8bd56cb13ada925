#include "value/dictionary.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace larder::value {
namespace {

// Of LZ4's format.
constexpr std::size_t kMatchMin = 4;
constexpr std::size_t kLastLiterals = 5;      // a block ends with as many
constexpr std::size_t kLastMatchBefore = 12;  // bytes of the end no match begins
constexpr std::size_t kNibbleMax = 15;

// How many earlier places are looked at, and from which length on a match is good enough.
constexpr unsigned kTriesMax = 8;
constexpr std::size_t kGoodMatch = 32;

constexpr unsigned kHashBits = 12;

template <class Number>
Number load(const char* from) noexcept {
  Number number;
  std::memcpy(&number, from, sizeof number);
  return number;
}

unsigned hash_of(const char* four) noexcept {
  constexpr std::uint32_t kFactor = 2'654'435'761;  // Knuth's multiplicative hashing
  return (load<std::uint32_t>(four) * kFactor) >> (32 - kHashBits);
}

// How many bytes are the same, at most `limit`.
std::size_t common_length(const char* a, const char* b, std::size_t limit) noexcept {
  std::size_t length = 0;
  for (; length + 8 <= limit; length += 8) {
    const auto difference = load<std::uint64_t>(a + length) ^ load<std::uint64_t>(b + length);
    if (difference != 0) return length + static_cast<std::size_t>(std::countr_zero(difference)) / 8;
  }
  while (length < limit && a[length] == b[length]) ++length;
  return length;
}

// The places in a text where four bytes of the same hash are found, the latest first. Places are
// counted from 1: 0 is none.
template <std::size_t kPlaces>
struct Places {
  std::array<std::uint16_t, 1 << kHashBits> latest;
  std::array<std::uint16_t, kPlaces + 1> earlier;  // undefined where nothing was added

  void clear() noexcept { latest.fill(0); }
  void add(const char* text, std::size_t at) noexcept {
    auto& place = latest[hash_of(text + at)];
    earlier[at + 1] = place;
    place = static_cast<std::uint16_t>(at + 1);
  }
};

struct Match {
  std::size_t length = 0;
  std::size_t distance = 0;
};

// Writes LZ4's sequences, as long as there is room.
class BlockWriter {
 public:
  BlockWriter(char* to, std::size_t room) noexcept : begin_(to), at_(to), end_(to + room) {}

  // REQUIRES: match.length >= kMatchMin, or 0 for the literals that end the block.
  bool add(std::string_view literals, Match match) noexcept {
    const auto extra = match.length == 0 ? 0 : match.length - kMatchMin;
    const auto bytes_max = 1 + literals.size() / 255 + 1 + literals.size() + 2 + extra / 255 + 1;
    if (static_cast<std::size_t>(end_ - at_) < bytes_max) return false;
    const auto literal_nibble = std::min(literals.size(), kNibbleMax);
    *at_++ = static_cast<char>((literal_nibble << 4) | std::min(extra, kNibbleMax));
    if (literal_nibble == kNibbleMax) put_rest(literals.size() - kNibbleMax);
    std::memcpy(at_, literals.data(), literals.size());
    at_ += literals.size();
    if (match.length == 0) return true;
    *at_++ = static_cast<char>(match.distance);
    *at_++ = static_cast<char>(match.distance >> 8);
    if (extra >= kNibbleMax) put_rest(extra - kNibbleMax);
    return true;
  }
  std::size_t written() const noexcept { return static_cast<std::size_t>(at_ - begin_); }

 private:
  void put_rest(std::size_t length) noexcept {
    for (; length >= 255; length -= 255) *at_++ = static_cast<char>(255);
    *at_++ = static_cast<char>(length);
  }

  char* begin_;
  char* at_;
  char* end_;
};

}  // namespace

struct Dictionary::Index {
  Places<kBytesMax> places;
};

namespace {

// One text on its way into a block.
class Encoder {
 public:
  using DictionaryPlaces = Places<Dictionary::kBytesMax>;

  Encoder(std::string_view dictionary, const DictionaryPlaces& known,
          std::string_view text) noexcept
      : dictionary_(dictionary), known_(known), text_(text) {
    own_.clear();
  }

  std::size_t write(char* to, std::size_t room) noexcept {
    BlockWriter out(to, room);
    std::size_t done = 0;  // of the text is written
    const auto end = text_.size() < kLastMatchBefore ? 0 : text_.size() - kLastMatchBefore + 1;
    for (std::size_t at = 0; at < end;) {
      auto match = find(at);
      own_.add(text_.data(), at);
      if (match.length < kMatchMin) {
        ++at;
        continue;
      }
      // A longer match may begin one byte later.
      while (match.length < kGoodMatch && at + 1 < end) {
        const auto next = find(at + 1);
        if (next.length <= match.length) break;
        match = next;
        own_.add(text_.data(), ++at);
      }
      if (!out.add(text_.substr(done, at - done), match)) return 0;
      done = at + match.length;
      for (++at; at < done; ++at) own_.add(text_.data(), at);
    }
    return out.add(text_.substr(done), {}) ? out.written() : 0;
  }

 private:
  Match find(std::size_t at) const noexcept {
    Match best{.length = kMatchMin - 1};
    const auto* here = text_.data() + at;
    const auto limit = text_.size() - kLastLiterals - at;
    const auto hash = hash_of(here);
    // Ties go to the text: what is near is in the cache of whoever inflates.
    auto tries = kTriesMax;
    for (auto place = own_.latest[hash]; place != 0 && tries != 0; place = own_.earlier[place]) {
      --tries;
      const std::size_t from = place - 1U;
      improve(best, here, text_.data() + from, limit, at - from);
    }
    tries = kTriesMax;
    for (auto place = known_.latest[hash]; place != 0 && tries != 0;
         place = known_.earlier[place]) {
      --tries;
      const std::size_t from = place - 1U;
      improve(best, here, dictionary_.data() + from, std::min(limit, dictionary_.size() - from),
              at + dictionary_.size() - from);
    }
    return best.distance == 0 ? Match{} : best;
  }

  static void improve(Match& best, const char* here, const char* there, std::size_t limit,
                      std::size_t distance) noexcept {
    if (limit <= best.length || here[best.length] != there[best.length]) return;
    const auto length = common_length(here, there, limit);
    if (length > best.length) best = {length, distance};
  }

  std::string_view dictionary_;
  const DictionaryPlaces& known_;
  std::string_view text_;
  Places<Dictionary::kTextBytesMax> own_;
};

}  // namespace

Dictionary::Dictionary(std::string text)
    : text_(std::move(text)), index_(std::make_unique<Index>()) {
  CHECK(!text_.empty() && text_.size() <= kBytesMax, "a dictionary too large, or empty");
  index_->places.clear();
  for (std::size_t at = 0; at + kMatchMin <= text_.size(); ++at) {
    index_->places.add(text_.data(), at);
  }
}

Dictionary::~Dictionary() = default;

std::size_t Dictionary::compress(std::string_view text, char* to, std::size_t room) const noexcept {
  return Encoder(text_, index_->places, text).write(to, room);
}

void Dictionary::retire() noexcept { index_.reset(); }

std::size_t Dictionary::memory_bytes() const noexcept {
  return sizeof *this + text_.capacity() + (index_ == nullptr ? 0 : sizeof *index_);
}

}  // namespace larder::value
