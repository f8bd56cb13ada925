#include "load/reply_reader.h"

#include <algorithm>
#include <cstring>

#include "base/numbers.h"

namespace larder::load {

std::size_t ReplyReader::read(std::string_view bytes) {
  std::size_t replies = 0;
  while (!is_broken_) {
    const auto skipped = std::min<std::uint64_t>(bytes_to_skip_, bytes.size());
    bytes.remove_prefix(skipped);
    bytes_to_skip_ -= skipped;
    if (bytes_to_skip_ != 0) return replies;
    if (elements_left_ == 0) {
      ++replies;
      elements_left_ = 1;
    }
    if (bytes.empty()) return replies;

    const auto* const newline =
        static_cast<const char*>(std::memchr(bytes.data(), '\n', bytes.size()));
    if (newline == nullptr) {
      partial_line_ += bytes;
      return replies;
    }
    const auto line_bytes = static_cast<std::size_t>(newline - bytes.data()) + 1;
    if (partial_line_.empty()) {
      take_line(bytes.substr(0, line_bytes));
    } else {
      partial_line_ += bytes.substr(0, line_bytes);
      take_line(partial_line_);
      partial_line_.clear();
    }
    bytes.remove_prefix(line_bytes);
  }
  return replies;
}

void ReplyReader::take_line(std::string_view line) {
  if (line.size() < 3) {
    is_broken_ = true;
    return;
  }
  const char mark = line.front();
  const auto text = line.substr(1, line.size() - 3);
  const auto length = [&] { return base::parse_i64(text).value_or(-1); };  // -1: a null
  --elements_left_;
  switch (mark) {
    case '+':
    case ':':
    case ',':
    case '#':
    case '_':
    case '(':
      return;
    case '-':
      if (errors_++ == 0) first_error_ = text;
      return;
    case '$':
    case '=':
    case '!':
      if (const auto bytes = length(); bytes >= 0)
        bytes_to_skip_ = static_cast<std::uint64_t>(bytes) + 2;
      return;
    case '*':
    case '~':
    case '>':
      elements_left_ += static_cast<std::uint64_t>(std::max<std::int64_t>(length(), 0));
      return;
    case '%':
      elements_left_ += 2 * static_cast<std::uint64_t>(std::max<std::int64_t>(length(), 0));
      return;
    default:
      is_broken_ = true;
  }
}

}  // namespace larder::load
