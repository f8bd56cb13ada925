// One element of a packed form: bytes where they stand, or an integer.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/numbers.h"

namespace larder::codec {

struct Element {
  std::string_view bytes = {};  // where it is no integer
  std::int64_t integer = 0;
  bool is_integer = false;

  // The digits of an integer are written to `scratch`.
  std::string_view text(base::IntegerText& scratch) const noexcept {
    return is_integer ? base::to_text(integer, scratch) : bytes;
  }
};

}  // namespace larder::codec
