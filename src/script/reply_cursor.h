// Takes a reply apart, piece by piece: what commands answered to a script.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/check.h"

namespace larder::script {

// REQUIRES: the reply is one that resp::Writer wrote, and each piece is taken as what it is.
class ReplyCursor {
 public:
  explicit ReplyCursor(std::string_view reply) noexcept
      : at_(reply.data()), end_(at_ + reply.size()) {}

  // What the next value is: '$', '*' and so on.
  char take_mark() noexcept {
    CHECK(at_ < end_);
    return *at_++;
  }

  // The digits up to the end of the line: of lengths and integers.
  std::int64_t take_integer() noexcept {
    const bool is_negative = *at_ == '-';
    if (is_negative) ++at_;
    std::uint64_t value = 0;
    while (*at_ != '\r') value = value * 10 + static_cast<std::uint64_t>(*at_++ - '0');
    at_ += 2;
    return static_cast<std::int64_t>(is_negative ? 0 - value : value);
  }

  std::string_view take_line() noexcept {
    const char* const start = at_;
    while (*at_ != '\r') ++at_;
    at_ += 2;
    return {start, static_cast<std::size_t>(at_ - 2 - start)};
  }

  // So many bytes, and the end of the line behind them.
  std::string_view take_bytes(std::int64_t count) noexcept {
    const auto size = static_cast<std::size_t>(count);
    CHECK(size + 2 <= static_cast<std::size_t>(end_ - at_));
    const std::string_view bytes(at_, size);
    at_ += size + 2;
    return bytes;
  }

 private:
  const char* at_;
  const char* end_;
};

}  // namespace larder::script
