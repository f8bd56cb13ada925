#include "families/geo_request.h"

#include <fmt/format.h>

#include <vector>

#include "base/numbers.h"
#include "command/arguments.h"
#include "families/geo.h"

namespace larder::families {
namespace {

using command::ArgReader;
using command::Args;
using command::Context;
using value::GeoArea;
using value::GeoPoint;
namespace errors = command::errors;

// Reads from left to right. What is wrong is answered at once, and reading stops.
class Reading {
 public:
  Reading(Context& ctx, Args args, GeoForm form, bool stores, const value::SortedSetView* set)
      : ctx_(ctx), args_(args), reader_(args, 0), form_(form), stores_(stores), set_(set) {}

  std::optional<GeoRequest> read() {
    if (!read_beginning() || !read_options() || !is_complete()) return std::nullopt;
    make_area();
    return std::move(request_);
  }

 private:
  enum class Shape { none, circle, box, polygon };

  bool is_search() const { return form_ == GeoForm::search || form_ == GeoForm::search_store; }
  bool fail(std::string_view error) {
    ctx_.reply.error(error);
    return false;
  }

  bool read_beginning() {
    switch (form_) {
      case GeoForm::radius:
        reader_ = ArgReader(args_, 6);
        return read_center(args_[2], args_[3]) && read_circle(args_[4], args_[5]);
      case GeoForm::radius_by_member:
        reader_ = ArgReader(args_, 5);
        if (set_ == nullptr) return true;
        return read_center_of(args_[2]) && read_circle(args_[3], args_[4]);
      case GeoForm::search:
        reader_ = ArgReader(args_, 2);
        return true;
      case GeoForm::search_store:
        reader_ = ArgReader(args_, 3);
        request_.store_at = args_[1];
        return true;
    }
    return false;
  }

  bool read_options() {
    while (reader_.has_more()) {
      if (take_flag()) continue;
      if (has(1) && reader_.take("count")) {
        if (!read_count()) return false;
      } else if (!is_search() && stores_ && has(1) && reader_.take("store")) {
        request_.store_at = reader_.next();
        request_.stores_distance = false;
      } else if (!is_search() && stores_ && has(1) && reader_.take("storedist")) {
        request_.store_at = reader_.next();
        request_.stores_distance = true;
      } else if (!is_search() || !read_search_option()) {
        return has_failed_ ? false : fail(errors::kSyntax);
      }
    }
    return true;
  }

  bool has(std::size_t arguments) const { return reader_.remaining() > arguments; }

  bool take_flag() {
    if (reader_.take("withdist")) return request_.with_distance = true;
    if (reader_.take("withhash")) return request_.with_hash = true;
    if (reader_.take("withcoord")) return request_.with_point = true;
    if (reader_.take("any")) return request_.any = true;
    if (form_ == GeoForm::search_store && reader_.take("storedist")) {
      return request_.stores_distance = true;
    }
    using Order = GeoRequest::Order;
    const bool is_ascending = reader_.take("asc");
    if (!is_ascending && !reader_.take("desc")) return false;
    request_.order = is_ascending ? Order::nearest_first : Order::farthest_first;
    return true;
  }

  bool read_count() {
    const auto count = read_integer(ctx_, reader_.next());
    if (!count) return false;
    if (*count <= 0) return fail("ERR COUNT must be > 0");
    request_.count = static_cast<std::size_t>(*count);
    return true;
  }

  // FROMMEMBER, FROMLONLAT, BYRADIUS, BYBOX, BYPOLYGON. False where the next word is none of them,
  // or what follows is wrong, which has been answered.
  bool read_search_option() {
    const bool from_free = shape_ != Shape::polygon;
    if (has(1) && from_free && !from_point_ && reader_.take("frommember")) {
      from_member_ = true;
      const auto member = reader_.next();
      return set_ == nullptr || succeeds(read_center_of(member));
    }
    if (has(2) && from_free && !from_member_ && reader_.take("fromlonlat")) {
      from_point_ = true;
      const auto longitude = reader_.next();
      return succeeds(read_center(longitude, reader_.next()));
    }
    if (has(2) && may_be(Shape::circle) && reader_.take("byradius")) {
      const auto radius = reader_.next();
      return succeeds(read_circle(radius, reader_.next()));
    }
    if (has(3) && may_be(Shape::box) && reader_.take("bybox")) {
      const auto width = reader_.next();
      const auto height = reader_.next();
      return succeeds(read_box(width, height, reader_.next()));
    }
    const bool is_free = !from_member_ && !from_point_;
    if (has(1) && is_free && may_be(Shape::polygon) && reader_.take("bypolygon")) {
      return succeeds(read_polygon(reader_.next()));
    }
    return false;
  }
  bool may_be(Shape shape) const { return shape_ == Shape::none || shape_ == shape; }
  bool succeeds(bool is_read) {
    has_failed_ = !is_read;
    return is_read;
  }

