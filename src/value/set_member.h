// A member as every form of a set looks for it: parsed and encoded once, whatever it is compared
// with.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/numbers.h"
#include "value/item.h"

namespace larder::value {

// Refers to the text it was made of.
class SetMember {
 public:
  explicit SetMember(std::string_view text) noexcept : encoded_(text) {
    if (encoded_.is_integer()) {
      integer_ = *base::parse_i64(text);
    } else {
      bytes_ = text;
    }
  }
  explicit SetMember(std::int64_t integer) noexcept : integer_(integer), encoded_(integer) {}
  explicit SetMember(const Item& item) noexcept
      : bytes_(item.bytes),
        integer_(item.integer),
        encoded_(item.is_integer ? EncodedItem(item.integer) : EncodedItem(item.bytes)) {}

  bool is_integer() const noexcept { return encoded_.is_integer(); }
  std::int64_t integer() const noexcept { return integer_; }  // REQUIRES: is_integer()
  std::string_view bytes() const noexcept { return bytes_; }  // where it is no integer
  const EncodedItem& encoded() const noexcept { return encoded_; }

  std::size_t text_bytes() const noexcept {
    base::IntegerText scratch;
    return is_integer() ? base::to_text(integer_, scratch).size() : bytes_.size();
  }

 private:
  std::string_view bytes_;
  std::int64_t integer_ = 0;
  EncodedItem encoded_;
};

}  // namespace larder::value
