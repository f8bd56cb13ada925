#include "keyspace/parts.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace larder::keyspace {
namespace {

unsigned char first_byte(std::string_view text) noexcept {
  return static_cast<unsigned char>(text.front());
}

bool concerns(const PartRules& rules, int database) noexcept {
  return !rules.database || *rules.database == database;
}

}  // namespace

PartMap::PartMap(std::vector<Part>& parts, int database) {
  std::vector<Part*> chosen;
  for (auto& part : parts) {
    if (concerns(part.rules, database)) chosen.push_back(&part);
  }
  std::ranges::sort(chosen, [](const Part* a, const Part* b) {
    const auto& x = a->rules;
    const auto& y = b->rules;
    if (x.prefix.empty() || y.prefix.empty()) {
      if (x.prefix.empty() != y.prefix.empty()) return y.prefix.empty();
    } else if (x.prefix.front() != y.prefix.front()) {
      return first_byte(x.prefix) < first_byte(y.prefix);
    }
    if (x.prefix.size() != y.prefix.size()) return x.prefix.size() > y.prefix.size();
    return x.database.has_value() && !y.database.has_value();
  });
  prefixes_.push_back({{}, nullptr});
  for (auto* part : chosen) {
    const std::string_view prefix = part->rules.prefix;
    if (prefix.empty()) {
      if (rest_ == nullptr) rest_ = part;
      continue;
    }
    auto& first = first_[first_byte(prefix)];
    if (first == 0) {
      if (prefixes_.back().part != nullptr) prefixes_.push_back({{}, nullptr});
      first = static_cast<std::uint8_t>(prefixes_.size());
    }
    prefixes_.push_back({prefix, part});
  }
  if (prefixes_.back().part != nullptr) prefixes_.push_back({{}, nullptr});
}

Parts::Parts(std::vector<PartRules> rules, int databases) {
  CHECK(rules.size() <= kPartsMax, "more parts than their map has room for");
  parts_.reserve(rules.size());
  for (auto& each : rules) {
    depend_on_database_ |= each.database.has_value();
    parts_.push_back(
        {.rules = std::move(each), .index = parts_.size(), .size = {}, .counters = {}});
  }
  const auto shared = std::make_shared<PartMap>(parts_, -1);
  for (int database = 0; database < databases; ++database) {
    const bool is_named = std::ranges::any_of(
        parts_, [&](const Part& part) { return part.rules.database == database; });
    maps_.push_back(is_named ? std::make_shared<PartMap>(parts_, database) : shared);
  }
}

}  // namespace larder::keyspace
