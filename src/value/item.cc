#include "value/item.h"

#include <bit>
#include <cmath>

#include "base/check.h"

namespace larder::value {

void EncodedItem::encode(std::int64_t integer) noexcept {
  if (integer >= 0 && integer < 64) {
    head_[0] = static_cast<char>(0x80 | integer);
    head_size_ = 1;
    return;
  }
  const auto magnitude = static_cast<std::uint64_t>(integer < 0 ? ~integer : integer);
  const auto width = (static_cast<unsigned>(std::bit_width(magnitude)) + 8) / 8;  // and the sign
  head_[0] = static_cast<char>(0xc0 | width);
  std::memcpy(head_ + 1, &integer, width);
  head_size_ = static_cast<std::uint8_t>(1 + width);
}

void EncodedItem::encode_length(std::size_t length) noexcept {
  if (length < 0x40) {
    head_[0] = static_cast<char>(length);
    head_size_ = 1;
  } else if (length < 0x4000) {
    head_[0] = static_cast<char>(0x40 | (length >> 8));
    head_[1] = static_cast<char>(length);
    head_size_ = 2;
  } else {
    CHECK(length <= UINT32_MAX, "an element beyond 4 GiB");
    const auto length32 = static_cast<std::uint32_t>(length);
    head_[0] = static_cast<char>(0xd0);
    std::memcpy(head_ + 1, &length32, sizeof length32);
    head_size_ = 1 + sizeof length32;
  }
}

EncodedItem::EncodedItem(double number) noexcept {
  constexpr double kExactMax = 9'007'199'254'740'992;  // 2^53
  if (std::abs(number) <= kExactMax && std::trunc(number) == number &&
      !(number == 0 && std::signbit(number))) {
    encode(static_cast<std::int64_t>(number));
    return;
  }
  head_[0] = static_cast<char>(0xd8);
  std::memcpy(head_ + 1, &number, sizeof number);
  head_size_ = 1 + sizeof number;
}

}  // namespace larder::value
