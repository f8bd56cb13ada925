#include "value/set_algebra.h"

#include <algorithm>
#include <array>

namespace larder::value {
namespace {

// A set to look up in costs about this many times more to make than to look up in.
constexpr std::size_t kMakingCost = 4;

// Passes on those members of one set that every other set has, or that none has.
class Filter {
 public:
  Filter(std::span<const SetView> others, bool wanted, const base::KeyHasher& hasher,
         MemberVisitor visit) noexcept
      : others_(others), wanted_(wanted), hasher_(hasher), visit_(visit) {}

  // Returns whether to go on.
  bool pass(const SetView& set) {
    if (others_.empty()) return set.for_each(visit_);
    if (const auto* table = set.table()) {
      return table->for_each_while([&](const Element& element) {
        if (!set.is_live(element) || !passes(element.key)) return true;
        return visit_(SetKey::member(element.key));
      });
    }
    if (set.integers() == nullptr) {
      return set.for_each([&](const Item& item) { return !passes(item) || visit_(item); });
    }
    positions_.fill(0);
    return set.for_each([&](const Item& item) { return !passes_next(item) || visit_(item); });
  }

 private:
  static constexpr std::size_t kPositions = 8;

  bool passes(const Item& item) const {
    const SetMember member(item);
    return std::all_of(others_.begin(), others_.end(),
                       [&](const SetView& other) { return other.contains(member) == wanted_; });
  }

  // The same of a table's key, which can be looked up in other tables as it is.
  bool passes(std::string_view key) const {
    const auto hash = hasher_(key);
    return std::all_of(others_.begin(), others_.end(), [&](const SetView& other) {
      return (other.is_table() ? other.contains(key, hash)
                               : other.contains(SetMember(SetKey::member(key)))) == wanted_;
    });
  }

  // The same of integers that come in ascending order: other integers are gone through beside them.
  bool passes_next(const Item& item) {
    for (std::size_t i = 0; i < others_.size(); ++i) {
      const auto* run = others_[i].integers();
      bool is_there = false;
      if (run != nullptr && i < kPositions) {
        const auto at = run->lower_bound_from(positions_[i], item.integer);
        positions_[i] = at;
        is_there = at != run->size() && (*run)[at] == item.integer;
      } else {
        is_there = others_[i].contains(SetMember(item.integer));
      }
      if (is_there != wanted_) return false;
    }
    return true;
  }

  std::span<const SetView> others_;
  bool wanted_;
  const base::KeyHasher& hasher_;
  MemberVisitor visit_;
  std::array<std::size_t, kPositions> positions_{};
};

bool is_smaller(const SetView& a, const SetView& b) noexcept { return a.size() < b.size(); }
bool is_larger(const SetView& a, const SetView& b) noexcept { return a.size() > b.size(); }

std::size_t total_size(std::span<const SetView> sets) noexcept {
  std::size_t total = 0;
  for (const auto& set : sets) total += set.size();
  return total;
}

void unite_by_gathering(std::span<const SetView> sets, const base::KeyHasher& hasher,
                        MemberVisitor visit) {
  FreeCell cell;
  const SetOptions options{.integers_max = 0, .hasher = hasher};
  Set seen(cell, options);
  for (const auto& set : sets) {
    const bool goes_on =
        set.for_each([&](const Item& item) { return !seen.add(SetMember(item)) || visit(item); });
    if (!goes_on) return;
  }
}

}  // namespace

void intersect(std::span<SetView> sets, const base::KeyHasher& hasher, MemberVisitor visit) {
  std::sort(sets.begin(), sets.end(), is_smaller);
  Filter(sets.subspan(1), true, hasher, visit).pass(sets.front());
}

void unite(std::span<SetView> sets, const base::KeyHasher& hasher, MemberVisitor visit) {
  std::sort(sets.begin(), sets.end(), is_larger);
  while (sets.size() > 1 && sets.back().size() == 0) sets = sets.first(sets.size() - 1);
  if (sets.size() > kMakingCost) return unite_by_gathering(sets, hasher, visit);
  for (std::size_t i = 0; i < sets.size(); ++i) {
    if (!Filter(sets.first(i), false, hasher, visit).pass(sets[i])) return;
  }
}

void subtract(std::span<SetView> sets, const base::KeyHasher& hasher, MemberVisitor visit) {
  const auto& first = sets.front();
  auto others = sets.subspan(1);
  // What the largest sets have is found soonest.
  std::sort(others.begin(), others.end(), is_larger);
  while (!others.empty() && others.back().size() == 0) others = others.first(others.size() - 1);
  const bool gathers =
      others.size() > 1 && total_size(others) * kMakingCost < first.size() * (others.size() - 1);
  if (!gathers) {
    Filter(others, false, hasher, visit).pass(first);
    return;
  }
  FreeCell cell;
  const SetOptions options{.integers_max = 0, .hasher = hasher};
  Set gathered(cell, options);
  for (const auto& other : others) {
    other.for_each([&](const Item& item) {
      gathered.add(SetMember(item));
      return true;
    });
  }
  const std::array<SetView, 1> all = {gathered.view()};
  Filter(all, false, hasher, visit).pass(first);
}

}  // namespace larder::value
