#include "value/hyperloglog.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>

#include "base/murmur.h"

namespace larder::value::hyperloglog {
namespace {

constexpr std::string_view kMagic = "HYLL";
constexpr std::size_t kEncodingAt = 4;
constexpr std::size_t kEstimateAt = 8;
constexpr std::uint64_t kOutOfDate = std::uint64_t{1} << 63;
constexpr unsigned kRankMask = (1U << kRegisterBits) - 1;
constexpr unsigned kRankMax = 64 - kIndexBits + 1;  // that a hash can have

std::uint64_t read_u64(const char* at) noexcept {
  std::uint64_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// How many registers have each rank; foreign bytes may hold ranks that no hash has.
using Histogram = std::array<std::uint32_t, kRankMask + 1>;

// The two series of Ertl's estimator (his equations for sigma and tau), summed until they stand.
double sigma(double x) noexcept {
  if (x == 1) return std::numeric_limits<double>::infinity();
  double weight = 1;
  double sum = x;
  for (double before = -1; before != sum;) {
    x *= x;
    before = sum;
    sum += x * weight;
    weight += weight;
  }
  return sum;
}

double tau(double x) noexcept {
  if (x == 0 || x == 1) return 0;
  double weight = 1;
  double sum = 1 - x;
  for (double before = -1; before != sum;) {
    x = std::sqrt(x);
    before = sum;
    weight *= 0.5;
    sum -= (1 - x) * (1 - x) * weight;
  }
  return sum / 3;
}

std::uint64_t estimate_from(const Histogram& registers_of) noexcept {
  constexpr double kCount = kRegisters;
  constexpr double kAlpha = 0.721347520444481703680;  // 1 / (2 ln 2)
  double z = kCount * tau((kCount - registers_of[kRankMax]) / kCount);
  for (unsigned rank = kRankMax - 1; rank >= 1; --rank) z = (z + registers_of[rank]) * 0.5;
  z += kCount * sigma(registers_of[0] / kCount);
  const double estimate = kAlpha * kCount * kCount / z;
  // Only registers that no elements can have caused lead beyond.
  constexpr double kLimit = 0x1p63;
  if (!(estimate < kLimit)) return std::numeric_limits<std::int64_t>::max();
  return static_cast<std::uint64_t>(std::llround(estimate));
}

// Eight registers take six bytes: unpacks them to a byte each.
void unpack_dense(const char* packed, std::uint8_t* ranks) noexcept {
  for (std::size_t i = 0; i < kRegisters / 8; ++i, packed += 6, ranks += 8) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, packed, 6);
    std::uint64_t spread = 0;
    for (unsigned j = 0; j < 8; ++j) {
      spread |= (bits >> (kRegisterBits * j) & kRankMask) << (8 * j);
    }
    std::memcpy(ranks, &spread, sizeof spread);
  }
}

Histogram histogram_of(const std::uint8_t* ranks) noexcept {
  // Four tables, so that equal neighbours do not wait for each other.
  std::array<Histogram, 4> part{};
  for (std::size_t i = 0; i < kRegisters; i += 4) {
    for (std::size_t j = 0; j < 4; ++j) ++part[j][ranks[i + j]];
  }
  for (std::size_t rank = 0; rank < part[0].size(); ++rank) {
    part[0][rank] += part[1][rank] + part[2][rank] + part[3][rank];
  }
  return part[0];
}

// Runs as they are written.
constexpr unsigned kSparseRankMax = 32;
constexpr unsigned kRankRunMax = 4;
constexpr unsigned kShortZerosMax = 64;

// Up to five bytes: what takes one run's place.
class RunsWriter {
 public:
  void zeros(unsigned registers) noexcept {
    if (registers == 0) return;
    const unsigned length = registers - 1;
    if (registers > kShortZerosMax) bytes_[size_++] = static_cast<char>(0x40 | length >> 8);
    bytes_[size_++] = static_cast<char>(length);
  }
  void ranks(unsigned rank, unsigned registers) noexcept {
    if (registers == 0) return;
    bytes_[size_++] = static_cast<char>(0x80 | (rank - 1) << 2 | (registers - 1));
  }
  std::string_view bytes() const noexcept { return {bytes_, size_}; }

 private:
  char bytes_[5];
  std::size_t size_ = 0;
};

// The run that covers a register, and the one before it.
struct Place {
  Run run;
  std::size_t at = 0;         // of the run's bytes
  std::size_t before_at = 0;  // of the bytes of the run before it, or its own
  std::size_t first_register = 0;
};

std::optional<Place> find_run(std::string_view sparse, std::size_t index) noexcept {
  Place place{.run = {}, .at = kHeaderBytes, .before_at = kHeaderBytes};
  while (place.at < sparse.size()) {
    place.run = Run::read(sparse.substr(place.at));
    if (place.run.size == 0) return std::nullopt;
    if (index < place.first_register + place.run.registers) return place;
    place.before_at = place.at;
    place.at += place.run.size;
    place.first_register += place.run.registers;
  }
  return std::nullopt;
}

// Joins neighbours of equal rank from `at` on. Redis looks at five runs, a joined one counting
// again, and leaves what lies beyond; equal bytes need equal thrift.
void join_equal_runs(std::string& sparse, std::size_t at) {
  for (int looks = 5; looks > 0 && at < sparse.size(); --looks) {
    const auto rest = std::string_view(sparse).substr(at);
    const auto run = Run::read(rest);
    if (run.size == 0) return;
    if (run.rank != 0 && rest.size() > 1) {
      const auto next = Run::read(rest.substr(1));
      const unsigned together = run.registers + next.registers;
      if (next.rank == run.rank && together <= kRankRunMax) {
        RunsWriter joined;
        joined.ranks(run.rank, together);
        sparse.replace(at, 2, joined.bytes());
        continue;
      }
    }
    at += run.size;
  }
}

}  // namespace

