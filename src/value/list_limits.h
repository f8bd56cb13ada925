// When OBJECT ENCODING says `quicklist` of a list: where Redis would have left its listpack, by the
// setting list-max-listpack-size. How Larder keeps the list does not depend on it, but for what a
// large one has compressed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace larder::value {

class ListLimits {
 public:
  // -1 to -5: the listpack has at most 4, 8, 16, 32 or 64 KB; otherwise that many items.
  // `compress_depth`: as ChunkedList has it.
  explicit ListLimits(std::int64_t max_listpack_size, std::int64_t compress_depth = 0) noexcept
      : compress_depth_(static_cast<std::size_t>(compress_depth)) {
    if (max_listpack_size >= 0) {
      items_max_ = static_cast<std::size_t>(std::max<std::int64_t>(max_listpack_size, 1));
    } else {
      bytes_max_ = std::size_t{2048} << std::min<std::int64_t>(-max_listpack_size, 5);
      bounds_bytes_ = true;
    }
  }

  // Whether a listpack must become a quicklist to hold as much.
  bool exceeded_by(std::size_t bytes, std::size_t items) const noexcept {
    return bytes > bytes_max_ || (!bounds_bytes_ && items > items_max_);
  }

  // Whether a quicklist that has shrunk to as much becomes a listpack again: at half the limit, so
  // that it does not change at every step.
  bool readmits(std::size_t bytes, std::size_t items) const noexcept {
    return bounds_bytes_ ? bytes <= bytes_max_ / 2 : items <= items_max_ / 2;
  }

  // Below this no limit in bytes is near, whatever the setting.
  static constexpr std::size_t kSafeBytes = 4096;
  bool bounds_items() const noexcept { return !bounds_bytes_; }

  std::size_t compress_depth() const noexcept { return compress_depth_; }

 private:
  std::size_t bytes_max_ = 8192;  // where items are bounded, a listpack's bytes are still
  std::size_t items_max_ = SIZE_MAX;
  std::size_t compress_depth_;
  bool bounds_bytes_ = false;
};

}  // namespace larder::value
