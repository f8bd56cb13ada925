// HyperLogLog: an estimate of how many different elements were added, in at most 12 KB. It lives in
// a plain string, whose bytes are those of every Redis since 2.8.9, so that GET, DUMP and RDB files
// carry it between servers.
//
//   string     = "HYLL" encoding 0 0 0 estimate registers
//   encoding   = 0 dense | 1 sparse
//   estimate   = the last one, 64 bits little-endian; the highest bit says that it is out of date
//   dense      = 16384 registers of 6 bits, from the lowest bit of the first byte on
//   sparse     = runs that cover the 16384 registers in order:
//                00llllll            l + 1 registers of 0
//                01llllll llllllll   the same with 14 bits
//                1vvvvvll            l + 1 registers of v + 1
//
// Flajolet et al., "HyperLogLog" (2007), with 64-bit hashes; the estimate is the improved one of
// Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace larder::value::hyperloglog {

inline constexpr unsigned kIndexBits = 14;
inline constexpr std::size_t kRegisters = std::size_t{1} << kIndexBits;
inline constexpr unsigned kRegisterBits = 6;
inline constexpr std::size_t kHeaderBytes = 16;
inline constexpr std::size_t kDenseBytes = kHeaderBytes + kRegisters * kRegisterBits / 8;

enum class Encoding : std::uint8_t { dense, sparse };

// The encoding of a string that opens as a HyperLogLog does; nothing where it is none. Its sparse
// runs may still be corrupt.
std::optional<Encoding> encoding_of(std::string_view text) noexcept;

// The string of one that nothing was added to.
std::string_view empty() noexcept;

// The estimate that the string keeps, unless it is out of date.
// REQUIRES (here and below): encoding_of() its string.
std::optional<std::uint64_t> kept_estimate(std::string_view text) noexcept;
void keep_estimate(char* text, std::uint64_t estimate) noexcept;
void forget_estimate(char* text) noexcept;

// What adding an element does: it raises a register to a rank.
struct Observation {
  std::uint16_t index = 0;
  std::uint8_t rank = 0;  // 1 to 51
};
Observation observe(std::string_view element) noexcept;

// All registers, a byte each: what several strings are combined in.
class Registers {
 public:
  // Takes the higher of each register. Returns false, having changed some, where the runs of
  // `text` are corrupt.
  bool merge(std::string_view text) noexcept;
  std::uint64_t estimate() const noexcept;
  std::uint8_t operator[](std::size_t index) const noexcept { return ranks_[index]; }

 private:
  alignas(64) std::array<std::uint8_t, kRegisters> ranks_{};
};

// The estimate for one string; nothing where its runs are corrupt.
std::optional<std::uint64_t> estimate(std::string_view text) noexcept;

// Raises a register of a dense string. Returns whether it was lower.
bool raise_dense(char* text, Observation seen) noexcept;

// Raises a register of a sparse string of which there may be `bytes_max` bytes.
enum class Raised : std::uint8_t {
  no,  // it was as high already
  yes,
  needs_dense,  // the string is as it was, and has to become dense first
  corrupt
};
Raised raise_sparse(std::string& text, Observation seen, std::size_t bytes_max);

// The same registers and kept estimate in a dense string; empty where the runs are corrupt.
std::string to_dense(std::string_view sparse);

// Visits the runs of a sparse string in order: visit(rank, registers, bytes). Returns whether they
// cover the registers exactly; the visitor never sees more registers than there are.
template <class Visitor>
bool for_each_run(std::string_view sparse, Visitor visit);

// --- implementation of the template

// One run as it stands at the front of `bytes`; size 0 where it is cut off.
struct Run {
  std::uint8_t rank = 0;
  std::uint8_t size = 0;  // bytes
  std::uint16_t registers = 0;

  static Run read(std::string_view bytes) noexcept {
    const auto first = static_cast<std::uint8_t>(bytes[0]);
    if ((first & 0x80) != 0) {
      return {.rank = static_cast<std::uint8_t>(((first >> 2) & 0x1f) + 1),
              .size = 1,
              .registers = static_cast<std::uint16_t>((first & 3) + 1)};
    }
    if ((first & 0x40) == 0) {
      return {.rank = 0, .size = 1, .registers = static_cast<std::uint16_t>(first + 1)};
    }
    if (bytes.size() < 2) return {};
    const auto low = static_cast<std::uint8_t>(bytes[1]);
    return {.rank = 0,
            .size = 2,
            .registers = static_cast<std::uint16_t>(((first & 0x3f) << 8 | low) + 1)};
  }
};

template <class Visitor>
bool for_each_run(std::string_view sparse, Visitor visit) {
  std::size_t covered = 0;
  for (auto rest = sparse.substr(kHeaderBytes); !rest.empty();) {
    const auto run = Run::read(rest);
    covered += run.registers;
    if (run.size == 0 || covered > kRegisters) return false;
    visit(run);
    rest.remove_prefix(run.size);
  }
  return covered == kRegisters;
}

}  // namespace larder::value::hyperloglog
