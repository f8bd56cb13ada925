#include "value/geo.h"

#include <algorithm>
#include <cmath>

namespace larder::value {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kRadiansADegree = kPi / 180.0;
constexpr double kEarthRadiusM = 6372797.560856;
constexpr unsigned kFinest = 26;  // bits of a row or a column

double radians(double degrees) noexcept { return degrees * kRadiansADegree; }
double degrees(double radians) noexcept { return radians / kRadiansADegree; }

// --- cells ---------------------------------------------------------------------------------------

// A line of cells in one direction: which part of [min, max] they share.
struct Axis {
  double min;
  double max;

  std::uint32_t index_of(double value, unsigned bits) const noexcept {
    const double share = (value - min) / (max - min);
    return static_cast<std::uint32_t>(share * static_cast<double>(std::uint64_t{1} << bits));
  }
  double begin_of(std::uint32_t index, unsigned bits) const noexcept {
    return min + (index * 1.0 / static_cast<double>(std::uint64_t{1} << bits)) * (max - min);
  }
  double end_of(std::uint32_t index, unsigned bits) const noexcept {
    return begin_of(index + 1, bits);
  }
};

constexpr Axis kColumns{-GeoPoint::kLongitudeMax, GeoPoint::kLongitudeMax};
constexpr Axis kRows{-GeoPoint::kLatitudeMax, GeoPoint::kLatitudeMax};

// Spreads bits apart, so that a zero follows each, and takes such bits together again.
std::uint64_t spread(std::uint32_t bits) noexcept {
  std::uint64_t spread = bits;
  spread = (spread | spread << 16) & 0x0000ffff0000ffff;
  spread = (spread | spread << 8) & 0x00ff00ff00ff00ff;
  spread = (spread | spread << 4) & 0x0f0f0f0f0f0f0f0f;
  spread = (spread | spread << 2) & 0x3333333333333333;
  return (spread | spread << 1) & 0x5555555555555555;
}

std::uint32_t gathered(std::uint64_t spread) noexcept {
  spread &= 0x5555555555555555;
  spread = (spread | spread >> 1) & 0x3333333333333333;
  spread = (spread | spread >> 2) & 0x0f0f0f0f0f0f0f0f;
  spread = (spread | spread >> 4) & 0x00ff00ff00ff00ff;
  spread = (spread | spread >> 8) & 0x0000ffff0000ffff;
  return static_cast<std::uint32_t>(spread | spread >> 16);
}

std::uint64_t interleaved(std::uint32_t column, std::uint32_t row) noexcept {
  return spread(row) | spread(column) << 1;
}

// A cell of the grid of 2^bits columns and rows. On the outermost edge in the east and north the
// index is one too high; that is a cell of its own.
struct Cell {
  std::uint32_t column;
  std::uint32_t row;
  unsigned bits;

  static Cell of(const GeoPoint& point, unsigned bits) noexcept {
    return {kColumns.index_of(point.longitude, bits), kRows.index_of(point.latitude, bits), bits};
  }

  // The cell so many columns to the east and rows to the north; the grid has no edges.
  Cell beside(int east, int north) const noexcept {
    const auto mask = (std::uint32_t{1} << bits) - 1;
    auto moved = *this;
    if (east != 0) moved.column = (column + static_cast<std::uint32_t>(east)) & mask;
    if (north != 0) moved.row = (row + static_cast<std::uint32_t>(north)) & mask;
    return moved;
  }

  double west() const noexcept { return kColumns.begin_of(column, bits); }
  double east() const noexcept { return kColumns.end_of(column, bits); }
  double south() const noexcept { return kRows.begin_of(row, bits); }
  double north() const noexcept { return kRows.end_of(row, bits); }

  ScoreRange scores() const noexcept {
    const auto number = interleaved(column, row);
    const auto shift = 2 * (kFinest - bits);
    return {.min = static_cast<double>(number << shift),
            .max = static_cast<double>((number + 1) << shift),
            .excludes_max = true};
  }

  friend bool operator==(const Cell& a, const Cell& b) noexcept {
    return a.column == b.column && a.row == b.row;
  }
};

// As the usual compilers convert any double on x86-64; C++ leaves what is out of range undefined.
std::uint64_t bits_of_score(double score) noexcept {
  constexpr double kTwoTo63 = 9223372036854775808.0;
  if (score > -kTwoTo63 && score < kTwoTo63) {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(score));
  }
  if (score >= kTwoTo63 && score < 2 * kTwoTo63) return static_cast<std::uint64_t>(score);
  return score > 0 ? 0 : std::uint64_t{1} << 63;
}

