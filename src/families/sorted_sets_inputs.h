// What the algebra of sorted sets works on: its inputs, and the elements of its result by member.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "families/sets.h"
#include "families/sorted_sets.h"

namespace larder::families {

// A weight of 0 times infinity, or two opposite infinities, count as 0.
inline double zero_for_nan(double number) noexcept { return std::isnan(number) ? 0 : number; }

// An input: a sorted set, or a set, whose members count with the score 1. Valid until its key
// changes.
class SortedInput {
 public:
  explicit SortedInput(value::SortedSetView sorted) noexcept : sorted_(sorted) {}
  explicit SortedInput(value::SetView set) noexcept : set_(set), is_set_(true) {}

  std::size_t size() const noexcept { return is_set_ ? set_.size() : sorted_.size(); }
  std::optional<double> score(std::string_view member) const {
    if (!is_set_) return sorted_.score(member);
    return set_.contains(value::SetMember(member)) ? std::optional(1.0) : std::nullopt;
  }
  // Whether the members that for_each() visits outlive the visit.
  bool members_stay() const noexcept { return !is_set_ && sorted_.members_stay(); }

  // Visits all members with their scores until `visit` returns false.
  template <class Visit>
  void for_each(Visit visit) const {
    if (!is_set_) return sorted_.for_each_while(visit);
    base::IntegerText scratch;
    set_.for_each([&](const value::Item& item) { return visit(item.text(scratch), 1.0); });
  }

  double weight = 1;

 private:
  value::SortedSetView sorted_{{}, nullptr};
  value::SetView set_;
  bool is_set_ = false;
};

// The input under a key, an empty one where there is none; nullopt where the key is of another
// type, which has been answered.
std::optional<SortedInput> find_input(command::Context& ctx, std::string_view name);

// Finds the elements of a result by member while it is made: a table of their indexes with a part
// of their hash, open addressing.
class ResultIndex {
 public:
  // Of up to `elements`; 0 where members need not be found.
  ResultIndex(ElementBuffer& result, std::size_t elements);

  // The element of `member`, or null where it was added now. `is_new`: it is known not to be there.
  value::SortedElement* find_or_add(std::string_view member, double score, bool stays, bool is_new);

 private:
  ElementBuffer& result_;
  base::KeyHasher hasher_;
  std::size_t mask_ = 0;
  std::vector<std::uint64_t> slots_;  // hash and index + 1; 0 where empty
};

}  // namespace larder::families
