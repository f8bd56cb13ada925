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

constexpr std::size_t kNumberTextMax = 5 * 1024;  // what INCRBYFLOAT may print for the largest long double

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }

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
  if (text.empty() || text.size() > 20) return std::nullopt;
  if (text == "0") return 0;
  const bool negative = text.front() == '-';
  const auto digits = text.substr(negative ? 1 : 0);
  if (digits.empty() || digits.front() < '1' || digits.front() > '9') return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> parse_u64(std::string_view text) noexcept {
  if (text == "0") return 0;
  if (text.empty() || text.front() < '1' || text.front() > '9') return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_double(std::string_view text) noexcept {
  return parse_floating<double>(text, [](const char* from, char** end) { return std::strtod(from, end); });
}

std::optional<long double> parse_long_double(std::string_view text) noexcept {
  return parse_floating<long double>(text,
                                     [](const char* from, char** end) { return std::strtold(from, end); });
}

std::optional<std::int64_t> parse_memory(std::string_view text) noexcept {
  struct Unit {
    std::string_view name;
    std::int64_t bytes;
  };
  static constexpr Unit kUnits[] = {
      {"", 1},          {"b", 1},           {"k", 1000},          {"kb", 1LL << 10},
      {"m", 1'000'000}, {"mb", 1LL << 20},  {"g", 1'000'000'000}, {"gb", 1LL << 30},
      {"t", 1'000'000'000'000}, {"tb", 1LL << 40},
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
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
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
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
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
