#include "families/bits.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace larder::families::bits {
namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);

std::uint64_t load(const char* at) noexcept {
  std::uint64_t word;
  std::memcpy(&word, at, kWord);
  return word;
}

unsigned byte_at(std::string_view bytes, std::uint64_t index) noexcept {
  return static_cast<unsigned char>(bytes[index]);
}

// --- counting
// --------------------------------------------------------------------------------------------------------

// Inlined into a function for each kind of processor: with the instruction and without.
[[gnu::always_inline]] inline std::uint64_t count_words(const char* at, const char* end) noexcept {
  std::uint64_t counts[4] = {};
  for (; end - at >= static_cast<std::ptrdiff_t>(4 * kWord); at += 4 * kWord) {
    for (std::size_t i = 0; i < 4; ++i) {
      counts[i] += static_cast<std::uint64_t>(__builtin_popcountll(load(at + i * kWord)));
    }
  }
  for (; end - at >= static_cast<std::ptrdiff_t>(kWord); at += kWord) {
    counts[0] += static_cast<std::uint64_t>(__builtin_popcountll(load(at)));
  }
  for (; at < end; ++at) {
    counts[0] += static_cast<std::uint64_t>(__builtin_popcount(static_cast<unsigned char>(*at)));
  }
  return counts[0] + counts[1] + counts[2] + counts[3];
}

#if defined(__x86_64__)
[[gnu::target("popcnt")]] std::uint64_t count_by_instruction(const char* at,
                                                             const char* end) noexcept {
  return count_words(at, end);
}
std::uint64_t count_bytes(std::string_view bytes) noexcept {
  static const bool has_instruction = __builtin_cpu_supports("popcnt") != 0;
  const auto* end = bytes.data() + bytes.size();
  return has_instruction ? count_by_instruction(bytes.data(), end) : count_words(bytes.data(), end);
}
#else
std::uint64_t count_bytes(std::string_view bytes) noexcept {
  return count_words(bytes.data(), bytes.data() + bytes.size());
}
#endif

unsigned ones_of(unsigned byte) noexcept { return static_cast<unsigned>(std::popcount(byte)); }

// --- combining
// -------------------------------------------------------------------------------------------------------

// Sources are combined a chunk at a time, so that what was combined so far stays in the first-level
// cache.
constexpr std::size_t kChunk = 4096;
constexpr std::size_t kBlock =
    8;  // words: a loop of fixed length, which becomes vector instructions

// into[i] = function(into[i], from[i]) for all bytes of `from`.
template <class Function>
void fold(char* into, std::string_view from, Function function) noexcept {
  std::size_t at = 0;
  for (; from.size() - at >= kBlock * kWord; at += kBlock * kWord) {
    std::uint64_t left[kBlock];
    std::uint64_t right[kBlock];
    std::memcpy(left, into + at, sizeof left);
    std::memcpy(right, from.data() + at, sizeof right);
    for (std::size_t i = 0; i < kBlock; ++i) left[i] = function(left[i], right[i]);
    std::memcpy(into + at, left, sizeof left);
  }
  for (; at < from.size(); ++at) {
    const auto left = static_cast<unsigned char>(into[at]);
    const auto right = static_cast<unsigned char>(from[at]);
    into[at] = static_cast<char>(function(std::uint64_t{left}, std::uint64_t{right}));
  }
}

constexpr auto kAnd = [](std::uint64_t x, std::uint64_t y) { return x & y; };
constexpr auto kOr = [](std::uint64_t x, std::uint64_t y) { return x | y; };
constexpr auto kXor = [](std::uint64_t x, std::uint64_t y) { return x ^ y; };
constexpr auto kOnlyLeft = [](std::uint64_t x, std::uint64_t y) { return x & ~y; };
constexpr auto kOnlyRight = [](std::uint64_t x, std::uint64_t y) { return ~x & y; };
constexpr auto kNotLeft = [](std::uint64_t x, std::uint64_t) { return ~x; };

// A piece of the result, and the same piece of each source.
class Chunk {
 public:
  Chunk(std::span<const std::string_view> sources, char* out, std::size_t at,
        std::size_t length) noexcept
      : sources_(sources), out_(out + at), at_(at), length_(length) {}

  void combine(Operation operation) noexcept {
    switch (operation) {
      case Operation::all_of:
        return fold_all(kAnd, true);
      case Operation::any_of:
        return fold_all(kOr, false);
      case Operation::parity:
        return fold_all(kXor, false);
      case Operation::inverse:
        copy(0);
        return fold(out_, {out_, length_}, kNotLeft);
      case Operation::difference:
        return fold_with_rest(kOnlyRight, true);
      case Operation::opposite:
        return fold_with_rest(kOnlyLeft, false);
      case Operation::both:
        return fold_with_rest(kAnd, true);
      case Operation::exactly_one:
        return keep_lone();
    }
  }

