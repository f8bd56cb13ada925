#include "tool/text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <ctime>

namespace larder::tool {
namespace {

constexpr std::size_t kShownBytesMax = 100;

// Bytes of the UTF-8 character that `text` begins with, 0 where it begins with none (RFC 3629).
std::size_t character_bytes(std::string_view text) noexcept {
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto continues = [&](std::size_t i) { return (at(i) & 0xc0U) == 0x80U; };
  const auto first = at(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const auto second = at(1);
    const bool is_overlong = first == 0xe0 && second < 0xa0;
    const bool is_surrogate = first == 0xed && second >= 0xa0;
    return continues(1) && continues(2) && !is_overlong && !is_surrogate ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const auto second = at(1);
    const bool is_outside = (first == 0xf0 && second < 0x90) || (first == 0xf4 && second >= 0x90);
    return continues(1) && continues(2) && continues(3) && !is_outside ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string shown(std::string_view name) {
  std::string text;
  for (std::size_t i = 0; i < name.size() && text.size() < kShownBytesMax;) {
    const auto byte = static_cast<unsigned char>(name[i]);
    const auto bytes =
        byte < 0x20 || byte == 0x7f || byte == '\\' ? 0 : character_bytes(name.substr(i));
    if (bytes == 0) {
      text += byte == '\\' ? std::string("\\\\") : fmt::format("\\x{:02x}", byte);
      ++i;
    } else {
      text += name.substr(i, bytes);
      i += bytes;
    }
  }
  if (name.size() > kShownBytesMax) text += fmt::format("... ({} bytes)", name.size());
  return text;
}

std::string json_string(std::string_view text) {
  std::string json = "\"";
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto bytes = character_bytes(text.substr(i));
    if (byte == '"' || byte == '\\') {
      json += '\\';
      json += text[i++];
    } else if (bytes == 0 || byte < 0x20) {
      json += fmt::format("\\u{:04x}", byte);
      ++i;
    } else {
      json += text.substr(i, bytes);
      i += bytes;
    }
  }
  return json + '"';
}

std::string shown_time(std::int64_t unix_s) {
  std::tm parts{};
  const std::time_t time = unix_s;
  if (unix_s == 0 || ::gmtime_r(&time, &parts) == nullptr) return {};
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", parts);
}

std::string shown_bytes(std::uint64_t bytes) {
  constexpr std::array<const char*, 5> kUnits = {"KB", "MB", "GB", "TB", "PB"};
  if (bytes < 10'000) return fmt::format("{} B", bytes);
  auto value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

}  // namespace larder::tool
