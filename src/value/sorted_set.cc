#include "value/sorted_set.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace larder::value {

SortedSetObject::SortedSetObject() : tree(base::secure_random_u64()) {}

std::unique_ptr<Object> SortedSetObject::clone() const {
  return std::make_unique<SortedSetObject>(*this);
}

std::size_t SortedSetObject::memory_bytes() const noexcept {
  return sizeof *this + tree.memory_bytes() + deadlines.memory_bytes();
}

// --- reading -------------------------------------------------------------------------------------

SortedTree::Position SortedSetView::find_live(std::string_view member) const {
  const auto position = object_->tree.find(member);
  if (position.leaf == nullptr || object_->is_expired(member, now_)) return {nullptr, 0};
  return position;
}

std::optional<double> SortedSetView::score(std::string_view member) const {
  if (object_ != nullptr) {
    const auto position = find_live(member);
    if (position.leaf == nullptr) return std::nullopt;
    return position.score();
  }
  PackedSortedSet::Place place;
  if (!packed_.find(EncodedItem(member), place)) return std::nullopt;
  return packed_.score(place);
}

std::optional<SortedSetView::Ranked> SortedSetView::rank(std::string_view member) const {
  if (object_ != nullptr) {
    const auto position = find_live(member);
    if (position.leaf == nullptr) return std::nullopt;
    return Ranked{object_->tree.rank_of(position), position.score()};
  }
  PackedSortedSet::Place place;
  if (!packed_.find(EncodedItem(member), place)) return std::nullopt;
  return Ranked{place.rank, packed_.score(place)};
}

RankRange SortedSetView::range(const ScoreRange& range) const {
  if (range.is_empty()) return {};
  if (object_ == nullptr) return packed_.range(range);
  const auto& tree = object_->tree;
  const auto first = tree.rank_of(tree.first_by_score(range.min, range.excludes_min));
  const auto end = tree.rank_of(tree.first_by_score(range.max, !range.excludes_max));
  return {first, end - first};
}

RankRange SortedSetView::range(const MemberRange& range) const {
  using Kind = MemberBound::Kind;
  if (range.is_empty()) return {};
  if (object_ == nullptr) return packed_.range(range);
  const auto& tree = object_->tree;
  const auto rank = [&](const MemberBound& bound, bool above) {
    return tree.rank_of(tree.first_by_member(bound.member, above));
  };
  const auto first =
      range.min.kind == Kind::lowest ? 0 : rank(range.min, range.min.kind == Kind::exclusive);
  const auto end = range.max.kind == Kind::highest
                       ? tree.size()
                       : rank(range.max, range.max.kind == Kind::inclusive);
  return {first, end > first ? end - first : 0};  // scores may differ
}

template <class Visit>
void SortedSetView::walk(RankRange range, Visit visit) const {
  if (object_ == nullptr) {
    base::IntegerText scratch;
    packed_.walk([&](const PackedSortedSet::Place& place) {
      if (place.rank < range.first) return true;
      if (place.rank - range.first >= range.count) return false;
      return visit(packed_.member(place, scratch), packed_.score(place));
    });
    return;
  }
  const auto& tree = object_->tree;
  if (range.first >= tree.size()) return;
  auto left = std::min(range.count, tree.size() - range.first);
  auto [leaf, index] = tree.at_rank(range.first);
  while (true) {
    const auto end = static_cast<unsigned>(std::min<std::size_t>(leaf->count(), index + left));
    left -= end - index;
    for (; index < end; ++index) {
      if (!visit(leaf->member(index), leaf->score(index))) return;
    }
    if (left == 0) return;
    leaf = tree.leaf_after(*leaf);
    index = 0;
  }
}

void SortedSetView::for_each(RankRange range, Visitor visit) const {
  walk(range, [&](std::string_view member, double score) {
    visit(member, score);
    return true;
  });
}

void SortedSetView::for_each_while(RankRange range, Chooser visit) const {
  walk(range, [&](std::string_view member, double score) { return visit(member, score); });
}

void SortedSetView::for_each_reverse(RankRange range, Visitor visit) const {
  if (range.first >= size() || range.count == 0) return;
  auto left = std::min(range.count, size() - range.first);
  if (object_ == nullptr) {
    PackedSortedSet::Place places[PackedSortedSet::kElementsMax];
    std::size_t count = 0;
    packed_.walk([&](const PackedSortedSet::Place& place) {
      if (place.rank >= range.first && count < left) places[count++] = place;
      return count < left;
    });
    base::IntegerText scratch;
    while (count-- != 0)
      visit(packed_.member(places[count], scratch), packed_.score(places[count]));
    return;
  }
  const auto& tree = object_->tree;
  auto position = tree.at_rank(range.first + left - 1);
  while (true) {
    visit(position.member(), position.score());
    if (--left == 0) return;
    position = tree.previous(position);
  }
}

