// A search for points: what GEOSEARCH and the older commands ask for.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "command/context.h"
#include "families/sorted_sets.h"
#include "value/geo.h"

namespace larder::families {

// How a command's arguments begin, and what may follow.
enum class GeoForm : std::uint8_t {
  radius,            // GEORADIUS key longitude latitude radius unit
  radius_by_member,  // GEORADIUSBYMEMBER key member radius unit
  search,            // GEOSEARCH key
  search_store,      // GEOSEARCHSTORE destination source
};

struct GeoRequest {
  enum class Order : std::uint8_t { unsaid, nearest_first, farthest_first };

  std::optional<value::GeoArea> area;  // none where the source, which the centre lies in, is absent
  double unit_m = 1;
  bool with_distance = false;
  bool with_hash = false;
  bool with_point = false;
  Order order = Order::unsaid;
  std::size_t count = 0;  // 0: all
  bool any = false;
  std::optional<std::string_view> store_at;
  bool stores_distance = false;

  bool has_extras() const noexcept { return with_distance || with_hash || with_point; }
};

// Answers the error and returns nothing where the arguments are wrong. `set` is the source;
// `stores`: STORE and STOREDIST may be said.
std::optional<GeoRequest> read_geo_request(command::Context& ctx, command::Args args, GeoForm form,
                                           bool stores, const value::SortedSetView* set);

}  // namespace larder::families
