#include "base/heavy_hitters.h"

#include <algorithm>

namespace larder::base {

void HeavyHitters::add(int group, std::string_view name, std::uint64_t hash, std::uint64_t weight) {
  total_ += weight;
  if (name.size() > kNameBytesMax) return;
  const auto id = hash + static_cast<std::uint64_t>(group) * 0x9e37'79b9'7f4a'7c15;
  const auto found = std::ranges::find(ids_, id);
  if (found != ids_.end()) {
    weights_[static_cast<std::size_t>(found - ids_.begin())] += weight;
    return;
  }
  if (ids_.size() < items_max_) {
    ids_.push_back(id);
    weights_.push_back(weight);
    items_.push_back({.group = group, .name = std::string(name)});
    return;
  }
  // The lightest makes way; the newcomer may have had as much before it was noticed.
  const auto lightest = std::ranges::min_element(weights_);
  const auto at = static_cast<std::size_t>(lightest - weights_.begin());
  ids_[at] = id;
  items_[at].group = group;
  items_[at].name = name;
  items_[at].error = *lightest;
  *lightest += weight;
}

std::vector<HeavyHitters::Item> HeavyHitters::top(std::size_t count_max) const {
  auto sorted = items_;
  for (std::size_t i = 0; i < sorted.size(); ++i) sorted[i].weight = weights_[i];
  std::ranges::sort(sorted, [](const Item& a, const Item& b) { return a.weight > b.weight; });
  if (sorted.size() > count_max) sorted.resize(count_max);
  return sorted;
}

void HeavyHitters::halve() noexcept {
  total_ /= 2;
  for (auto& weight : weights_) weight /= 2;
  for (auto& item : items_) item.error /= 2;
}

void HeavyHitters::clear() noexcept {
  total_ = 0;
  ids_.clear();
  weights_.clear();
  items_.clear();
}

}  // namespace larder::base
