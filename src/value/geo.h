// Points on the earth as scores of sorted sets, and areas to search. A score is a cell of a grid of
// 2^26 columns by 2^26 rows, which cover longitudes -180 to 180 and the latitudes that the Web
// Mercator projection shows (EPSG:3857); the bits of row and column interleave, so that cells near
// each other tend to have scores near each other (G. M. Morton, 1966). A coarser grid's cell is a
// range of scores.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "value/sorted_range.h"

namespace larder::value {

// In degrees.
struct GeoPoint {
  double longitude = 0;
  double latitude = 0;

  static constexpr double kLongitudeMax = 180;
  static constexpr double kLatitudeMax = 85.05112878;
  bool is_valid() const noexcept {
    return longitude >= -kLongitudeMax && longitude <= kLongitudeMax && latitude >= -kLatitudeMax &&
           latitude <= kLatitudeMax;
  }
};

// The score of a valid point, and the centre of a score's cell. Any double is a score of some cell.
double geo_score(const GeoPoint& point) noexcept;
GeoPoint geo_point(double score) noexcept;

// Along the great circle, in metres: the haversine formula on a sphere.
double geo_distance_m(const GeoPoint& one, const GeoPoint& other) noexcept;

// The standard geohash of a point (G. Niemeyer, 2008), which unlike a score counts latitudes from
// -90 to 90: 10 characters hold 50 bits, the last one is always 0.
inline constexpr std::size_t kGeohashLength = 11;
std::array<char, kGeohashLength> geohash_text(const GeoPoint& point) noexcept;

// An area: what lies within a distance of its centre, within half a width and height of it, or
// inside a polygon.
class GeoArea {
 public:
  static GeoArea circle(const GeoPoint& center, double radius_m);
  static GeoArea box(const GeoPoint& center, double width_m, double height_m);
  // REQUIRES: three vertices or more. The last one is joined to the first.
  static GeoArea polygon(std::span<const GeoPoint> vertices);

  // Whether the point lies inside; then also how far it is from the centre, in metres.
  bool contains(const GeoPoint& point, double& distance_m) const noexcept;

  // Ranges of scores, up to nine, that have all points inside among others: the cell around the
  // centre and those beside it that are needed, of the finest grid that suffices.
  std::vector<ScoreRange> score_ranges() const;

 private:
  enum class Shape { circle, box, polygon };

  struct Bounds {
    GeoPoint min;
    GeoPoint max;
  };
  static Bounds bounds_of(const GeoPoint& center, double east_m, double north_m) noexcept;
  bool polygon_contains(const GeoPoint& point) const noexcept;

  Shape shape_ = Shape::circle;
  GeoPoint center_;
  double width_m_ = 0;  // twice the radius of a circle
  double height_m_ = 0;
  double reach_m_ = 0;  // from the centre to the farthest point
  Bounds bounds_;
  std::vector<GeoPoint> vertices_;
};

}  // namespace larder::value
