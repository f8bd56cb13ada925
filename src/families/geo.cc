// Members of sorted sets as points on the earth: GEOADD, GEODIST, GEOHASH, GEOPOS.
#include "families/geo.h"

#include <fmt/format.h>

#include <vector>

#include "base/numbers.h"
#include "command/spec_check.h"
#include "families/families.h"
#include "families/sorted_sets.h"

namespace larder::families {

std::optional<value::GeoPoint> read_point(command::Context& ctx, std::string_view longitude,
                                          std::string_view latitude) {
  const auto x = base::parse_double(longitude);
  const auto y = x ? base::parse_double(latitude) : std::nullopt;
  if (!y) {
    ctx.reply.error(command::errors::kNotFloat);
    return std::nullopt;
  }
  const value::GeoPoint point{*x, *y};
  if (point.is_valid()) return point;
  ctx.reply.error(fmt::format("ERR invalid longitude,latitude pair {:f},{:f}", *x, *y));
  return std::nullopt;
}

std::optional<double> read_unit_m(command::Context& ctx, std::string_view name) {
  static constexpr struct {
    std::string_view name;
    double metres;
  } kUnits[] = {{"m", 1}, {"km", 1000}, {"ft", 0.3048}, {"mi", 1609.34}};
  for (const auto& unit : kUnits) {
    if (base::equal_ignoring_case(name, unit.name)) return unit.metres;
  }
  ctx.reply.error("ERR unsupported unit provided. please use M, KM, FT, MI");
  return std::nullopt;
}

void reply_distance(command::Context& ctx, double distance) {
  ctx.reply.bulk(fmt::format("{:.4f}", distance));
}

void reply_point(command::Context& ctx, const value::GeoPoint& point) {
  ctx.reply.array(2);
  for (const auto degrees : {point.longitude, point.latitude}) {
    const auto text = base::human_long_double(degrees);
    ctx.reply.is_resp3() ? ctx.reply.raw(fmt::format(",{}\r\n", text)) : ctx.reply.bulk(text);
  }
}

namespace {

using command::Args;
using command::Context;
using command::Group;
using command::Spec;
namespace category = command::category;
namespace errors = command::errors;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

void geoadd(Context& ctx, Args args) {
  AddOptions options;
  auto& rule = options.rule;
  std::size_t at = 2;
  for (; at < args.size(); ++at) {
    const auto is = [&](std::string_view name) {
      return base::equal_ignoring_case(args[at], name);
    };
    if (is("nx")) {
      rule.only_new = true;
    } else if (is("xx")) {
      rule.only_existing = true;
    } else if (is("ch")) {
      options.counts_changed = true;
    } else {
      break;
    }
  }
  const auto triples = args.subspan(at);
  if (triples.empty() || triples.size() % 3 != 0 || (rule.only_new && rule.only_existing)) {
    return ctx.reply.error(errors::kSyntax);
  }
  std::vector<value::SortedElement> elements;
  elements.reserve(triples.size() / 3);
  for (std::size_t i = 0; i < triples.size(); i += 3) {
    const auto point = read_point(ctx, triples[i], triples[i + 1]);
    if (!point) return;
    elements.push_back({triples[i + 2], value::geo_score(*point)});
  }
  add_elements(ctx, args[1], elements, options);
}

void geodist(Context& ctx, Args args) {
  if (args.size() > 5) return ctx.reply.error(errors::kSyntax);
  const auto unit_m = args.size() == 5 ? read_unit_m(ctx, args[4]) : 1;
  if (!unit_m) return;
  const auto set = read_sorted_set(ctx, args[1]);
  if (!set) return;
  const auto one = set->score(args[2]);
  const auto other = set->score(args[3]);
  if (!one || !other) return ctx.reply.null();
  reply_distance(ctx,
                 value::geo_distance_m(value::geo_point(*one), value::geo_point(*other)) / *unit_m);
}

void geohash(Context& ctx, Args args) {
  const auto set = read_sorted_set(ctx, args[1]);
  if (!set) return;
  const auto members = args.subspan(2);
  ctx.reply.array(members.size());
  for (const auto member : members) {
    const auto score = set->score(member);
    if (score) {
      const auto text = value::geohash_text(value::geo_point(*score));
      ctx.reply.bulk({text.data(), text.size()});
    } else {
      ctx.reply.null();
    }
  }
}

void geopos(Context& ctx, Args args) {
  const auto set = read_sorted_set(ctx, args[1]);
  if (!set) return;
  const auto members = args.subspan(2);
  ctx.reply.array(members.size());
  for (const auto member : members) {
    const auto score = set->score(member);
    score ? reply_point(ctx, value::geo_point(*score)) : ctx.reply.null_array();
  }
}

constexpr Spec read_spec(std::string_view name, std::int16_t arity, std::string_view complexity,
                         std::string_view summary, std::string_view arguments,
                         command::Handler handler) {
  return {.name = name,
          .arity = arity,
          .group = Group::geo,
          .since = "3.2.0",
          .flags = flag::readonly,
          .categories = category::geo,
          .keys = keys::at(1, key_flag::ro | key_flag::access),
          .complexity = complexity,
          .summary = summary,
          .arguments = arguments,
          .handler = handler};
}

constexpr Spec kSpecs[] = {
    {.name = "geoadd",
     .arity = -5,
     .group = Group::geo,
     .since = "3.2.0",
     .flags = flag::write | flag::denyoom,
     .categories = category::geo,
     .keys = keys::at(1, key_flag::rw | key_flag::update),
     .complexity = "O(log(N)) for each member added, where N is the size of the set",
     .summary = "Adds members at positions, which their scores tell, or moves them.",
     .arguments = "key [<NX|XX>] [CH] (longitude:double latitude:double member)+",
     .handler = geoadd},
    read_spec("geodist", -4, "O(1)", "Answers with the distance between two members.",
              "key member1 member2 [<M|KM|FT|MI>]", geodist),
    read_spec("geohash", -2, "O(N) where N is the number of members named",
              "Answers with the geohashes of members, as other systems know them.",
              "key [(member)+]", geohash),
    read_spec("geopos", -2, "O(N) where N is the number of members named",
              "Answers with the longitudes and latitudes of members.", "key [(member)+]", geopos),
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs geo() noexcept { return kSpecs; }

}  // namespace larder::families