  bool read_center(std::string_view longitude, std::string_view latitude) {
    const auto point = read_point(ctx_, longitude, latitude);
    if (point) center_ = *point;
    return point.has_value();
  }

  bool read_center_of(std::string_view member) {
    const auto score = set_->score(member);
    if (!score) return fail("ERR could not decode requested zset member");
    center_ = value::geo_point(*score);
    return true;
  }

  bool read_unit(std::string_view name) {
    const auto unit_m = read_unit_m(ctx_, name);
    if (unit_m) request_.unit_m = *unit_m;
    return unit_m.has_value();
  }

  bool read_circle(std::string_view radius, std::string_view unit) {
    const auto number = base::parse_double(radius);
    if (!number) return fail("ERR need numeric radius");
    if (*number < 0) return fail("ERR radius cannot be negative");
    shape_ = Shape::circle;
    radius_ = *number;
    return read_unit(unit);
  }

  bool read_box(std::string_view width, std::string_view height, std::string_view unit) {
    const auto wide = base::parse_double(width);
    if (!wide) return fail("ERR need numeric width");
    const auto high = base::parse_double(height);
    if (!high) return fail("ERR need numeric height");
    if (*wide < 0 || *high < 0) return fail("ERR height or width cannot be negative");
    shape_ = Shape::box;
    width_ = *wide;
    height_ = *high;
    return read_unit(unit);
  }

  bool read_polygon(std::string_view vertex_count) {
    const auto count = read_integer(ctx_, vertex_count);
    if (!count) return false;
    if (*count < 3 || static_cast<std::uint64_t>(*count) > reader_.remaining() / 2) {
      return fail("ERR GEOSEARCH BYPOLYGON must have at least 3 vertices");
    }
    shape_ = Shape::polygon;
    vertices_.clear();
    vertices_.reserve(static_cast<std::size_t>(*count));
    for (auto left = *count; left > 0; --left) {
      const auto longitude = reader_.next();
      const auto vertex = read_point(ctx_, longitude, reader_.next());
      if (!vertex) return false;
      vertices_.push_back(*vertex);
    }
    return true;
  }

  bool is_complete() {
    if (request_.store_at && request_.has_extras()) {
      return fail(
          form_ == GeoForm::search_store
              ? "ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD "
                "options"
              : "ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH "
                "and WITHCOORD options");
    }
    if (is_search() && !from_member_ && !from_point_ && shape_ != Shape::polygon) {
      return fail(fmt::format("ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for {}",
                              args_[0]));
    }
    if (is_search() && shape_ == Shape::none) {
      return fail(
          fmt::format("ERR exactly one of BYRADIUS and BYBOX can be specified for {}", args_[0]));
    }
    if (request_.any && request_.count == 0) {
      return fail("ERR the ANY argument requires COUNT argument");
    }
    return true;
  }

  void make_area() {
    if (set_ == nullptr) return;
    const auto unit_m = request_.unit_m;
    switch (shape_) {
      case Shape::circle:
        request_.area = GeoArea::circle(center_, radius_ * unit_m);
        break;
      case Shape::box:
        request_.area = GeoArea::box(center_, width_ * unit_m, height_ * unit_m);
        break;
      case Shape::polygon:
        request_.area = GeoArea::polygon(vertices_);
        break;
      case Shape::none:
        break;
    }
  }

  Context& ctx_;
  Args args_;
  ArgReader reader_;
  GeoForm form_;
  bool stores_;
  const value::SortedSetView* set_;
  GeoRequest request_;
  Shape shape_ = Shape::none;
  GeoPoint center_;
  double radius_ = 0;
  double width_ = 0;
  double height_ = 0;
  std::vector<GeoPoint> vertices_;
  bool from_member_ = false;
  bool from_point_ = false;
  bool has_failed_ = false;  // and was answered
};

}  // namespace

std::optional<GeoRequest> read_geo_request(Context& ctx, Args args, GeoForm form, bool stores,
                                           const value::SortedSetView* set) {
  return Reading(ctx, args, form, stores, set).read();
}

}  // namespace larder::families
