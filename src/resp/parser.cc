#include "resp/parser.h"

#include <cstring>

namespace larder::resp {
namespace {

constexpr std::int64_t kUnauthenticatedArguments = 10;
constexpr std::int64_t kUnauthenticatedBytes = 16 * 1024;

enum class Line { complete, incomplete, bad_number };

// Reads "<integer>\r\n" at `at`, which moves behind it. What stands between the digits and LF is checked: only CR.
Line read_length(std::string_view input, std::size_t& at, std::int64_t& value) noexcept {
  const char* const begin = input.data() + at;
  const char* const end = input.data() + input.size();
  const char* p = begin;
  const bool negative = p != end && *p == '-';
  if (negative) ++p;
  std::int64_t number = 0;
  const char* const digits = p;
  while (p != end && *p >= '0' && *p <= '9') {
    if (p - digits >= 18) return Line::bad_number;  // far beyond every limit, and before it could overflow
    number = number * 10 + (*p - '0');
    ++p;
  }
  if (p == end || (p + 1 == end && *p == '\r')) return Line::incomplete;
  if (p[0] != '\r' || p == digits) {
    // Not a number: but it is the line's end that says so, as far as a client can tell.
    return std::memchr(p, '\n', static_cast<std::size_t>(end - p)) != nullptr ? Line::bad_number : Line::incomplete;
  }
  value = negative ? -number : number;
  at += static_cast<std::size_t>(p + 2 - begin);
  return Line::complete;
}

bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0'; }

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char unescaped(char c) noexcept {
  switch (c) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'b': return '\b';
    case 'a': return '\a';
    default: return c;
  }
}

// Reads what stands in double quotes from `at`, behind the opening one; false where the closing one is missing.
bool read_double_quoted(std::string_view line, std::size_t& at, std::string& text) {
  while (at < line.size()) {
    const char c = line[at++];
    if (c == '"') return true;
    if (c != '\\' || at == line.size()) {
      text += c;
      continue;
    }
    if (line[at] == 'x' && at + 2 < line.size() && hex_digit(line[at + 1]) >= 0 && hex_digit(line[at + 2]) >= 0) {
      text += static_cast<char>(hex_digit(line[at + 1]) * 16 + hex_digit(line[at + 2]));
      at += 3;
    } else {
      text += unescaped(line[at++]);
    }
  }
  return false;
}

bool read_single_quoted(std::string_view line, std::size_t& at, std::string& text) {
  while (at < line.size()) {
    const char c = line[at++];
    if (c == '\'') return true;
    if (c == '\\' && at < line.size() && line[at] == '\'') {
      text += line[at++];
    } else {
      text += c;
    }
  }
  return false;
}

// One word of a line, unquoted; false where its quotes do not balance.
bool read_word(std::string_view line, std::size_t& at, std::string& text) {
  while (at < line.size() && !is_space(line[at])) {
    const char c = line[at++];
    if (c != '"' && c != '\'') {
      text += c;
      continue;
    }
    const bool closed = c == '"' ? read_double_quoted(line, at, text) : read_single_quoted(line, at, text);
    if (!closed || (at < line.size() && !is_space(line[at]))) return false;  // a closing quote ends the word
  }
  return true;
}

}  // namespace

void RequestParser::reset() noexcept {
  positions_.clear();
  at_ = 0;
  missing_ = 0;
  bytes_wanted_ = 0;
  argument_bytes_ = 0;
}

RequestParser::Status RequestParser::parse(std::string_view input, std::vector<std::string_view>& arguments,
                                           const Limits& limits) {
  bytes_wanted_ = 0;
  if (input.empty()) return Status::incomplete;
  if (input.front() == '*') return parse_array(input, arguments, limits);
  return parse_inline(input, arguments, limits);
}

RequestParser::Status RequestParser::parse_array(std::string_view input, std::vector<std::string_view>& arguments,
                                                 const Limits& limits) {
  const auto first = arguments.size();
  auto at = at_;
  if (at == 0) {
    at = 1;
    std::int64_t count = 0;
    const auto line = read_length(input, at, count);
    if (line == Line::incomplete) {
      if (static_cast<std::int64_t>(input.size()) > limits.inline_bytes_max) {
        return fail("ERR Protocol error: too big mbulk count string");
      }
      return Status::incomplete;
    }
    if (line == Line::bad_number || count > limits.arguments_max) {
      return fail("ERR Protocol error: invalid multibulk length");
    }
    if (!limits.authenticated && count > kUnauthenticatedArguments) {
      return fail("ERR Protocol error: unauthenticated multibulk length");
    }
    missing_ = count;
  } else {
    for (const auto& position : positions_) arguments.push_back(input.substr(position.offset, position.size));
  }
  while (missing_ > 0) {
    if (at == input.size()) return remember(input, arguments, first, at, 0);
    if (input[at] != '$') {
      error_ = "ERR Protocol error: expected '$', got '";
      error_ += input[at];
      error_ += '\'';
      return Status::error;
    }
    auto behind = at + 1;
    std::int64_t length = 0;
    const auto line = read_length(input, behind, length);
    if (line == Line::incomplete) {
      if (static_cast<std::int64_t>(input.size() - at) > limits.inline_bytes_max) {
        return fail("ERR Protocol error: too big bulk count string");
      }
      return remember(input, arguments, first, at, 0);
    }
    if (line == Line::bad_number || length < 0 || length > limits.bulk_bytes_max) {
      return fail("ERR Protocol error: invalid bulk length");
    }
    if (!limits.authenticated && length > kUnauthenticatedBytes) {
      return fail("ERR Protocol error: unauthenticated bulk length");
    }
    const auto bytes = static_cast<std::size_t>(length);
    const auto available = input.size() - behind;
    if (available < bytes + 2) return remember(input, arguments, first, at, bytes + 2 - available);
    arguments.push_back(input.substr(behind, bytes));
    at = behind + bytes + 2;
    --missing_;
  }
  if (at_ != 0) reset();
  consumed_ = at;
  return Status::command;
}

// Keeps the arguments of an incomplete array as offsets: the bytes may stand elsewhere when the rest has come.
RequestParser::Status RequestParser::remember(std::string_view input, std::vector<std::string_view>& arguments,
                                              std::size_t first, std::size_t at, std::size_t wanted) {
  for (std::size_t i = first + positions_.size(); i < arguments.size(); ++i) {
    positions_.push_back({static_cast<std::size_t>(arguments[i].data() - input.data()), arguments[i].size()});
    argument_bytes_ += arguments[i].size();
  }
  arguments.resize(first);
  at_ = at;
  bytes_wanted_ = wanted;
  return Status::incomplete;
}

RequestParser::Status RequestParser::parse_inline(std::string_view input, std::vector<std::string_view>& arguments,
                                                  const Limits& limits) {
  const auto end = input.find('\n');
  const bool too_long = static_cast<std::int64_t>(std::min(end, input.size())) > limits.inline_bytes_max;
  if (too_long) return fail("ERR Protocol error: too big inline request");
  if (end == std::string_view::npos) return Status::incomplete;
  auto line = input.substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  const auto first = arguments.size();
  for (std::size_t at = 0;;) {
    while (at < line.size() && is_space(line[at])) ++at;
    if (at == line.size()) break;
    auto& text = inline_texts_.emplace_back();
    if (!read_word(line, at, text)) {
      arguments.resize(first);
      return fail("ERR Protocol error: unbalanced quotes in request");
    }
    arguments.push_back(text);
  }
  consumed_ = end + 1;
  return Status::command;
}

}  // namespace larder::resp
