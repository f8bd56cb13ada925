// What the files of geo commands share.
#pragma once

#include <optional>
#include <string_view>

#include "command/context.h"
#include "value/geo.h"

namespace larder::families {

// A longitude and a latitude as clients write them; answers the error where they are none.
std::optional<value::GeoPoint> read_point(command::Context& ctx, std::string_view longitude,
                                          std::string_view latitude);

// The metres of a unit (m, km, ft, mi); answers the error where it is none.
std::optional<double> read_unit_m(command::Context& ctx, std::string_view name);

// Four digits after the point, in both protocols as text.
void reply_distance(command::Context& ctx, double distance);

// Longitude and latitude with all their digits.
void reply_point(command::Context& ctx, const value::GeoPoint& point);

}  // namespace larder::families
