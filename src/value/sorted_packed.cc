#include "value/sorted_packed.h"

namespace larder::value {

bool PackedSortedSet::find(const EncodedItem& member, Place& place) const noexcept {
  bool found = false;
  walk([&](const Place& here) {
    found = member.equals(bytes_.data() + here.member);
    if (found) place = here;
    return !found;
  });
  return found;
}

PackedSortedSet::Place PackedSortedSet::place_for(double score,
                                                  std::string_view member) const noexcept {
  Place place{size(), bytes_.size(), 0, 0};
  base::IntegerText scratch;
  walk([&](const Place& here) {
    const auto other = this->score(here);
    if (other < score || (other == score && this->member(here, scratch) < member)) return true;
    place = here;
    return false;
  });
  return place;
}

std::size_t PackedSortedSet::offset_of(std::size_t rank) const noexcept {
  auto offset = bytes_.size();
  walk([&](const Place& here) {
    if (here.rank != rank) return true;
    offset = here.at;
    return false;
  });
  return offset;
}

RankRange PackedSortedSet::range(const ScoreRange& range) const noexcept {
  RankRange found;
  walk([&](const Place& here) {
    const auto score = this->score(here);
    if (range.is_before(score)) return true;
    if (range.is_behind(score)) return false;
    if (found.count++ == 0) found.first = here.rank;
    return true;
  });
  return found;
}

// Where scores differ, the order by member has no meaning; then this is what a walk from the front
// finds: from the first member not before the range to the last before one behind it.
RankRange PackedSortedSet::range(const MemberRange& range) const noexcept {
  RankRange found;
  base::IntegerText scratch;
  walk([&](const Place& here) {
    const auto member = this->member(here, scratch);
    if (found.count == 0 && range.min.is_above(member)) return true;
    if (range.max.is_below(member)) return false;
    if (found.count++ == 0) found.first = here.rank;
    return true;
  });
  return found;
}

}  // namespace larder::value
