#include "tool/report.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace larder::tool {
namespace {

constexpr std::size_t kPrefixesMax = 100'000;
constexpr std::size_t kPrefixesKept = 50'000;  // of the biggest, when there are more
constexpr std::size_t kPrefixBytesMax = 256;

bool has_more_bytes(const Report::Biggest& a, const Report::Biggest& b) {
  return a.bytes > b.bytes;
}

}  // namespace

void Sum::add(const ScannedKey& key, base::UnixMs now) noexcept {
  ++keys;
  bytes += key.memory_bytes;
  if (key.deadline == keyspace::kNever) return;
  ++with_ttl;
  if (key.deadline <= now) {
    ++expired;
  } else {
    ttl_seconds += static_cast<double>(key.deadline - now) / 1000;
  }
}

void Sum::add(const Sum& other) noexcept {
  keys += other.keys;
  bytes += other.bytes;
  with_ttl += other.with_ttl;
  expired += other.expired;
  ttl_seconds += other.ttl_seconds;
}

double Sum::average_ttl_seconds() const noexcept {
  const auto alive = with_ttl - expired;
  return alive == 0 ? 0 : ttl_seconds / static_cast<double>(alive);
}

Report::Report(ReportOptions options)
    : options_(std::move(options)),
      ttl_classes_({{"expired", 1},
                    {"under a minute", 60},
                    {"under an hour", 3600},
                    {"under a day", 86400},
                    {"under a week", 7 * 86400},
                    {"longer", std::numeric_limits<std::int64_t>::max() / 1000},
                    {"never", std::numeric_limits<std::int64_t>::max()}}) {}

void Report::add(const ScannedKey& key) {
  total_.add(key, options_.now);
  types_[key.type].add(key, options_.now);
  add_to_prefix(key);
  note_if_big(key);
  auto& classes = ttl_classes_;
  if (key.deadline == keyspace::kNever) {
    ++classes.back().keys;
  } else if (key.deadline <= options_.now) {
    ++classes.front().keys;
  } else {
    const auto seconds = (key.deadline - options_.now) / 1000;
    const auto found = std::find_if(classes.begin() + 1, classes.end() - 2,
                                    [&](const auto& ttl) { return seconds < ttl.below_seconds; });
    ++found->keys;
  }
}

// With the delimiter that ends it; empty where there is none.
std::string_view Report::prefix_of(std::string_view name) const noexcept {
  std::size_t end = 0;
  for (unsigned i = 0; i < options_.depth; ++i) {
    const auto found = name.find(options_.delimiter, end);
    if (found == name.npos) break;
    end = found + options_.delimiter.size();
  }
  return name.substr(0, std::min(end, kPrefixBytesMax));
}

void Report::add_to_prefix(const ScannedKey& key) {
  const auto prefix = prefix_of(key.name);
  if (prefix.empty()) return without_prefix_.add(key, options_.now);
  auto found = prefixes_.find(prefix);
  if (found == prefixes_.end()) {
    if (prefixes_.size() == kPrefixesMax) forget_small_prefixes();
    found = prefixes_.emplace(prefix, Sum()).first;
  }
  found->second.add(key, options_.now);
}

void Report::forget_small_prefixes() {
  std::vector<std::uint64_t> sizes;
  sizes.reserve(prefixes_.size());
  for (const auto& [name, sum] : prefixes_) sizes.push_back(sum.bytes);
  const auto nth = sizes.begin() + kPrefixesKept;
  std::nth_element(sizes.begin(), nth, sizes.end(), std::greater<>());
  auto to_forget = prefixes_.size() - kPrefixesKept;
  for (auto it = prefixes_.begin(); it != prefixes_.end() && to_forget > 0;) {
    if (it->second.bytes > *nth) {
      ++it;
      continue;
    }
    forgotten_.add(it->second);
    it = prefixes_.erase(it);
    --to_forget;
  }
}

void Report::note_if_big(const ScannedKey& key) {
  if (options_.biggest_shown == 0) return;
  const bool is_full = biggest_.size() >= options_.biggest_shown;
  if (is_full && biggest_.front().bytes >= key.memory_bytes) return;
  if (is_full) {
    std::pop_heap(biggest_.begin(), biggest_.end(), has_more_bytes);
    biggest_.pop_back();
  }
  biggest_.push_back(
      {std::string(key.name), key.database, key.type, key.memory_bytes, key.deadline});
  std::push_heap(biggest_.begin(), biggest_.end(), has_more_bytes);
}

std::vector<Report::Biggest> Report::biggest() const {
  auto sorted = biggest_;
  std::sort(sorted.begin(), sorted.end(), has_more_bytes);
  return sorted;
}

std::vector<Report::Prefix> Report::prefixes(Sum& others) const {
  std::vector<Prefix> sorted;
  sorted.reserve(prefixes_.size() + 1);
  for (const auto& [name, sum] : prefixes_) sorted.push_back({name, sum});
  if (without_prefix_.keys != 0) sorted.push_back({std::string(kWithoutPrefix), without_prefix_});
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.sum.bytes > b.sum.bytes; });
  others = forgotten_;
  for (std::size_t i = options_.prefixes_shown; i < sorted.size(); ++i) others.add(sorted[i].sum);
  sorted.resize(std::min<std::size_t>(sorted.size(), options_.prefixes_shown));
  return sorted;
}

}  // namespace larder::tool
