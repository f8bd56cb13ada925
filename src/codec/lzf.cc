#include "codec/lzf.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "codec/bytes.h"

namespace larder::codec {
namespace {

constexpr std::size_t kLiteralsMax = 32;
constexpr std::size_t kMatchMin = 3;
constexpr std::size_t kMatchMax = 264;
constexpr std::size_t kDistanceMax = 8192;
constexpr unsigned kHashBitsMax = 12;
constexpr unsigned kHashBitsMin = 6;

std::size_t hash_of_three(const char* at, unsigned bits) noexcept {
  const auto three = static_cast<std::uint32_t>(static_cast<unsigned char>(at[0])) << 16 |
                     static_cast<std::uint32_t>(static_cast<unsigned char>(at[1])) << 8 |
                     static_cast<unsigned char>(at[2]);
  return three * 2654435761U >> (32 - bits);
}

// Where the compressed bytes go. Once there is no space, nothing more is written.
class Output {
 public:
  Output(char* out, std::size_t bytes_max) noexcept : out_(out), left_(bytes_max), begin_(out) {}

  void literals(std::string_view bytes) noexcept {
    while (!bytes.empty()) {
      const auto run = bytes.substr(0, kLiteralsMax);
      if (!reserve(run.size() + 1)) return;
      *out_++ = static_cast<char>(run.size() - 1);
      std::memcpy(out_, run.data(), run.size());
      out_ += run.size();
      bytes.remove_prefix(run.size());
    }
  }

  void match(std::size_t distance, std::size_t length) noexcept {
    const auto offset = distance - 1;
    const auto code = length - 2;
    if (!reserve(code < 7 ? 2 : 3)) return;
    *out_++ = static_cast<char>(std::min<std::size_t>(code, 7) << 5 | offset >> 8);
    if (code >= 7) *out_++ = static_cast<char>(code - 7);
    *out_++ = static_cast<char>(offset);
  }

  bool is_full() const noexcept { return is_full_; }
  std::size_t size() const noexcept {
    return is_full_ ? 0 : static_cast<std::size_t>(out_ - begin_);
  }

 private:
  bool reserve(std::size_t bytes) noexcept {
    if (is_full_ || bytes > left_) {
      is_full_ = true;
      return false;
    }
    left_ -= bytes;
    return true;
  }

  char* out_;
  std::size_t left_;
  const char* begin_;
  bool is_full_ = false;
};

std::size_t common_length(const char* a, const char* b, std::size_t max) noexcept {
  std::size_t length = 0;
  while (length < max && a[length] == b[length]) ++length;
  return length;
}

}  // namespace

std::size_t lzf_compress(std::string_view in, char* out, std::size_t out_bytes_max) noexcept {
  // Positions are kept plus one, so that 0 is none; those of strings beyond 4 GB wrap and then only
  // miss matches.
  std::array<std::uint32_t, std::size_t{1} << kHashBitsMax> last_at;
  // Short strings pay for a short table only.
  const auto hash_bits =
      std::clamp(static_cast<unsigned>(std::bit_width(in.size())), kHashBitsMin, kHashBitsMax);
  std::fill_n(last_at.begin(), std::size_t{1} << hash_bits, 0U);
  Output output(out, out_bytes_max);
  std::size_t literals_from = 0;
  std::size_t at = 0;
  while (at + kMatchMin <= in.size() && !output.is_full()) {
    auto& last = last_at[hash_of_three(in.data() + at, hash_bits)];
    const auto distance = static_cast<std::uint32_t>(at + 1) - last;
    const bool is_near = last != 0 && distance <= kDistanceMax && distance <= at && distance != 0;
    last = static_cast<std::uint32_t>(at + 1);
    const auto length = is_near ? common_length(in.data() + at - distance, in.data() + at,
                                                std::min(in.size() - at, kMatchMax))
                                : 0;
    if (length < kMatchMin) {
      ++at;
      continue;
    }
    output.literals(in.substr(literals_from, at - literals_from));
    output.match(distance, length);
    at += length;
    literals_from = at;
  }
  output.literals(in.substr(literals_from));
  return output.size();
}

namespace {

// Writes `length` bytes that are those from `distance` ago, which may be some that it writes.
void repeat(char* out, std::size_t distance, std::size_t length) noexcept {
  const char* const from = out - distance;
  if (distance == 1) {
    std::memset(out, *from, length);
    return;
  }
  // Twice as much lies before it after each step.
  std::size_t written = 0;
  while (written < length) {
    const auto count = std::min(distance + written, length - written);
    std::memcpy(out + written, from, count);
    written += count;
  }
}

}  // namespace

bool lzf_decompress(std::string_view in, char* out, std::size_t out_bytes) noexcept {
  std::size_t at = 0;
  std::size_t written = 0;
  while (at < in.size()) {
    const auto control = byte_at(in, at++);
    if (control < kLiteralsMax) {
      const std::size_t length = control + 1U;
      if (length > in.size() - at || length > out_bytes - written) return false;
      std::memcpy(out + written, in.data() + at, length);
      at += length;
      written += length;
      continue;
    }
    std::size_t length = (control >> 5) + 2U;
    if (length == 9) {
      if (at == in.size()) return false;
      length += byte_at(in, at++);
    }
    if (at == in.size()) return false;
    const std::size_t distance = ((control & 0x1fU) << 8 | byte_at(in, at++)) + 1U;
    if (distance > written || length > out_bytes - written) return false;
    repeat(out + written, distance, length);
    written += length;
  }
  return written == out_bytes;
}

}  // namespace larder::codec
