#include "script/json_tokens.h"

#include <algorithm>
#include <cstdlib>

#include "base/numbers.h"

namespace larder::script {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

void append_utf8(std::string& out, unsigned code) {
  const auto byte = [&out](unsigned value) { out += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xc0 | (code >> 6));
    byte(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    byte(0xe0 | (code >> 12));
    byte(0x80 | ((code >> 6) & 0x3f));
    byte(0x80 | (code & 0x3f));
  } else {
    byte(0xf0 | (code >> 18));
    byte(0x80 | ((code >> 12) & 0x3f));
    byte(0x80 | ((code >> 6) & 0x3f));
    byte(0x80 | (code & 0x3f));
  }
}

}  // namespace

std::string_view json_kind_name(JsonToken::Kind kind) noexcept {
  constexpr std::string_view kNames[] = {"T_OBJ_BEGIN", "T_OBJ_END", "T_ARR_BEGIN", "T_ARR_END",
                                         "T_STRING",    "T_NUMBER",  "T_BOOLEAN",   "T_NULL",
                                         "T_COLON",     "T_COMMA",   "T_END",       "T_ERROR"};
  return kNames[static_cast<std::size_t>(kind)];
}

JsonToken JsonTokens::next() {
  while (at_ < text_.size() && std::string_view(" \t\n\r").find(text_[at_]) != std::string::npos) {
    ++at_;
  }
  const auto single = [this](Kind kind) {
    return JsonToken{.kind = kind, .at = at_++, .text = {}};
  };
  if (at_ >= text_.size()) return {.kind = Kind::end, .at = text_.size(), .text = {}};
  switch (text_[at_]) {
    case '{':
      return single(Kind::object_begin);
    case '}':
      return single(Kind::object_end);
    case '[':
      return single(Kind::array_begin);
    case ']':
      return single(Kind::array_end);
    case ':':
      return single(Kind::colon);
    case ',':
      return single(Kind::comma);
    case '"':
      return take_string();
    case '\0':
      return {.kind = Kind::end, .at = at_, .text = {}};
    default:
      break;
  }
  const char c = text_[at_];
  if (is_digit(c) || c == '-') return take_number();
  return take_word();
}

JsonToken JsonTokens::take_word() {
  JsonToken token{.kind = Kind::boolean, .at = at_, .text = {}};
  const auto rest = text_.substr(at_);
  if (rest.starts_with("true") || rest.starts_with("false")) {
    token.boolean = rest.front() == 't';
    at_ += token.boolean ? 4 : 5;
    return token;
  }
  if (rest.starts_with("null")) {
    token.kind = Kind::null;
    at_ += 4;
    return token;
  }
  if (accepts_invalid_numbers_ && is_invalid_number()) return take_number();
  token.kind = Kind::error;
  token.text = "invalid token";
  return token;
}

// A number that C reads and JSON does not have: inf, nan, hexadecimal, a leading zero or plus.
bool JsonTokens::is_invalid_number() const noexcept {
  std::size_t skip = 0;
  if (peek() == '+') return true;
  if (peek() == '-') skip = 1;
  const char c = peek(skip);
  if (c == '0') {
    const char second = peek(skip + 1);
    return second == 'x' || second == 'X' || is_digit(second);
  }
  if (is_digit(c)) return false;
  const auto word = text_.substr(std::min(at_ + skip, text_.size()), 3);
  return base::equal_ignoring_case(word, "inf") || base::equal_ignoring_case(word, "nan");
}

JsonToken JsonTokens::take_number() {
  JsonToken token{.kind = Kind::number, .at = at_, .text = {}};
  const char* const start = text_.data() + at_;
  char* end = nullptr;
  token.number = std::strtod(start, &end);  // ends at the zero byte at the latest
  if ((!accepts_invalid_numbers_ && is_invalid_number()) || end == start) {
    token.kind = Kind::error;
    token.text = "invalid number";
    return token;
  }
  at_ += static_cast<std::size_t>(end - start);
  return token;
}

JsonToken JsonTokens::take_string() {
  JsonToken token{.kind = Kind::string, .at = at_, .text = {}};
  const auto fail = [&](std::string_view what) {
    return JsonToken{.kind = Kind::error, .at = at_, .text = what};
  };
  unescaped_.clear();
  ++at_;
  const auto start = at_;
  bool is_plain = true;
  while (peek() != '"') {
    if (at_ >= text_.size() || text_[at_] == '\0') return fail("unexpected end of string");
    if (text_[at_] != '\\') {
      if (!is_plain) unescaped_ += text_[at_];
      ++at_;
      continue;
    }
    if (is_plain) unescaped_ = text_.substr(start, at_ - start);
    is_plain = false;
    constexpr std::string_view kShort = "\"\\/btnfr";
    constexpr std::string_view kMeans = "\"\\/\b\t\n\f\r";
    const auto known = kShort.find(peek(1));
    if (known != std::string_view::npos) {
      unescaped_ += kMeans[known];
      at_ += 2;
    } else if (peek(1) != 'u') {
      return fail("invalid escape code");
    } else if (!take_unicode()) {
      return fail("invalid unicode escape code");
    }
  }
  token.text = is_plain ? text_.substr(start, at_ - start) : std::string_view(unescaped_);
  ++at_;
  return token;
}

// The four digits from `at` on, or -1.
int JsonTokens::hex_at(std::size_t at) const noexcept {
  if (at + 4 > text_.size()) return -1;
  int value = 0;
  for (const char c : text_.substr(at, 4)) {
    const int digit = is_digit(c)            ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

// Takes \uXXXX, two of them where the first is half of a pair.
bool JsonTokens::take_unicode() {
  const int first = hex_at(at_ + 2);
  if (first < 0 || (first & 0xfc00) == 0xdc00) return false;
  auto code = static_cast<unsigned>(first);
  std::size_t bytes = 6;
  if ((first & 0xfc00) == 0xd800) {
    if (peek(6) != '\\' || peek(7) != 'u') return false;
    const int second = hex_at(at_ + 8);
    if (second < 0 || (second & 0xfc00) != 0xdc00) return false;
    code = 0x10000 + ((code & 0x3ff) << 10) + (static_cast<unsigned>(second) & 0x3ff);
    bytes = 12;
  }
  append_utf8(unescaped_, code);
  at_ += bytes;
  return true;
}

}  // namespace larder::script
