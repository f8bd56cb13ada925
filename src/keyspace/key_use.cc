#include "keyspace/key_use.h"

#include <algorithm>

namespace larder::keyspace {

std::uint32_t KeyUse::on_sample(int database, std::string_view name, std::uint64_t hash,
                                std::size_t bytes) {
  hot_.add(database, name, hash, 1);
  if (++samples_ % kSamplesPerHalving == 0) hot_.halve();
  on_size(database, name, hash, bytes);
  return 1 + static_cast<std::uint32_t>(random_.below(2 * kUsesPerSample - 1));
}

void KeyUse::keep(int database, std::string_view name, std::uint64_t hash, std::size_t bytes) {
  if (name.size() > base::HeavyHitters::kNameBytesMax) return;
  const auto same = std::ranges::find_if(
      large_, [&](const Large& each) { return each.hash == hash && each.database == database; });
  if (same != large_.end()) {
    same->bytes = bytes;
  } else if (large_.size() < kLargeKept) {
    large_.push_back({hash, database, bytes, std::string(name)});
  } else {
    auto& least = *std::ranges::min_element(large_, {}, &Large::bytes);
    least = {hash, database, bytes, std::string(name)};
  }
  if (large_.size() == kLargeKept) {
    least_bytes_ = std::ranges::min_element(large_, {}, &Large::bytes)->bytes;
  }
}

void KeyUse::settle() {
  std::erase_if(large_, [](const Large& each) { return each.bytes == 0; });
  std::ranges::sort(large_, [](const Large& a, const Large& b) { return a.bytes > b.bytes; });
  least_bytes_ = large_.size() < kLargeKept ? 0 : large_.back().bytes;
}

}  // namespace larder::keyspace
