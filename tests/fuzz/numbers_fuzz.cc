// Numbers: what is read is canonical and prints back as it stood; what is printed reads back as it
// was.
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/numbers.h"
#include "input.h"

namespace {

using namespace larder::base;
using larder::fuzz::expect;

void read_text(std::string_view text) {
  IntegerText printed;
  if (const auto value = parse_i64(text)) {
    expect(to_text(*value, printed) == text);
    const auto as_unsigned = parse_u64(text);
    expect(as_unsigned.has_value() == (*value >= 0));
    if (as_unsigned) expect(*as_unsigned == static_cast<std::uint64_t>(*value));
    const auto as_double = parse_double(text);
    expect(as_double && *as_double == static_cast<double>(*value));
  }
  if (const auto value = parse_u64(text)) expect(std::to_string(*value) == text);
  if (const auto value = parse_double(text)) {
    expect(!std::isnan(*value));
    expect(parse_double(double_text(*value)) == *value);
  }
  if (const auto value = parse_long_double(text)) {
    expect(!human_long_double(*value).empty());
  }
  (void)parse_memory(text);
  expect(equal_ignoring_case(to_lower(text), to_upper(text)));
}

void print_value(std::int64_t bits) {
  IntegerText text;
  expect(parse_i64(to_text(bits, text)) == bits);
  expect(to_text(bits, text) == std::to_string(bits));
  expect(!human_bytes(static_cast<std::uint64_t>(bits)).empty());
  double value = 0;
  static_assert(sizeof value == sizeof bits);
  std::memcpy(&value, &bits, sizeof value);
  const auto printed = double_text(value);
  if (!std::isnan(value)) expect(parse_double(printed) == value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  larder::fuzz::Input in(data, size);
  read_text(in.rest());
  print_value(in.take<std::int64_t>());
  return 0;
}
