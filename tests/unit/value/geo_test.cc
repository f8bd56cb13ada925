#include "value/geo.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "base/random.h"

namespace larder::value {
namespace {

constexpr GeoPoint kPalermo{13.361389, 38.115556};
constexpr GeoPoint kCatania{15.087269, 37.502669};

GeoPoint drawn(base::Random& random) {
  return {random.unit() * 360 - 180, (random.unit() * 2 - 1) * GeoPoint::kLatitudeMax};
}

TEST(Geo, ScoresAreCellsOfLessThanAMetre) {
  EXPECT_EQ(geo_score(kPalermo), 3479099956230698);
  EXPECT_EQ(geo_score(kCatania), 3479447370796909);
  base::Random random(1);
  for (int i = 0; i < 10'000; ++i) {
    const auto point = drawn(random);
    const auto cell = geo_point(geo_score(point));
    EXPECT_NEAR(cell.longitude, point.longitude, 360.0 / (1 << 26));
    EXPECT_NEAR(cell.latitude, point.latitude, 180.0 / (1 << 26));
    EXPECT_EQ(geo_score(cell), geo_score(point));
  }
}

TEST(Geo, AnyScoreIsAPoint) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double score : {0.0, -1.0, 0.5, 1e17, 1e19, 1e300, -1e300, infinity, -infinity}) {
    EXPECT_TRUE(geo_point(score).is_valid()) << score;
  }
}

TEST(Geo, DistancesAndHashes) {
  EXPECT_NEAR(geo_distance_m(kPalermo, kCatania), 166'274.26, 0.01);
  EXPECT_EQ(geo_distance_m(kPalermo, kPalermo), 0);
  const auto text = geohash_text(geo_point(geo_score(kPalermo)));
  EXPECT_EQ(std::string(text.data(), text.size()), "sqc8b49rny0");
}

bool is_in_ranges(const GeoArea& area, const GeoPoint& point) {
  const auto score = geo_score(point);
  for (const auto& range : area.score_ranges()) {
    if (!range.is_before(score) && !range.is_behind(score)) return true;
  }
  return false;
}

TEST(Geo, RangesHoldAllThatAnAreaContains) {
  base::Random random(2);
  for (int i = 0; i < 3'000; ++i) {
    GeoPoint center = drawn(random);
    center.latitude *= 0.8;
    center.longitude *= 0.9;
    const auto reach_m = std::pow(10, 1 + random.unit() * 4.5);
    const GeoArea areas[] = {GeoArea::circle(center, reach_m),
                             GeoArea::box(center, reach_m, reach_m / 2)};
    for (int j = 0; j < 20; ++j) {
      const double degrees = reach_m / 111'000 * 2;
      const GeoPoint point{center.longitude + (random.unit() - 0.5) * degrees,
                           center.latitude + (random.unit() - 0.5) * degrees};
      if (!point.is_valid()) continue;
      for (const auto& area : areas) {
        double distance_m = 0;
        if (!area.contains(point, distance_m)) continue;
        EXPECT_TRUE(is_in_ranges(area, point));
        EXPECT_EQ(distance_m, geo_distance_m(center, point));
      }
    }
  }
}

TEST(Geo, Polygons) {
  const std::vector<GeoPoint> square = {{10, 10}, {20, 10}, {20, 20}, {10, 20}};
  const auto area = GeoArea::polygon(square);
  double distance_m = 0;
  base::Random random(3);
  for (int i = 0; i < 10'000; ++i) {
    const GeoPoint point{random.unit() * 30, random.unit() * 30};
    const bool inside =
        point.longitude > 10 && point.longitude < 20 && point.latitude > 10 && point.latitude < 20;
    ASSERT_EQ(area.contains(point, distance_m), inside);
    if (inside) {
      ASSERT_TRUE(is_in_ranges(area, point));
    }
  }
  // What edges enclose twice is outside.
  const std::vector<GeoPoint> star = {{0, 10}, {6, -8}, {-10, 3}, {10, 3}, {-6, -8}};
  EXPECT_FALSE(GeoArea::polygon(star).contains({0, 0}, distance_m));
  EXPECT_TRUE(GeoArea::polygon(star).contains({0, 8}, distance_m));
}

}  // namespace
}  // namespace larder::value
