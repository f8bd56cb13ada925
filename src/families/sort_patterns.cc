#include "families/sort_patterns.h"

#include "value/hash.h"

namespace larder::families {

SortPattern::SortPattern(std::string_view text) noexcept : is_element_(text == "#") {
  const auto star = text.find('*');
  if (star == std::string_view::npos) return;
  names_keys_ = true;
  before_ = text.substr(0, star);
  behind_ = text.substr(star + 1);
  const auto arrow = behind_.find("->");
  if (arrow == std::string_view::npos || arrow + 2 == behind_.size()) return;
  field_ = behind_.substr(arrow + 2);
  behind_ = behind_.substr(0, arrow);
}

void SortPattern::append_key(std::string& out, const value::Item& element) const {
  base::IntegerText scratch;
  out += before_;
  out += element.text(scratch);
  out += behind_;
}

void PatternValues::prepare(std::span<const value::Item> elements) {
  elements_ = elements;
  if (!pattern_.names_keys()) return;
  names_.clear();
  std::array<std::size_t, kElementsMax + 1> ends{};
  for (std::size_t i = 0; i < elements.size(); ++i) {
    pattern_.append_key(names_, elements[i]);
    ends[i + 1] = names_.size();
  }
  for (std::size_t i = 0; i < elements.size(); ++i) {
    keys_[i] = ctx_.keyspace.key(std::string_view(names_).substr(ends[i], ends[i + 1] - ends[i]));
    ctx_.database->prefetch_bucket(keys_[i].hash);
  }
  for (std::size_t i = 0; i < elements.size(); ++i) ctx_.database->prefetch_entry(keys_[i].hash);
}

std::optional<std::string_view> PatternValues::at(std::size_t index) {
  if (pattern_.is_element()) return elements_[index].text(scratch_);
  if (!pattern_.names_keys()) return std::nullopt;
  const auto entry = ctx_.find_for_read(keys_[index]);
  if (!entry) return std::nullopt;
  if (pattern_.field().empty()) {
    if (entry.type() != keyspace::Type::string) return std::nullopt;
    return entry.text(scratch_);
  }
  if (entry.type() != keyspace::Type::hash) return std::nullopt;
  const value::HashView hash(entry.packed(), entry.object(), ctx_.now());
  const auto field = hash.find(pattern_.field());
  if (!field) return std::nullopt;
  return field->value.text(scratch_);
}

}  // namespace larder::families
