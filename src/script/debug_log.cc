#include "script/debug_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/byte_buffer.h"
#include "resp/writer.h"
#include "script/limits.h"

namespace larder::script {

DebugLog::DebugLog(DebugConsole& console) noexcept
    : console_(console), value_bytes_max_(limits::kDebugValueBytes) {}

void DebugLog::add(std::string line) {
  bytes_ += line.size();
  if (bytes_ > limits::kDebugLogBytesMax) {
    ++dropped_;
    return;
  }
  // A line of the protocol has none inside.
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
  lines_.push_back(std::move(line));
}

void DebugLog::add_value(std::string line) {
  const bool is_trimmed = line.size() > useful_bytes();
  if (is_trimmed) line.replace(useful_bytes(), std::string::npos, " ...");
  add(std::move(line));
  if (!is_trimmed || std::exchange(has_hinted_, true)) return;
  add("<hint> The above reply was trimmed. Use 'maxlen 0' to disable trimming.");
}

void DebugLog::send() {
  if (dropped_ != 0) {
    lines_.push_back(fmt::format("<hint> {} lines more than can be shown at once.", dropped_));
  }
  base::ByteBuffer bytes;
  resp::Writer reply(bytes, resp::Protocol::resp2);
  reply.array(lines_.size());
  for (const auto& line : lines_) reply.simple(line);
  lines_.clear();
  bytes_ = dropped_ = 0;
  console_.tell(bytes.view());
}

void DebugLog::set_value_bytes_max(std::size_t bytes) noexcept {
  has_hinted_ = true;  // who asks for this knows
  value_bytes_max_ = bytes == 0 ? 0 : std::max(bytes, limits::kDebugValueBytesMin);
}

std::size_t DebugLog::useful_bytes() const noexcept {
  return value_bytes_max_ == 0 ? limits::kDebugLogBytesMax
                               : std::min(value_bytes_max_, limits::kDebugLogBytesMax);
}

}  // namespace larder::script