std::uint64_t SortedSetView::scan(std::uint64_t cursor, std::size_t count, Visitor visit) const {
  if (object_ != nullptr) return object_->tree.scan(cursor, count, visit);
  for_each(visit);
  return 0;
}

// --- changing ------------------------------------------------------------------------------------

namespace {

using Outcome = SortedSet::Outcome;

// Redis's listpacks know no negative zero.
double kept_score(double score, bool flag) noexcept { return flag ? score : score + 0.0; }

// What `rule` makes of a member that is there with the score `old`.
SortedSet::Result decide(double old, double score, const SortedSet::Rule& rule) noexcept {
  if (rule.only_new) return {Outcome::refused, old};
  if (rule.increments) {
    score += old;
    if (std::isnan(score)) return {Outcome::not_a_number, old};
  }
  if ((rule.only_greater && score <= old) || (rule.only_less && score >= old)) {
    return {Outcome::refused, old};
  }
  return {score == old ? Outcome::same : Outcome::updated, score};
}

}  // namespace

SortedSet::Result SortedSet::add(std::string_view member, double score, Rule rule) {
  return object() != nullptr ? add_large(member, score, rule) : add_packed(member, score, rule);
}

SortedSet::Result SortedSet::add_large(std::string_view member, double score, Rule rule) {
  auto& tree = object()->tree;
  const auto position = tree.find(member);
  const bool is_expired = object()->is_expired(member, now_);
  if (position.leaf == nullptr || is_expired) {
    if (rule.only_existing) return {Outcome::refused, score};
    if (is_expired) erase_large(position, member);  // with its deadline
    if (outgrows(tree.size() + 1, member.size())) object()->flag = true;
    tree.insert(member, kept_score(score, object()->flag));
    return {Outcome::added, score};
  }
  const auto result = decide(position.score(), score, rule);
  if (result.outcome == Outcome::updated) {
    tree.set_score(position, kept_score(result.score, object()->flag));
  }
  return result;
}

SortedSet::Result SortedSet::add_packed(std::string_view member, double score, Rule rule) {
  const PackedSortedSet packed(cell_.packed());
  const EncodedItem item(member);
  PackedSortedSet::Place place;
  if (packed.find(item, place)) {
    const auto result = decide(packed.score(place), score, rule);
    if (result.outcome == Outcome::updated) move_packed(place, member, item, result.score);
    return result;
  }
  if (rule.only_existing) return {Outcome::refused, score};
  insert_packed(member, item, score);
  return {Outcome::added, score};
}

void SortedSet::set_packed_header(std::size_t count, bool flag) noexcept {
  PackedSortedSet::write_header(cell_.packed_bytes(), {static_cast<std::uint16_t>(count), flag});
}

void SortedSet::insert_packed(std::string_view member, const EncodedItem& item, double score) {
  const PackedSortedSet packed(cell_.packed());
  const auto header = packed.header();
  const bool flag = header.flag || outgrows(header.count + 1U, member.size());
  score = kept_score(score, flag);
  const EncodedItem number(score);
  const auto head_bytes = cell_.packed().empty() ? PackedSortedSet::kHeaderBytes : 0;
  const auto added = head_bytes + number.size() + item.size();
  if (!Cell::has_room_for(cell_.packed().size() + added)) {
    become_large();
    object()->tree.insert(member, score);
    object()->flag = flag;
    return;
  }
  const auto place = packed.place_for(score, member);
  auto* at = cell_.splice(place.at, 0, added) + head_bytes;
  item.write(number.write(at));
  set_packed_header(header.count + 1U, flag);
}

// Gives the element at `from` its new score, and moves it to where it then belongs.
void SortedSet::move_packed(PackedSortedSet::Place from, std::string_view member,
                            const EncodedItem& item, double score) {
  const PackedSortedSet packed(cell_.packed());
  const auto flag = packed.header().flag;
  score = kept_score(score, flag);
  const EncodedItem number(score);
  const auto to = packed.place_for(score, member);
  const bool stays = to.rank == from.rank || to.rank == from.rank + 1;
  if (stays && number.size() == from.member - from.at) {
    number.write(cell_.packed_bytes() + from.at);
    return;
  }
  if (number.size() + item.size() == from.end - from.at) {
    auto* const bytes = cell_.packed_bytes();
    const auto size = from.end - from.at;
    auto at = to.at;
    if (to.at > from.at) {
      at -= size;
      std::memmove(bytes + from.at, bytes + from.end, to.at - from.end);
    } else {
      std::memmove(bytes + to.at + size, bytes + to.at, from.at - to.at);
    }
    item.write(number.write(bytes + at));
    return;
  }
  erase_packed(from.rank, 1);
  insert_packed(member, item, score);
  if (object() != nullptr) {
    object()->flag = flag;
  } else {
    set_packed_header(view().size(), flag);  // no element is new
  }
}

