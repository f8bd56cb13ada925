// Searching for points: GEOSEARCH, GEOSEARCHSTORE, and the older GEORADIUS commands.
#include <algorithm>
#include <vector>

#include "command/spec_check.h"
#include "families/families.h"
#include "families/geo.h"
#include "families/geo_request.h"
#include "families/sorted_sets.h"

namespace larder::families {
namespace {

using command::Args;
using command::Context;
using command::Group;
using command::KeySpec;
using command::Spec;
namespace category = command::category;
namespace flag = command::flag;
namespace key_flag = command::key_flag;
namespace keys = command::keys;

struct Found {
  std::string_view member;
  double score;
  value::GeoPoint point;
  double distance_m;
};

// The points of `set` inside the area, a range of scores after another. `members` keeps their
// names.
std::vector<Found> find_points(const value::SortedSetView& set, const GeoRequest& request,
                               MemberStore& members) {
  std::vector<Found> found;
  const auto enough = request.any ? request.count : SIZE_MAX;
  for (const auto& range : request.area->score_ranges()) {
    if (found.size() >= enough) break;
    set.for_each_while(set.range(range), [&](std::string_view member, double score) {
      Found here{member, score, value::geo_point(score), 0};
      if (request.area->contains(here.point, here.distance_m)) {
        if (!set.members_stay()) here.member = members.keep(member);
        found.push_back(here);
      }
      return found.size() < enough;
    });
  }
  return found;
}

// Puts the points in order and leaves out those beyond the count. With a count but no order the
// nearest are meant.
void arrange(std::vector<Found>& found, const GeoRequest& request) {
  using Order = GeoRequest::Order;
  auto order = request.order;
  if (order == Order::unsaid && request.count != 0 && !request.any) order = Order::nearest_first;
  if (order == Order::nearest_first) {
    std::stable_sort(found.begin(), found.end(),
                     [](const Found& a, const Found& b) { return a.distance_m < b.distance_m; });
  } else if (order == Order::farthest_first) {
    std::stable_sort(found.begin(), found.end(),
                     [](const Found& a, const Found& b) { return a.distance_m > b.distance_m; });
  }
  if (request.count != 0 && found.size() > request.count) found.resize(request.count);
}

void answer(Context& ctx, const std::vector<Found>& found, const GeoRequest& request) {
  ctx.reply.array(found.size());
  const auto extras = static_cast<std::size_t>(request.with_distance) +
                      static_cast<std::size_t>(request.with_hash) +
                      static_cast<std::size_t>(request.with_point);
  for (const auto& each : found) {
    if (extras != 0) ctx.reply.array(1 + extras);
    ctx.reply.bulk(each.member);
    if (request.with_distance) reply_distance(ctx, each.distance_m / request.unit_m);
    if (request.with_hash) ctx.reply.integer(static_cast<std::int64_t>(each.score));
    if (request.with_point) reply_point(ctx, each.point);
  }
}

void store(Context& ctx, const std::vector<Found>& found, const GeoRequest& request,
           std::string_view event) {
  std::vector<value::SortedElement> elements;
  elements.reserve(found.size());
  for (const auto& each : found) {
    const auto distance = each.distance_m / request.unit_m;
    elements.push_back({each.member, request.stores_distance ? distance : each.score});
  }
  std::sort(elements.begin(), elements.end());
  store_sorted_set(ctx, ctx.key(*request.store_at), elements, event);
  ctx.reply.integer(static_cast<std::int64_t>(elements.size()));
}

void search(Context& ctx, Args args, GeoForm form, bool stores) {
  const auto source = args[form == GeoForm::search_store ? 2 : 1];
  const auto entry = find_typed_for_read(ctx, ctx.key(source), keyspace::Type::sorted_set);
  if (!entry) return;
  const auto set = view_of(*entry);
  const auto request = read_geo_request(ctx, args, form, stores, *entry ? &set : nullptr);
  if (!request) return;
  MemberStore members;
  std::vector<Found> found;
  if (request->area) {
    found = find_points(set, *request, members);
    arrange(found, *request);
  }
  if (!request->store_at) return answer(ctx, found, *request);
  const bool is_search = form == GeoForm::search_store;
  store(ctx, found, *request, is_search ? "geosearchstore" : "georadiusstore");
}

void georadius(Context& ctx, Args args) { search(ctx, args, GeoForm::radius, true); }
void georadius_ro(Context& ctx, Args args) { search(ctx, args, GeoForm::radius, false); }
void georadiusbymember(Context& ctx, Args args) {
  search(ctx, args, GeoForm::radius_by_member, true);
}
void georadiusbymember_ro(Context& ctx, Args args) {
  search(ctx, args, GeoForm::radius_by_member, false);
}
void geosearch(Context& ctx, Args args) { search(ctx, args, GeoForm::search, false); }
void geosearchstore(Context& ctx, Args args) { search(ctx, args, GeoForm::search_store, true); }

constexpr std::string_view kComplexity =
    "O(N+log(M)) where N is the number of members in the grid's cells around the area and M the "
    "number inside it";

constexpr KeySpec stored_key(std::string_view keyword, int from) {
  return {.flags = key_flag::ow | key_flag::update,
          .begin = KeySpec::Begin::keyword,
          .index = static_cast<std::int16_t>(from),
          .keyword = keyword};
}

constexpr Spec radius_spec(std::string_view name, int from, std::string_view summary,
                           std::string_view arguments, command::Handler handler) {
  return {.name = name,
          .arity = static_cast<std::int16_t>(-from),
          .group = Group::geo,
          .since = "3.2.0",
          .flags = flag::write | flag::denyoom | flag::movablekeys,
          .categories = category::geo,
          .keys = keys::of(keys::range_spec(1, 0, 1, key_flag::ro | key_flag::access),
                           stored_key("STORE", from), stored_key("STOREDIST", from)),
          .complexity = kComplexity,
          .summary = summary,
          .arguments = arguments,
          .deprecated_since = "6.2.0",
          .replaced_by = "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument",
          .handler = handler};
}

constexpr Spec read_only_spec(std::string_view name, std::int16_t arity, std::string_view since,
                              std::string_view summary, std::string_view arguments,
                              command::Handler handler) {
  return {.name = name,
          .arity = arity,
          .group = Group::geo,
          .since = since,
          .flags = flag::readonly,
          .categories = category::geo,
          .keys = keys::at(1, key_flag::ro | key_flag::access),
          .complexity = kComplexity,
          .summary = summary,
          .arguments = arguments,
          .handler = handler};
}

constexpr Spec replaced(Spec spec) {
  spec.deprecated_since = "6.2.0";
  spec.replaced_by = "`GEOSEARCH` with the `BYRADIUS` argument";
  return spec;
}

constexpr Spec kSpecs[] = {
    radius_spec("georadius", 6,
                "Answers with the members within a radius of a position, or stores them.",
                "key longitude:double latitude:double radius:double <M|KM|FT|MI> [WITHCOORD] "
                "[WITHDIST] [WITHHASH] [COUNT count:integer [ANY]] [<ASC|DESC>] "
                "[<STORE storekey:key|STOREDIST storedistkey:key>]",
                georadius),
    replaced(read_only_spec("georadius_ro", -6, "3.2.10",
                            "Answers with the members within a radius of a position.",
                            "key longitude:double latitude:double radius:double <M|KM|FT|MI> "
                            "[WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count:integer [ANY]] "
                            "[<ASC|DESC>]",
                            georadius_ro)),
    radius_spec("georadiusbymember", 5,
                "Answers with the members within a radius of another one, or stores them.",
                "key member radius:double <M|KM|FT|MI> [WITHCOORD] [WITHDIST] [WITHHASH] "
                "[COUNT count:integer [ANY]] [<ASC|DESC>] "
                "[<STORE storekey:key|STOREDIST storedistkey:key>]",
                georadiusbymember),
    replaced(read_only_spec("georadiusbymember_ro", -5, "3.2.10",
                            "Answers with the members within a radius of another one.",
                            "key member radius:double <M|KM|FT|MI> [WITHCOORD] [WITHDIST] "
                            "[WITHHASH] [COUNT count:integer [ANY]] [<ASC|DESC>]",
                            georadiusbymember_ro)),
    read_only_spec(
        "geosearch", -7, "6.2.0", "Answers with the members inside a circle, a box or a polygon.",
        "key [<FROMMEMBER member|FROMLONLAT longitude:double latitude:double>] "
        "<BYRADIUS radius:double <M|KM|FT|MI>|BYBOX width:double height:double <M|KM|FT|MI>|"
        "BYPOLYGON num-vertices:integer (longitude:double latitude:double)+> [<ASC|DESC>] "
        "[COUNT count:integer [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]",
        geosearch),
    {.name = "geosearchstore",
     .arity = -8,
     .group = Group::geo,
     .since = "6.2.0",
     .flags = flag::write | flag::denyoom,
     .categories = category::geo,
     .keys = keys::of(keys::range_spec(1, 0, 1, key_flag::ow | key_flag::update),
                      keys::range_spec(2, 0, 1, key_flag::ro | key_flag::access)),
     .complexity = kComplexity,
     .summary = "Stores the members inside a circle, a box or a polygon under another key.",
     .arguments =
         "destination:key source:key "
         "[<FROMMEMBER member|FROMLONLAT longitude:double latitude:double>] "
         "<BYRADIUS radius:double <M|KM|FT|MI>|BYBOX width:double height:double <M|KM|FT|MI>|"
         "BYPOLYGON num-vertices:integer (longitude:double latitude:double)+> [<ASC|DESC>] "
         "[COUNT count:integer [ANY]] [STOREDIST]",
     .handler = geosearchstore},
};
static_assert(command::are_consistent(kSpecs));

}  // namespace

Specs geo_search() noexcept { return kSpecs; }

}  // namespace larder::families
