// The names with the greatest weights of a stream, in bounded memory: the space-saving sketch
// (Metwally, Agrawal, El Abbadi: Efficient Computation of Frequent and Top-k Elements in Data
// Streams, 2005). A weight is never too low, and too high by no more than its `error`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace larder::base {

class HeavyHitters {
 public:
  // Longer names are not followed: what a sketch holds is bounded in bytes, too.
  static constexpr std::size_t kNameBytesMax = 1024;

  struct Item {
    int group = 0;  // tells equal names apart
    std::string name;
    std::uint64_t weight = 0;
    std::uint64_t error = 0;
  };

  explicit HeavyHitters(std::size_t items_max) : items_max_(items_max) {}

  // `hash` is that of the name; equal ones of a group are taken for the same name.
  void add(int group, std::string_view name, std::uint64_t hash, std::uint64_t weight);

  // The heaviest first.
  std::vector<Item> top(std::size_t count_max) const;
  std::uint64_t total() const noexcept { return total_; }  // of all weights, kept or not

  void halve() noexcept;  // what was long ago weighs less
  void clear() noexcept;

 private:
  std::size_t items_max_;
  std::uint64_t total_ = 0;
  std::vector<std::uint64_t> ids_;
  std::vector<std::uint64_t> weights_;
  std::vector<Item> items_;  // their weights stand in weights_
};

}  // namespace larder::base
