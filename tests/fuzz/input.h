// What fuzz targets share: a claim that stops the run where it is false, and small values taken off
// an input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace larder::fuzz {

// Not CHECK: its text is no report of a bug that a server met.
inline void expect(bool claim) {
  if (!claim) std::abort();
}

// Takes values from the front of the input; zeros where it has ended.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) noexcept
      : rest_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const noexcept { return rest_.empty(); }
  std::string_view rest() const noexcept { return rest_; }

  std::string_view take_bytes(std::size_t bytes) noexcept {
    const auto taken = rest_.substr(0, bytes);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  template <class Number>
  Number take() noexcept {
    Number value{};
    const auto bytes = take_bytes(sizeof value);
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), bytes.size());
    return value;
  }

 private:
  std::string_view rest_;
};

}  // namespace larder::fuzz