void SortedSet::become_large() {
  auto fresh = std::make_unique<SortedSetObject>();
  view().for_each(
      [&](std::string_view member, double score) { fresh->tree.append(member, score); });
  fresh->flag = PackedSortedSet(cell_.packed()).header().flag;
  cell_.become(std::move(fresh));
}

void SortedSet::expect(std::size_t elements, std::size_t member_bytes) {
  if (!outgrows(elements, member_bytes) || !cell_.packed().empty() || object() != nullptr) return;
  cell_.splice(0, 0, PackedSortedSet::kHeaderBytes);
  set_packed_header(0, true);
}

void SortedSet::erase_large(SortedTree::Position position, std::string_view member) {
  if (!object()->deadlines.is_empty()) {
    watched([&](MemberDeadlines& deadlines) { deadlines.forget(member); });
  }
  object()->tree.erase(position);
}

bool SortedSet::erase(std::string_view member) {
  if (object() != nullptr) {
    const auto position = object()->tree.find(member);
    if (position.leaf == nullptr || object()->is_expired(member, now_)) return false;
    erase_large(position, member);
    return true;
  }
  PackedSortedSet::Place place;
  if (!PackedSortedSet(cell_.packed()).find(EncodedItem(member), place)) return false;
  erase_packed(place.rank, 1);
  return true;
}

void SortedSet::erase(RankRange range) {
  const auto total = size();
  if (range.first >= total || range.count == 0) return;
  const auto count = std::min(range.count, total - range.first);
  if (object() == nullptr) return erase_packed(range.first, count);
  if (!object()->deadlines.is_empty()) {
    watched([&](MemberDeadlines& deadlines) {
      view().for_each(range, [&](std::string_view member, double) { deadlines.forget(member); });
    });
  }
  object()->tree.erase_range(range.first, count);
}

// --- deadlines -----------------------------------------------------------------------------------

template <class Change>
void SortedSet::watched(Change change) {
  auto& deadlines = object()->deadlines;
  const auto before = deadlines.next();
  change(deadlines);
  const auto after = deadlines.next();
  if (before != after) cell_.next_deadline_moved(before, after);
}

void SortedSet::set_deadline(std::string_view member, base::UnixMs deadline) {
  if (object() == nullptr) {
    if (deadline == kNoDeadline) return;
    become_large();
  }
  if (deadline != kNoDeadline) object()->flag = true;
  watched([&](MemberDeadlines& deadlines) { deadlines.set(member, deadline); });
}

std::size_t SortedSet::expire(base::UnixMs now, std::size_t steps_max,
                              MemberDeadlines::Visitor before) {
  if (object() == nullptr) return 0;
  std::size_t removed = 0;
  watched([&](MemberDeadlines& deadlines) {
    auto& tree = object()->tree;
    removed = deadlines.take_due(now, steps_max, [&](std::string_view member) {
      before(member);
      tree.erase(tree.find(member));
    });
  });
  return removed;
}

// --- making --------------------------------------------------------------------------------------

void SortedSet::erase_packed(std::size_t rank, std::size_t count) {
  const PackedSortedSet packed(cell_.packed());
  const auto header = packed.header();
  const auto from = packed.offset_of(rank);
  const auto to = packed.offset_of(rank + count);
  cell_.splice(from, to - from, 0);
  set_packed_header(header.count - count, header.flag);
}

FreeCell SortedSet::make(std::span<const SortedElement> elements, Limits limits) {
  FreeCell cell;
  std::size_t member_bytes = 0;
  for (const auto& element : elements) {
    member_bytes = std::max(member_bytes, element.member.size());
  }
  const bool flag = SortedSet(cell, limits).outgrows(elements.size(), member_bytes);
  auto bytes = PackedSortedSet::kHeaderBytes;
  for (const auto& [member, score] : elements) {
    bytes += EncodedItem(kept_score(score, flag)).size() + EncodedItem(member).size();
    if (!Cell::has_room_for(bytes)) break;
  }
  if (Cell::has_room_for(bytes)) {
    auto* at = cell.splice(0, 0, bytes);
    PackedSortedSet::write_header(at, {static_cast<std::uint16_t>(elements.size()), flag});
    at += PackedSortedSet::kHeaderBytes;
    for (const auto& [member, score] : elements) {
      at = EncodedItem(member).write(EncodedItem(kept_score(score, flag)).write(at));
    }
    return cell;
  }
  auto object = std::make_unique<SortedSetObject>();
  object->flag = flag;
  object->tree.reserve(elements.size());
  for (const auto& [member, score] : elements) object->tree.append(member, kept_score(score, flag));
  cell.become(std::move(object));
  return cell;
}

}  // namespace larder::value
