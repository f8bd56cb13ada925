// The three forms of a log line. In logfmt and JSON a message is always one line, whatever it
// holds.
#include <array>
#include <chrono>

#include "base/log.h"

namespace larder::log {
namespace {

constexpr std::array<std::string_view, 4> kLevelNames = {"debug", "info", "notice", "warning"};
constexpr std::string_view kLevelMarks = ".-*#";

std::string_view role_name(char role) noexcept {
  switch (role) {
    case 'S':
      return "replica";
    case 'C':
      return "child";
    case 'X':
      return "sentinel";
    default:
      return "primary";
  }
}

// Calendar fields by arithmetic alone: localtime(3) would take a lock.
struct Calendar {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<std::chrono::milliseconds> time;
};

Calendar calendar_of(std::int64_t local_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> point{milliseconds(local_ms)};
  const auto day = floor<days>(point);
  return {year_month_day(day), hh_mm_ss(point - day)};
}

std::string iso_offset(std::int64_t seconds) {
  const auto minutes = (seconds < 0 ? -seconds : seconds) / 60;
  return fmt::format("{}{:02}:{:02}", seconds < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

std::string timestamp(const Line& line) {
  if (line.timestamp_format == TimestampFormat::milliseconds) return std::to_string(line.unix_ms);
  static constexpr std::array<std::string_view, 12> kMonths = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto [date, time] = calendar_of(line.unix_ms + line.utc_offset_seconds * 1000);
  const auto year = static_cast<int>(date.year());
  const auto month = static_cast<unsigned>(date.month());
  const auto day = static_cast<unsigned>(date.day());
  const auto clock =
      fmt::format("{:02}:{:02}:{:02}.{:03}", time.hours().count(), time.minutes().count(),
                  time.seconds().count(), time.subseconds().count());
  if (line.timestamp_format == TimestampFormat::iso8601) {
    return fmt::format("{:04}-{:02}-{:02}T{}{}", year, month, day, clock,
                       iso_offset(line.utc_offset_seconds));
  }
  return fmt::format("{:02} {} {} {}", day, kMonths[month - 1], year, clock);
}

// Bytes of the well-formed UTF-8 character at the front; 0: there is none. RFC 3629, section 4.
std::size_t utf8_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xc2 && lead <= 0xdf   ? 2
                             : lead >= 0xe0 && lead <= 0xef ? 3
                             : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                            : 0;
  if (length == 0 || text.size() < length) return 0;
  const unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  return length;
}

// The inside of a JSON string (RFC 8259); logfmt's quoted values read the same escapes. Bytes that
// are not UTF-8 become U+FFFD.
std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const char c = text.front();
    const auto length = utf8_length(text);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (length == 1 && (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += length == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

}  // namespace

std::string line_text(const Line& line) {
  const auto level = std::min<std::size_t>(static_cast<std::size_t>(line.level), 3);
  switch (line.format) {
    case Format::logfmt:
      return fmt::format("pid={} role={} timestamp=\"{}\" level={} message=\"{}\"\n", line.pid,
                         role_name(line.role), timestamp(line), kLevelNames[level],
                         escaped(line.message));
    case Format::json:
      return fmt::format(R"({{"pid":{},"role":"{}","timestamp":"{}","level":"{}","message":"{}"}})"
                         "\n",
                         line.pid, role_name(line.role), timestamp(line), kLevelNames[level],
                         escaped(line.message));
    case Format::legacy:
      break;
  }
  return fmt::format("{}:{} {} {} {}\n", line.pid, line.role, timestamp(line), kLevelMarks[level],
                     line.message);
}

}  // namespace larder::log
