// Numbers as clients write and read them: strict parsing (no spaces, no leading zeros or plus) and
// shortest printing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace larder::base {

// A decimal integer in its only canonical form: "-7", "0", "42"; not "+1", "007", "-0", " 1" or "".
std::optional<std::int64_t> parse_i64(std::string_view text) noexcept;
std::optional<std::uint64_t> parse_u64(std::string_view text) noexcept;

// A decimal or hexadecimal floating-point number or inf/infinity in any case; the whole text must
// be used. NaN and overflow to infinity are refused.
std::optional<double> parse_double(std::string_view text) noexcept;
std::optional<long double> parse_long_double(std::string_view text) noexcept;

// Bytes with an optional unit: k m g t = 1000s, kb mb gb tb = 1024s, b; in any case.
std::optional<std::int64_t> parse_memory(std::string_view text) noexcept;

// Space for any 64-bit integer's text.
struct IntegerText {
  char bytes[24];
};

// Writes `value` into `text`; the view stays valid as long as `text`.
std::string_view to_text(std::int64_t value, IntegerText& text) noexcept;

// Writes `value` at `out`, which has space for 20 characters; returns the end.
char* write_i64(char* out, std::int64_t value) noexcept;

// The shortest digits that read back as the same double: 8.7, 1e+20, 1e-7, inf, -inf, nan; integers
// below 2^62 in full.
std::string double_text(double value);

// A long double as INCRBYFLOAT stores it: 17 digits after the point, trailing zeros dropped; never
// an exponent.
std::string human_long_double(long double value);

// 1536 -> "1.50K", with B K M G T P.
std::string human_bytes(std::uint64_t bytes);

// ASCII only: what the protocol's names are made of.
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);

}  // namespace larder::base