// How fine a grid may be for its cells to be as wide as what lies within `reach_m`. Cells are
// narrower towards the poles.
unsigned bits_for(double reach_m, double latitude) noexcept {
  constexpr double kHalfEquatorM = 20037726.37;  // in the Mercator projection
  if (reach_m == 0) return kFinest;
  int bits = -1;
  for (; reach_m < kHalfEquatorM; reach_m *= 2) ++bits;
  if (std::fabs(latitude) > 66) --bits;
  if (std::fabs(latitude) > 80) --bits;
  return static_cast<unsigned>(std::clamp(bits, 1, static_cast<int>(kFinest)));
}

double distance_along_meridian_m(double latitude, double other) noexcept {
  return kEarthRadiusM * std::fabs(radians(other) - radians(latitude));
}

// The direction of the sum of the points' directions from the centre of the earth.
GeoPoint mean_of(std::span<const GeoPoint> points) noexcept {
  double x = 0;
  double y = 0;
  double z = 0;
  for (const auto& point : points) {
    const double longitude = radians(point.longitude);
    const double latitude = radians(point.latitude);
    x += std::cos(latitude) * std::cos(longitude);
    y += std::cos(latitude) * std::sin(longitude);
    z += std::sin(latitude);
  }
  const GeoPoint mean{degrees(std::atan2(y, x)), degrees(std::atan2(z, std::hypot(x, y)))};
  return {std::clamp(mean.longitude, kColumns.min, kColumns.max),
          std::clamp(mean.latitude, kRows.min, kRows.max)};
}

}  // namespace

// --- points --------------------------------------------------------------------------------------

double geo_score(const GeoPoint& point) noexcept {
  const auto cell = Cell::of(point, kFinest);
  return static_cast<double>(interleaved(cell.column, cell.row));
}

GeoPoint geo_point(double score) noexcept {
  const auto bits = bits_of_score(score);
  const Cell cell{gathered(bits >> 1), gathered(bits), kFinest};
  return {std::clamp((cell.west() + cell.east()) / 2, kColumns.min, kColumns.max),
          std::clamp((cell.south() + cell.north()) / 2, kRows.min, kRows.max)};
}

double geo_distance_m(const GeoPoint& one, const GeoPoint& other) noexcept {
  const double v = std::sin((radians(other.longitude) - radians(one.longitude)) / 2);
  if (v == 0) return distance_along_meridian_m(one.latitude, other.latitude);
  const double latitude = radians(one.latitude);
  const double other_latitude = radians(other.latitude);
  const double u = std::sin((other_latitude - latitude) / 2);
  const double a = u * u + std::cos(latitude) * std::cos(other_latitude) * v * v;
  return 2.0 * kEarthRadiusM * std::asin(std::sqrt(a));
}

std::array<char, kGeohashLength> geohash_text(const GeoPoint& point) noexcept {
  constexpr char kDigits[] = "0123456789bcdefghjkmnpqrstuvwxyz";
  constexpr Axis kAllLatitudes{-90, 90};
  const auto bits = interleaved(kColumns.index_of(point.longitude, kFinest),
                                kAllLatitudes.index_of(point.latitude, kFinest));
  std::array<char, kGeohashLength> text;
  text.fill('0');
  for (unsigned i = 0; i < kGeohashLength - 1; ++i) {
    text[i] = kDigits[(bits >> (2 * kFinest - 5 * (i + 1))) & 31];
  }
  return text;
}

// --- areas ---------------------------------------------------------------------------------------

// A degree of longitude is shortest at the edge towards the pole, which so decides how far the
// area reaches to both sides.
GeoArea::Bounds GeoArea::bounds_of(const GeoPoint& center, double east_m, double north_m) noexcept {
  const double north = degrees(north_m / kEarthRadiusM);
  const double edge = center.latitude < 0 ? center.latitude - north : center.latitude + north;
  const double east = degrees(east_m / kEarthRadiusM / std::cos(radians(edge)));
  return {{center.longitude - east, center.latitude - north},
          {center.longitude + east, center.latitude + north}};
}

