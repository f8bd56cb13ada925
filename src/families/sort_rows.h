// The elements that SORT works on, and putting them in order: by numbers or by texts, of the
// elements themselves or of what a pattern names for them.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "command/context.h"
#include "families/sort_patterns.h"
#include "value/item.h"

namespace larder::families {

struct SortRule {
  std::optional<SortPattern> by;  // nothing: the elements themselves
  bool alpha = false;             // as texts
  bool collates = false;          // those in the order of the process's locale
  bool descending = false;
};

class SortRows {
 public:
  // Takes the elements of `entry` as they come; valid while its value is unchanged.
  void take(const keyspace::EntryRef& entry, base::UnixMs now);
  // Only those from `first` on, backwards where told. Not of sets.
  void take(const keyspace::EntryRef& entry, std::size_t first, std::size_t count, bool reverse);

  std::size_t size() const noexcept { return rows_.size(); }

  // Orders them so far that those from `first` on, `count` of them, are where they belong. False
  // where one is no number that had to be.
  bool sort(command::Context& ctx, const SortRule& rule, std::size_t first, std::size_t count);

  // Drops all but those.
  void keep(std::size_t first, std::size_t count);

  std::span<const value::Item> all() const noexcept { return rows_; }

 private:
  // What is compared first: numbers, or the first bytes of texts, as unsigned numbers in that
  // order.
  struct Key {
    std::uint64_t order;
    std::uint32_t row;
  };

  void add(const value::Item& item, bool copies);
  void add_text(std::string_view text, const SortRule& rule);
  bool weigh(command::Context& ctx, const SortRule& rule);
  bool weigh_elements(const SortRule& rule);
  bool weigh_values(command::Context& ctx, const SortRule& rule);
  int compare_rows(std::uint32_t a, std::uint32_t b) const noexcept;

  std::vector<value::Item> rows_;
  std::vector<Key> keys_;
  // Where others than those of the elements themselves are compared; null: absent.
  std::vector<std::string_view> texts_;
  std::deque<std::string> copies_;
};

}  // namespace larder::families
