// Parts of the keyspace: what the `quota` settings tell apart, by a key's database or the beginning
// of its name. A key belongs to the one part whose prefix is the longest; which one that is is
// found again from the name, so that nothing has to be stored with the key.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keyspace/eviction_rules.h"

namespace larder::keyspace {

inline constexpr std::size_t kPartsMax = 64;

// What a number of keys adds up to. Differences are negative.
struct PartSize {
  std::int64_t keys = 0;
  std::int64_t with_deadline = 0;  // of them
  std::int64_t entry_bytes = 0;    // blocks, and what lies outside of them

  PartSize& operator+=(const PartSize& other) noexcept {
    keys += other.keys;
    with_deadline += other.with_deadline;
    entry_bytes += other.entry_bytes;
    return *this;
  }
  PartSize operator-() const noexcept { return {-keys, -with_deadline, -entry_bytes}; }
  bool operator==(const PartSize&) const = default;
};

struct PartCounters {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t written = 0;            // changes of keys
  std::uint64_t expired = 0;            // keys
  std::uint64_t evicted_for_limit = 0;  // to make room in the server
  std::uint64_t evicted_for_quota = 0;  // to make room in the part
  std::uint64_t refused = 0;            // commands, since the part was full
};

struct PartRules {
  struct Policy {
    EvictionOrder order = EvictionOrder::none;
    bool only_with_deadline = false;
    bool operator==(const Policy&) const = default;
  };

  std::string name;
  std::optional<int> database;  // all of them where it is empty
  std::string prefix;
  std::size_t limit_bytes = 0;     // 0: none of its own
  std::optional<Policy> policy;    // that of the server where it is empty
  std::optional<bool> compresses;  // likewise
};

struct Part {
  // Of the table, for each key: a slot at its usual load.
  static constexpr std::int64_t kSlotBytes = 11;

  PartRules rules;
  std::size_t index = 0;
  PartSize size;
  PartCounters counters;

  std::size_t bytes() const noexcept {
    const auto bytes = size.entry_bytes + size.keys * kSlotBytes;
    return bytes < 0 ? 0 : static_cast<std::size_t>(bytes);
  }
  bool is_full() const noexcept { return rules.limit_bytes != 0 && bytes() > rules.limit_bytes; }
};

// Which part the keys of one database belong to.
class PartMap {
 public:
  // Of two parts with the same prefix, the one for this database alone takes the key.
  PartMap(std::vector<Part>& parts, int database);

  // nullptr where the key is in none. Looks at the prefixes that begin with the key's first byte.
  Part* find(std::string_view key) const noexcept {
    if (key.empty()) return rest_;
    for (auto i = first_[static_cast<unsigned char>(key.front())]; prefixes_[i].part != nullptr;
         ++i) {
      if (key.starts_with(prefixes_[i].text)) return prefixes_[i].part;
    }
    return rest_;
  }
  bool is_empty() const noexcept { return prefixes_.size() == 1 && rest_ == nullptr; }

 private:
  struct Prefix {
    std::string_view text;
    Part* part;  // nullptr: no further one begins with this byte
  };

  std::vector<Prefix> prefixes_;           // by first byte, longest first
  std::array<std::uint8_t, 256> first_{};  // where those of a byte begin; at 0 there is an end
  Part* rest_ = nullptr;                   // of keys with none of the prefixes
};
static_assert(2 * kPartsMax < 256);

class Parts {
 public:
  Parts(std::vector<PartRules> rules, int databases);

  std::vector<Part>& all() noexcept { return parts_; }
  const std::vector<Part>& all() const noexcept { return parts_; }
  const PartMap& map_of(int database) const noexcept {
    return *maps_[static_cast<std::size_t>(database)];
  }
  // Whether what is in one database would be in another part in another.
  bool depend_on_database() const noexcept { return depend_on_database_; }

  void add(Part& part, const PartSize& difference) noexcept {
    part.size += difference;
    if (part.is_full()) is_any_full_ = true;
  }
  void reset_counters() noexcept {
    for (auto& part : parts_) part.counters = {};
  }
  // Whether a part may have grown over its limit since this was last cleared.
  bool is_any_full() const noexcept { return is_any_full_; }
  void look_again() noexcept {
    is_any_full_ = false;
    for (const auto& part : parts_) is_any_full_ |= part.is_full();
  }

 private:
  std::vector<Part> parts_;
  std::vector<std::shared_ptr<PartMap>> maps_;  // by database; most share one
  bool depend_on_database_ = false;
  bool is_any_full_ = false;
};

}  // namespace larder::keyspace
