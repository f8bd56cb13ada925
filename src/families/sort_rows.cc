#include "families/sort_rows.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "base/collation.h"
#include "base/numbers.h"
#include "families/elements.h"

namespace larder::families {
namespace {

std::uint64_t order_of(double number) noexcept {
  constexpr auto kSign = std::uint64_t{1} << 63;
  const auto bits = std::bit_cast<std::uint64_t>(number == 0 ? 0.0 : number);
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}

std::uint64_t order_of(std::string_view text) noexcept {
  std::uint64_t first_bytes = 0;
  if (!text.empty())
    std::memcpy(&first_bytes, text.data(), std::min(text.size(), sizeof first_bytes));
  return __builtin_bswap64(first_bytes);
}

// As strtod reads it: with spaces before, up to a zero byte, nothing as 0.
std::optional<double> read_leniently(const std::string& text) noexcept {
  char* end = nullptr;
  errno = 0;
  const double number = std::strtod(text.c_str(), &end);
  if (*end != '\0' || errno == ERANGE || std::isnan(number)) return std::nullopt;
  return number;
}

std::optional<double> read_number(std::string_view text) {
  if (const auto number = base::parse_double(text)) return number;
  return read_leniently(std::string(text));
}

// An absent text comes before the empty one.
int compare(std::string_view a, std::string_view b) noexcept {
  if (a.data() == nullptr || b.data() == nullptr) {
    return static_cast<int>(a.data() != nullptr) - static_cast<int>(b.data() != nullptr);
  }
  return a.compare(b);
}

int compare(const value::Item& a, const value::Item& b) noexcept {
  base::IntegerText scratch_a;
  base::IntegerText scratch_b;
  return a.text(scratch_a).compare(b.text(scratch_b));
}

}  // namespace

void SortRows::add(const value::Item& item, bool copies) {
  if (copies && !item.is_integer) {
    rows_.push_back({.bytes = copies_.emplace_back(item.bytes)});
  } else {
    rows_.push_back(item);
  }
}

void SortRows::take(const keyspace::EntryRef& entry, base::UnixMs now) {
  const bool copies = !elements_stay(entry);
  rows_.reserve(element_count(entry, now));
  for_each_element(entry, now, [&](const value::Item& item) { add(item, copies); });
}

void SortRows::take(const keyspace::EntryRef& entry, std::size_t first, std::size_t count,
                    bool reverse) {
  const bool copies = !elements_stay(entry);
  rows_.reserve(count);
  for_each_element(entry, first, count, reverse,
                   [&](const value::Item& item) { add(item, copies); });
}

// Of the next row. REQUIRES: `text` stays, unless rule.collates.
void SortRows::add_text(std::string_view text, const SortRule& rule) {
  const bool is_key = rule.collates && text.data() != nullptr;
  texts_.push_back(is_key ? copies_.emplace_back(base::collation_key(text)) : text);
  keys_.push_back({order_of(texts_.back()), static_cast<std::uint32_t>(keys_.size())});
}

bool SortRows::weigh_elements(const SortRule& rule) {
  for (std::uint32_t row = 0; row < rows_.size(); ++row) {
    const auto& item = rows_[row];
    if (rule.alpha && rule.collates) {
      base::IntegerText scratch;
      add_text(item.text(scratch), rule);
      continue;
    }
    if (rule.alpha) {
      base::IntegerText scratch;
      keys_.push_back({order_of(item.text(scratch)), row});
      continue;
    }
    const auto number =
        item.is_integer ? static_cast<double>(item.integer) : read_number(item.bytes);
    if (!number) return false;
    keys_.push_back({order_of(*number), row});
  }
  return true;
}

bool SortRows::weigh_values(command::Context& ctx, const SortRule& rule) {
  PatternValues values(ctx, *rule.by);
  for (std::size_t first = 0; first < rows_.size(); first += PatternValues::kElementsMax) {
    const auto batch = all().subspan(first, std::min(PatternValues::kElementsMax, size() - first));
    values.prepare(batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const auto row = static_cast<std::uint32_t>(first + i);
      const auto value = values.at(i);
      if (rule.alpha) {
        const bool is_copied = value && !rule.collates;
        add_text(is_copied ? copies_.emplace_back(*value) : value.value_or(std::string_view()),
                 rule);
        continue;
      }
      const auto number = value ? read_number(*value) : 0.0;
      if (!number) return false;
      keys_.push_back({order_of(*number), row});
    }
  }
  return true;
}

bool SortRows::weigh(command::Context& ctx, const SortRule& rule) {
  keys_.reserve(rows_.size());
  return rule.by ? weigh_values(ctx, rule) : weigh_elements(rule);
}

// Where the first bytes do not tell: equal numbers or texts are ordered by the elements' own texts,
// so that no order depends on where a set keeps its members.
int SortRows::compare_rows(std::uint32_t a, std::uint32_t b) const noexcept {
  if (!texts_.empty()) {
    const int order = compare(texts_[a], texts_[b]);
    if (order != 0) return order;
  }
  return compare(rows_[a], rows_[b]);
}

bool SortRows::sort(command::Context& ctx, const SortRule& rule, std::size_t first,
                    std::size_t count) {
  if (!weigh(ctx, rule)) return false;
  const auto comes_before = [&](const Key& a, const Key& b) {
    if (a.order != b.order) return (a.order < b.order) != rule.descending;
    const int order = compare_rows(a.row, b.row);
    if (order != 0) return (order < 0) != rule.descending;
    return a.row < b.row;
  };
  const auto end = first + count;
  if (end < keys_.size() / 8) {
    std::partial_sort(keys_.begin(), keys_.begin() + static_cast<std::ptrdiff_t>(end), keys_.end(),
                      comes_before);
  } else {
    std::sort(keys_.begin(), keys_.end(), comes_before);
  }
  std::vector<value::Item> sorted;
  sorted.reserve(count);
  for (auto i = first; i < end; ++i) sorted.push_back(rows_[keys_[i].row]);
  rows_ = std::move(sorted);
  return true;
}

void SortRows::keep(std::size_t first, std::size_t count) {
  const auto begin = rows_.begin() + static_cast<std::ptrdiff_t>(first);
  rows_.erase(begin + static_cast<std::ptrdiff_t>(count), rows_.end());
  rows_.erase(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(first));
}

}  // namespace larder::families
