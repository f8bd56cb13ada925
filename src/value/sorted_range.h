// What ranges of sorted sets are told by: ranks, scores, or members where all scores are equal.
#pragma once

#include <cstddef>
#include <string_view>

namespace larder::value {

struct SortedElement {
  std::string_view member;
  double score;

  friend bool operator<(const SortedElement& a, const SortedElement& b) noexcept {
    return a.score < b.score || (a.score == b.score && a.member < b.member);
  }
};

struct ScoreRange {
  double min;
  double max;
  bool excludes_min = false;
  bool excludes_max = false;

  bool is_before(double score) const noexcept { return excludes_min ? score <= min : score < min; }
  bool is_behind(double score) const noexcept { return excludes_max ? score >= max : score > max; }
  bool is_empty() const noexcept {
    return !(min <= max) || (min == max && (excludes_min || excludes_max));
  }
};

struct MemberBound {
  enum class Kind { lowest, highest, inclusive, exclusive };
  Kind kind;
  std::string_view member = {};

  bool is_above(std::string_view other) const noexcept {  // what this bound as a minimum leaves out
    if (kind == Kind::lowest) return false;
    if (kind == Kind::highest) return true;
    return kind == Kind::exclusive ? other <= member : other < member;
  }
  bool is_below(std::string_view other) const noexcept {  // the same as a maximum
    if (kind == Kind::highest) return false;
    if (kind == Kind::lowest) return true;
    return kind == Kind::exclusive ? other >= member : other > member;
  }
};

struct MemberRange {
  MemberBound min;
  MemberBound max;

  bool is_empty() const noexcept {
    using Kind = MemberBound::Kind;
    if (min.kind == Kind::highest || max.kind == Kind::lowest) return true;
    if (min.kind == Kind::lowest || max.kind == Kind::highest) return false;
    const bool is_open = min.kind == Kind::exclusive || max.kind == Kind::exclusive;
    return min.member > max.member || (min.member == max.member && is_open);
  }
};

// Elements from rank `first` on.
struct RankRange {
  std::size_t first = 0;
  std::size_t count = 0;
};

}  // namespace larder::value
