// What whole snapshot files consist of beyond keys and values. docs/formats/snapshots.md has the
// grammar.
#pragma once

#include <cstddef>
#include <string_view>

namespace larder::persist {

inline constexpr std::string_view kRdbMagic = "REDIS";         // and 4 digits of the version
inline constexpr std::string_view kRdbMagicValkey = "VALKEY";  // and 3, since Valkey 9
inline constexpr std::size_t kRdbSignatureBytes = 9;

inline bool begins_as_snapshot(std::string_view head) noexcept {
  return head.starts_with(kRdbMagic) || head.starts_with(kRdbMagicValkey);
}

inline constexpr int kRdbVersionWithChecksum = 5;
inline constexpr int kRdbVersionWithMilliseconds = 3;

// Auxiliary fields of our own, which other loaders pass over.
namespace auxiliary {
// Deadlines of elements of the key before: its name, and elements and deadlines in turn.
inline constexpr std::string_view kElementDeadlines = "larder-element-deadlines";
// A key with a value of a type that Redis does not load without a module, as it would stand
// outside.
inline constexpr std::string_view kKey = "larder-key";
// What eviction has learned; hit_density_save.cc has its form.
inline constexpr std::string_view kLearned = "larder-learned";
inline constexpr std::string_view kVersion = "larder-ver";
}  // namespace auxiliary

}  // namespace larder::persist
