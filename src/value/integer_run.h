// Sorted integers side by side, all in as many bytes as the widest of them needs: how sets of
// integers lie in memory, packed or in an object. Reading never leaves the run's bytes.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace larder::value {

// Bytes that `integer` needs: 1 to 8.
inline unsigned integer_width(std::int64_t integer) noexcept {
  const auto magnitude = static_cast<std::uint64_t>(integer < 0 ? ~integer : integer);
  return (static_cast<unsigned>(std::bit_width(magnitude)) + 8) / 8;  // and the sign's bit
}

class IntegerRun {
  template <unsigned kWidth>
  static std::int64_t load(const char* at) noexcept {
    constexpr unsigned kUnusedBits = 64 - 8 * kWidth;
    std::uint64_t bits = 0;
    std::memcpy(&bits, at, kWidth);
    // Shifting up and down again extends the sign.
    return static_cast<std::int64_t>(bits << kUnusedBits) >> kUnusedBits;
  }

  template <unsigned kWidth>
  using Width = std::integral_constant<unsigned, kWidth>;

  // Calls `act` with the width as a constant, which makes loads single instructions.
  template <class Act>
  auto with_width(Act act) const {
    switch (width_) {
      case 1:
        return act(Width<1>());
      case 2:
        return act(Width<2>());
      case 3:
        return act(Width<3>());
      case 4:
        return act(Width<4>());
      case 5:
        return act(Width<5>());
      case 6:
        return act(Width<6>());
      case 7:
        return act(Width<7>());
      default:
        return act(Width<8>());
    }
  }

 public:
  IntegerRun(const char* bytes, std::size_t count, unsigned width) noexcept
      : bytes_(bytes), count_(count), width_(width) {}

  std::size_t size() const noexcept { return count_; }
  unsigned width() const noexcept { return width_; }

  // REQUIRES: index < size().
  std::int64_t operator[](std::size_t index) const noexcept {
    return with_width([&](auto width) { return load<width>(bytes_ + index * width); });
  }

  // The first index whose integer is not less than `integer`; size() where there is none.
  std::size_t lower_bound(std::int64_t integer) const noexcept {
    return with_width([&](auto width) {
      const char* first = bytes_;
      for (auto left = count_; left != 0;) {
        const auto half = left / 2;
        const bool goes_right = load<width>(first + half * width) < integer;
        if (goes_right) first += (half + 1) * width;
        left = goes_right ? left - half - 1 : half;
      }
      return static_cast<std::size_t>(first - bytes_) / width;
    });
  }

  // The same, of the integers from index `from` on. Takes the logarithm of the distance.
  std::size_t lower_bound_from(std::size_t from, std::int64_t integer) const noexcept {
    return with_width([&](auto width) {
      const auto at = [&](std::size_t index) { return load<width>(bytes_ + index * width); };
      auto low = from;
      std::size_t step = 1;
      while (low + step <= count_ && at(low + step - 1) < integer) {
        low += step;
        step *= 2;
      }
      for (auto left = std::min(step - 1, count_ - low); left != 0;) {
        const auto half = left / 2;
        const bool goes_right = at(low + half) < integer;
        if (goes_right) low += half + 1;
        left = goes_right ? left - half - 1 : half;
      }
      return low;
    });
  }

  bool contains(std::int64_t integer) const noexcept {
    const auto at = lower_bound(integer);
    return at != count_ && (*this)[at] == integer;
  }

  // Calls visit(integer) in order, while it returns true.
  template <class Visit>
  bool for_each(Visit visit) const {
    return with_width([&](auto width) {
      const char* end = bytes_ + count_ * width;
      for (const char* at = bytes_; at != end; at += width) {
        if (!visit(load<width>(at))) return false;
      }
      return true;
    });
  }

  static void store(char* at, std::int64_t integer, unsigned width) noexcept {
    std::memcpy(at, &integer, width);
  }

  // Writes `count` integers of `from` bytes each anew with `to` bytes, in place. REQUIRES: to >
  // from, and space for them.
  static void widen(char* bytes, std::size_t count, unsigned from, unsigned to) noexcept {
    const IntegerRun old(bytes, count, from);
    for (auto i = count; i-- != 0;) store(bytes + i * to, old[i], to);
  }

 private:
  const char* bytes_;
  std::size_t count_;
  unsigned width_;
};

}  // namespace larder::value