 private:
  // Of source `index`: shorter than the chunk where the source ends before it does.
  std::string_view part(std::size_t index) const noexcept {
    const auto source = sources_[index];
    return at_ < source.size() ? source.substr(at_, length_) : std::string_view{};
  }
  void clear_from(std::size_t from) noexcept { std::memset(out_ + from, 0, length_ - from); }
  void copy(std::size_t index) noexcept {
    const auto from = part(index);
    if (!from.empty()) std::memcpy(out_, from.data(), from.size());
    clear_from(from.size());
  }

  // `zero_clears`: whether function(x, 0) is 0 rather than x.
  template <class Function>
  void fold_in(std::size_t index, Function function, bool zero_clears) noexcept {
    const auto from = part(index);
    fold(out_, from, function);
    if (zero_clears) clear_from(from.size());
  }
  template <class Function>
  void fold_all(Function function, bool zero_clears) noexcept {
    copy(0);
    for (std::size_t i = 1; i < sources_.size(); ++i) fold_in(i, function, zero_clears);
  }
  // function(Y1 | Y2 ..., X)
  template <class Function>
  void fold_with_rest(Function function, bool zero_clears) noexcept {
    clear_from(0);
    for (std::size_t i = 1; i < sources_.size(); ++i) fold_in(i, kOr, false);
    fold_in(0, function, zero_clears);
  }
  void keep_lone() noexcept {
    char repeated[kChunk] = {};
    char seen_before[kChunk];
    copy(0);
    for (std::size_t i = 1; i < sources_.size(); ++i) {
      const auto from = part(i);
      std::memcpy(seen_before, out_, from.size());
      fold(seen_before, from, kAnd);
      fold(repeated, {seen_before, from.size()}, kOr);
      fold(out_, from, kOr);
    }
    fold(out_, {repeated, length_}, kOnlyLeft);
  }

  std::span<const std::string_view> sources_;
  char* out_;
  std::size_t at_;
  std::size_t length_;
};

// --- finding
// ---------------------------------------------------------------------------------------------------------

// The first index from `from` on whose byte is not `skipped`, or `to`.
std::uint64_t skip(std::string_view bytes, unsigned char skipped, std::uint64_t from,
                   std::uint64_t to) noexcept {
  const std::uint64_t word = 0x0101010101010101 * std::uint64_t{skipped};
  const char* const data = bytes.data();
  while (to - from >= 4 * kWord) {
    const auto differing = (load(data + from) ^ word) | (load(data + from + kWord) ^ word) |
                           (load(data + from + 2 * kWord) ^ word) |
                           (load(data + from + 3 * kWord) ^ word);
    if (differing != 0) break;
    from += 4 * kWord;
  }
  while (to - from >= kWord && load(data + from) == word) from += kWord;
  while (from < to && byte_at(bytes, from) == skipped) ++from;
  return from;
}

}  // namespace

std::uint64_t count_ones(std::string_view bytes, Range range) noexcept {
  const auto from = range.first / 8;
  const auto to = range.last / 8;
  const auto before = byte_at(bytes, from) & ~(0xFFu >> (range.first % 8)) & 0xFFu;
  const auto after = byte_at(bytes, to) & (0x7Fu >> (range.last % 8));
  return count_bytes(bytes.substr(from, to - from + 1)) - ones_of(before) - ones_of(after);
}

std::optional<std::uint64_t> find(std::string_view bytes, bool value, Range range) noexcept {
  const unsigned flip = value ? 0x00u : 0xFFu;
  const auto end = range.last / 8 + 1;
  auto index = range.first / 8;
  auto candidates = (byte_at(bytes, index) ^ flip) & (0xFFu >> (range.first % 8));
  if (candidates == 0) {
    index = skip(bytes, static_cast<unsigned char>(flip), index + 1, end);
    if (index == end) return std::nullopt;
    candidates = byte_at(bytes, index) ^ flip;
  }
  const auto position =
      index * 8 + static_cast<unsigned>(std::countl_zero(static_cast<unsigned char>(candidates)));
  if (position > range.last) return std::nullopt;
  return position;
}

void combine(Operation operation, std::span<const std::string_view> sources, char* out,
             std::size_t length) noexcept {
  for (std::size_t at = 0; at < length; at += kChunk) {
    Chunk(sources, out, at, std::min(kChunk, length - at)).combine(operation);
  }
}

}  // namespace larder::families::bits
