// Indexes as clients give them: from 0 at the start, or from -1 at the end backwards.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace larder::families {

// The index counted from the start; nothing where it is outside.
constexpr std::optional<std::size_t> index_from_start(std::int64_t index,
                                                      std::size_t size) noexcept {
  const auto length = static_cast<std::int64_t>(size);
  if (index < 0) index += length;
  if (index < 0 || index >= length) return std::nullopt;
  return static_cast<std::size_t>(index);
}

struct IndexRange {
  std::size_t first = 0;
  std::size_t count = 0;
};

// What is there between two indexes, both of which belong to it.
constexpr IndexRange index_range(std::int64_t start, std::int64_t stop, std::size_t size) noexcept {
  const auto length = static_cast<std::int64_t>(size);
  if (start < 0) start = std::max<std::int64_t>(start + length, 0);
  if (stop < 0) stop += length;
  stop = std::min(stop, length - 1);
  if (start > stop) return {};
  return {static_cast<std::size_t>(start), static_cast<std::size_t>(stop - start + 1)};
}

}  // namespace larder::families