GeoArea GeoArea::circle(const GeoPoint& center, double radius_m) {
  GeoArea area;
  area.center_ = center;
  area.reach_m_ = radius_m;
  area.bounds_ = bounds_of(center, radius_m, radius_m);
  return area;
}

GeoArea GeoArea::box(const GeoPoint& center, double width_m, double height_m) {
  GeoArea area;
  area.shape_ = Shape::box;
  area.center_ = center;
  area.width_m_ = width_m;
  area.height_m_ = height_m;
  area.reach_m_ = std::sqrt(width_m / 2 * (width_m / 2) + height_m / 2 * (height_m / 2));
  area.bounds_ = bounds_of(center, width_m / 2, height_m / 2);
  return area;
}

GeoArea GeoArea::polygon(std::span<const GeoPoint> vertices) {
  GeoArea area;
  area.shape_ = Shape::polygon;
  area.vertices_.assign(vertices.begin(), vertices.end());
  auto& [min, max] = area.bounds_;
  min = max = vertices.front();
  for (const auto& vertex : vertices) {
    min = {std::min(min.longitude, vertex.longitude), std::min(min.latitude, vertex.latitude)};
    max = {std::max(max.longitude, vertex.longitude), std::max(max.latitude, vertex.latitude)};
  }
  area.center_ = mean_of(vertices);
  for (const double longitude : {min.longitude, max.longitude}) {
    for (const double latitude : {min.latitude, max.latitude}) {
      area.reach_m_ = std::max(area.reach_m_, geo_distance_m(area.center_, {longitude, latitude}));
    }
  }
  return area;
}

bool GeoArea::contains(const GeoPoint& point, double& distance_m) const noexcept {
  switch (shape_) {
    case Shape::circle:
      distance_m = geo_distance_m(center_, point);
      return distance_m <= reach_m_;
    case Shape::box:
      if (distance_along_meridian_m(point.latitude, center_.latitude) > height_m_ / 2) return false;
      if (geo_distance_m(point, {center_.longitude, point.latitude}) > width_m_ / 2) return false;
      break;
    case Shape::polygon:
      if (!polygon_contains(point)) return false;
      break;
  }
  distance_m = geo_distance_m(center_, point);
  return true;
}

// A ray to the east crosses the edges an odd number of times from inside.
bool GeoArea::polygon_contains(const GeoPoint& point) const noexcept {
  bool inside = false;
  const auto* from = &vertices_.back();
  for (const auto& to : vertices_) {
    if ((from->latitude > point.latitude) != (to.latitude > point.latitude)) {
      const double share = (point.latitude - from->latitude) / (to.latitude - from->latitude);
      const double crossing = from->longitude + share * (to.longitude - from->longitude);
      if (point.longitude < crossing) inside = !inside;
    }
    from = &to;
  }
  return inside;
}

std::vector<ScoreRange> GeoArea::score_ranges() const {
  auto bits = bits_for(reach_m_, center_.latitude);
  auto middle = Cell::of(center_, bits);
  const bool reaches_beyond = middle.beside(0, 1).north() < bounds_.max.latitude ||
                              middle.beside(0, -1).south() > bounds_.min.latitude ||
                              middle.beside(1, 0).east() < bounds_.max.longitude ||
                              middle.beside(-1, 0).west() > bounds_.min.longitude;
  if (bits > 1 && reaches_beyond) middle = Cell::of(center_, --bits);

  // With two columns and rows only, all are needed.
  const bool all = bits < 2;
  const bool south = all || middle.south() >= bounds_.min.latitude;
  const bool north = all || middle.north() <= bounds_.max.latitude;
  const bool west = all || middle.west() >= bounds_.min.longitude;
  const bool east = all || middle.east() <= bounds_.max.longitude;
  const struct {
    int east;
    int north;
    bool needed;
  } kAround[] = {{0, 0, true},           {0, 1, north},          {0, -1, south},
                 {1, 0, east},           {-1, 0, west},          {1, 1, north && east},
                 {-1, 1, north && west}, {1, -1, south && east}, {-1, -1, south && west}};
  std::vector<ScoreRange> ranges;
  auto last = middle;
  for (const auto& [to_east, to_north, needed] : kAround) {
    const auto cell = middle.beside(to_east, to_north);
    // In the coarsest grids neighbours on both sides are the same.
    if (!needed || (!ranges.empty() && cell == last)) continue;
    ranges.push_back(cell.scores());
    last = cell;
  }
  return ranges;
}

}  // namespace larder::value
