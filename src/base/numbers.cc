#include "base/numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace larder::base {
namespace {

constexpr std::size_t kNumberTextMax =
    5 * 1024;  // what INCRBYFLOAT may print for the largest long double

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }

// A number of up to `digits_max` <= 19 digits, which cannot overflow, that does not begin with 0; 0
// where it is none.
inline std::uint64_t parse_canonical(std::string_view digits) noexcept {
  if (digits.empty() || digits.size() > 19 || digits.front() == '0') return 0;
  std::uint64_t value = 0;
  for (const char c : digits) {
    const auto digit = static_cast<std::uint64_t>(static_cast<unsigned char>(c)) - '0';
    if (digit > 9) return 0;
    value = value * 10 + digit;
  }
  return value;
}

// Lays out the digits d1 d2 ... dn of d1.d2...dn * 10^exponent. When a number is plain and when it
// has an exponent is what the newer servers (Redis 7.2, Valkey) made clients used to.
void lay_out(std::string& text, std::string_view digits, int exponent) {
  const auto count = static_cast<int>(digits.size());
  const int last = exponent - count + 1;  // the power of ten of the last digit
  if (last >= 0 && exponent < count + 7) {
    text.append(digits).append(static_cast<std::size_t>(last), '0');
  } else if (last < 0 && (last > -7 || std::abs(exponent) < 4)) {
    if (exponent < 0) {
      text.append("0.").append(static_cast<std::size_t>(-exponent - 1), '0').append(digits);
    } else {
      const auto whole = static_cast<std::size_t>(exponent) + 1;
      text.append(digits.substr(0, whole)).append(1, '.').append(digits.substr(whole));
    }
  } else {
    text += digits.front();
    if (count > 1) text.append(1, '.').append(digits.substr(1));
    text.append(exponent < 0 ? "e-" : "e+");
    IntegerText power;
    text.append(to_text(std::abs(exponent), power));
  }
}

// strtod and strtold want a terminated text and skip leading spaces, which we refuse.
template <class Number, class Convert>
std::optional<Number> parse_floating(std::string_view text, Convert convert) noexcept {
  if (text.empty() || text.size() >= kNumberTextMax || is_space(text.front())) return std::nullopt;
  char terminated[kNumberTextMax];
  std::memcpy(terminated, text.data(), text.size());
  terminated[text.size()] = '\0';
  char* end = nullptr;
  errno = 0;
  const Number value = convert(terminated, &end);
  if (end != terminated + text.size() || std::isnan(value)) return std::nullopt;
  if (errno == ERANGE && (std::isinf(value) || value == 0)) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::int64_t> parse_i64(std::string_view text) noexcept {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  if (text == "0" && !negative) return 0;
  const auto magnitude = parse_canonical(text);
  constexpr auto kMax = static_cast<std::uint64_t>(INT64_MAX);
  if (magnitude == 0 || magnitude > kMax + (negative ? 1 : 0)) return std::nullopt;
  return static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
}

std::optional<std::uint64_t> parse_u64(std::string_view text) noexcept {
  if (text == "0") return 0;
  if (text.size() < 20) {
    const auto value = parse_canonical(text);
    return value != 0 ? std::optional(value) : std::nullopt;
  }
  const auto front = parse_canonical(text.substr(0, text.size() - 1));
  const auto last = static_cast<std::uint64_t>(static_cast<unsigned char>(text.back())) - '0';
  std::uint64_t value = 0;
  if (front == 0 || last > 9 || __builtin_mul_overflow(front, 10, &value) ||
      __builtin_add_overflow(value, last, &value)) {
    return std::nullopt;
  }
  return value;
}

std::optional<double> parse_double(std::string_view text) noexcept {
  // Plain decimal digits, which are most, without a terminated copy.
  const auto digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (!digits.empty() && digits.front() >= '0' && digits.front() <= '9') {
    double value = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ec == std::errc{} && parsed.ptr == end) return value;
  }
  return parse_floating<double>(
      text, [](const char* from, char** end) { return std::strtod(from, end); });
}

std::optional<long double> parse_long_double(std::string_view text) noexcept {
  return parse_floating<long double>(
      text, [](const char* from, char** end) { return std::strtold(from, end); });
}

std::optional<std::int64_t> parse_memory(std::string_view text) noexcept {
  struct Unit {
    std::string_view name;
    std::int64_t bytes;
  };
  static constexpr Unit kUnits[] = {
      {"", 1},
      {"b", 1},
      {"k", 1000},
      {"kb", 1LL << 10},
      {"m", 1'000'000},
      {"mb", 1LL << 20},
      {"g", 1'000'000'000},
      {"gb", 1LL << 30},
      {"t", 1'000'000'000'000},
      {"tb", 1LL << 40},
  };
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || text.empty()) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const auto& known : kUnits) {
    if (!equal_ignoring_case(unit, known.name)) continue;
    std::int64_t bytes = 0;
    if (__builtin_mul_overflow(number, known.bytes, &bytes)) return std::nullopt;
    return bytes;
  }
  return std::nullopt;
}

std::string_view to_text(std::int64_t value, IntegerText& text) noexcept {
  return {text.bytes, static_cast<std::size_t>(write_i64(text.bytes, value) - text.bytes)};
}

char* write_i64(char* out, std::int64_t value) noexcept {
  return std::to_chars(out, out + 20, value).ptr;
}

std::string double_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  if (value == 0) return std::signbit(value) ? "-0" : "0";
  constexpr double kPlainIntegersMax = 0x1p62;
  IntegerText integer;
  if (std::fabs(value) < kPlainIntegersMax && std::trunc(value) == value) {
    return std::string(to_text(static_cast<std::int64_t>(value), integer));
  }
  // The shortest digits that read back the same, as d.ddde+xx.
  char scientific[32];
  const auto end = std::to_chars(scientific, scientific + sizeof scientific, std::fabs(value),
                                 std::chars_format::scientific)
                       .ptr;
  char digits[32];
  std::size_t count = 0;
  const char* at = scientific;
  for (; *at != 'e'; ++at) {
    if (*at != '.') digits[count++] = *at;
  }
  int exponent = 0;
  std::from_chars(at[1] == '+' ? at + 2 : at + 1, end, exponent);
  std::string text(value < 0 ? "-" : "");
  lay_out(text, {digits, count}, exponent);
  return text;
}

std::string human_long_double(long double value) {
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  // fmt 9 prints tiny long doubles with more digits than it is asked for.
  std::string text(kNumberTextMax, '\0');
  text.resize(static_cast<std::size_t>(std::snprintf(text.data(), text.size(), "%.17Lf", value)));
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

std::string human_bytes(std::uint64_t bytes) {
  static constexpr char kUnits[] = {'K', 'M', 'G', 'T', 'P'};
  if (bytes < 1024) return fmt::format("{}B", bytes);
  auto scaled = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (scaled >= 1024 && unit + 1 < std::size(kUnits)) {
    scaled /= 1024;
    ++unit;
  }
  return fmt::format("{:.2f}{}", scaled, kUnits[unit]);
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

std::string to_lower(std::string_view text) {
  std::string lowered(text);
  std::transform(lowered.begin(), lowered.end(), lowered.begin(), lower);
  return lowered;
}

std::string to_upper(std::string_view text) {
  std::string raised(text);
  std::transform(raised.begin(), raised.end(), raised.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return raised;
}

}  // namespace larder::base