std::optional<Encoding> encoding_of(std::string_view text) noexcept {
  if (text.size() < kHeaderBytes || !text.starts_with(kMagic)) return std::nullopt;
  switch (text[kEncodingAt]) {
    case 0:
      if (text.size() != kDenseBytes) return std::nullopt;
      return Encoding::dense;
    case 1:
      return Encoding::sparse;
    default:
      return std::nullopt;
  }
}

std::string_view empty() noexcept {
  static constexpr char kEmpty[] =
      "HYLL\x01\0\0\0"
      "\0\0\0\0\0\0\0\0"
      "\x7f\xff";
  return {kEmpty, sizeof kEmpty - 1};
}

std::optional<std::uint64_t> kept_estimate(std::string_view text) noexcept {
  const auto kept = read_u64(text.data() + kEstimateAt);
  if ((kept & kOutOfDate) != 0) return std::nullopt;
  return kept;
}

void keep_estimate(char* text, std::uint64_t estimate) noexcept {
  std::memcpy(text + kEstimateAt, &estimate, sizeof estimate);
}

void forget_estimate(char* text) noexcept {
  keep_estimate(text, read_u64(text + kEstimateAt) | kOutOfDate);
}

Observation observe(std::string_view element) noexcept {
  constexpr std::uint64_t kSeed = 0xadc83b19;  // Redis's
  const auto hash = base::murmur64a(element, kSeed);
  // The rank counts zeros up to and with the first one; a bit of our own ends the longest row.
  const auto row = hash >> kIndexBits | std::uint64_t{1} << (kRankMax - 1);
  return {.index = static_cast<std::uint16_t>(hash & (kRegisters - 1)),
          .rank = static_cast<std::uint8_t>(std::countr_zero(row) + 1)};
}

bool Registers::merge(std::string_view text) noexcept {
  if (text[kEncodingAt] == 0) {
    alignas(64) std::array<std::uint8_t, kRegisters> other;
    unpack_dense(text.data() + kHeaderBytes, other.data());
    for (std::size_t i = 0; i < kRegisters; ++i) ranks_[i] = std::max(ranks_[i], other[i]);
    return true;
  }
  auto* at = ranks_.data();
  return for_each_run(text, [&at](const Run& run) {
    if (run.rank != 0) {
      for (auto& rank : std::span(at, run.registers)) rank = std::max(rank, run.rank);
    }
    at += run.registers;
  });
}

std::uint64_t Registers::estimate() const noexcept {
  return estimate_from(histogram_of(ranks_.data()));
}

std::optional<std::uint64_t> estimate(std::string_view text) noexcept {
  if (text[kEncodingAt] == 0) {
    alignas(64) std::array<std::uint8_t, kRegisters> ranks;
    unpack_dense(text.data() + kHeaderBytes, ranks.data());
    return estimate_from(histogram_of(ranks.data()));
  }
  Histogram histogram{};
  const bool is_whole =
      for_each_run(text, [&histogram](const Run& run) { histogram[run.rank] += run.registers; });
  if (!is_whole) return std::nullopt;
  return estimate_from(histogram);
}

bool raise_dense(char* text, Observation seen) noexcept {
  const std::size_t bit = std::size_t{seen.index} * kRegisterBits;
  auto* at = reinterpret_cast<unsigned char*>(text) + kHeaderBytes + bit / 8;
  const auto shift = static_cast<unsigned>(bit % 8);
  const bool is_split = shift > 8 - kRegisterBits;  // lies in two bytes
  unsigned pair = at[0];
  if (is_split) pair |= static_cast<unsigned>(at[1]) << 8;
  if ((pair >> shift & kRankMask) >= seen.rank) return false;
  pair = (pair & ~(kRankMask << shift)) | static_cast<unsigned>(seen.rank) << shift;
  at[0] = static_cast<unsigned char>(pair);
  if (is_split) at[1] = static_cast<unsigned char>(pair >> 8);
  return true;
}

Raised raise_sparse(std::string& text, Observation seen, std::size_t bytes_max) {
  if (seen.rank > kSparseRankMax) return Raised::needs_dense;
  const auto place = find_run(text, seen.index);
  if (!place) return Raised::corrupt;
  const auto& run = place->run;
  if (run.rank >= seen.rank) return Raised::no;

  const auto before = static_cast<unsigned>(seen.index - place->first_register);
  const auto after = run.registers - before - 1;
  RunsWriter instead;
  if (run.rank == 0) {
    instead.zeros(before);
    instead.ranks(seen.rank, 1);
    instead.zeros(after);
  } else {
    instead.ranks(run.rank, before);
    instead.ranks(seen.rank, 1);
    instead.ranks(run.rank, after);
  }
  const bool grows = instead.bytes().size() > run.size;
  if (grows && text.size() - run.size + instead.bytes().size() > bytes_max) {
    return Raised::needs_dense;
  }
  text.replace(place->at, run.size, instead.bytes());
  join_equal_runs(text, place->before_at);
  return Raised::yes;
}

std::string to_dense(std::string_view sparse) {
  std::string dense(kDenseBytes, '\0');
  std::memcpy(dense.data(), sparse.data(), kHeaderBytes);
  dense[kEncodingAt] = 0;
  std::uint16_t index = 0;
  const bool is_whole = for_each_run(sparse, [&](const Run& run) {
    for (unsigned i = 0; i < run.registers; ++i, ++index) {
      if (run.rank != 0) raise_dense(dense.data(), {.index = index, .rank = run.rank});
    }
  });
  if (!is_whole) dense.clear();
  return dense;
}

}  // namespace larder::value::hyperloglog
