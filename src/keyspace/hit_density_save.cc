// How what was learned of keys' worth is kept from one process to the next:
//
//   saved = version rows row_of_class{kClasses} (used{kAges} given_up{kAges} worth{kAges}){rows}
//
// The first three are bytes, the others 16 bits, little-endian. Other numbers of classes or ages
// make other lengths, which are refused; other meanings need another version.
#include <cmath>
#include <cstring>

#include "keyspace/hit_density.h"

namespace larder::keyspace {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kHeadBytes = 2;

bool is_worth(std::uint16_t upper_half) noexcept {
  const auto worth = std::bit_cast<float>(std::uint32_t{upper_half} << 16);
  return std::isfinite(worth) && worth >= 0;
}

}  // namespace

std::string HitDensity::saved() const {
  static_assert(sizeof(Row) == 3 * kAges * sizeof(std::uint16_t));
  static_assert(std::endian::native == std::endian::little);
  static_assert(kClasses < UINT8_MAX);
  std::string bytes = {static_cast<char>(kVersion), static_cast<char>(rows_.size())};
  bytes.append(reinterpret_cast<const char*>(row_of_.data()), row_of_.size());
  bytes.append(reinterpret_cast<const char*>(rows_.data()), rows_.size() * sizeof(Row));
  return bytes;
}

bool HitDensity::restore(std::string_view bytes) {
  if (bytes.size() < kHeadBytes + kClasses + sizeof(Row)) return false;
  const auto count = static_cast<std::uint8_t>(bytes[1]);
  if (static_cast<std::uint8_t>(bytes[0]) != kVersion || count > kClasses + 1 ||
      bytes.size() != kHeadBytes + kClasses + count * sizeof(Row)) {
    return false;
  }
  std::array<std::uint8_t, kClasses> row_of{};
  std::memcpy(row_of.data(), bytes.data() + kHeadBytes, kClasses);
  std::vector<Row> rows(count);
  std::memcpy(rows.data(), bytes.data() + kHeadBytes + kClasses, count * sizeof(Row));
  for (const auto row : row_of) {
    if (row >= count) return false;
  }
  for (const auto& row : rows) {
    for (const auto worth : row.worth) {
      if (!is_worth(worth)) return false;
    }
  }
  if (rows_.size() == 1) {
    row_of_ = row_of;
    rows_ = std::move(rows);
  }
  return true;
}

}  // namespace larder::keyspace
