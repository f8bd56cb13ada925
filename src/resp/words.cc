#include "resp/words.h"

#include <fmt/format.h>

#include <iterator>

namespace larder::resp {
namespace {

bool is_blank(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Fewer than the blanks between words: a vertical tab or form feed within a word belongs to it, as
// in Redis.
bool ends_word(char c) noexcept {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\0';
}

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char escaped(char letter) noexcept {
  switch (letter) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'a':
      return '\a';
    default:
      return letter;
  }
}

}  // namespace

// A NUL ends the line, as it ends Redis's.
bool WordReader::has_more() noexcept {
  while (at_ < line_.size() && is_blank(line_[at_])) ++at_;
  return at_ < line_.size() && line_[at_] != '\0';
}

std::optional<std::string_view> WordReader::take_plain() noexcept {
  auto end = at_;
  for (; end < line_.size() && !ends_word(line_[end]); ++end) {
    if (line_[end] == '"' || line_[end] == '\'') return std::nullopt;
  }
  const auto word = line_.substr(at_, end - at_);
  at_ = end;
  return word;
}

bool WordReader::take_quoted(std::string& word) {
  while (at_ < line_.size() && !ends_word(line_[at_])) {
    const char c = line_[at_++];
    if (c == '"') return take_double_quoted(word);
    if (c == '\'') return take_single_quoted(word);
    word += c;
  }
  return true;
}

bool WordReader::take_double_quoted(std::string& word) {
  while (at_ < line_.size()) {
    const char c = line_[at_++];
    if (c == '"') return at_ == line_.size() || is_blank(line_[at_]);
    if (c == '\\' && at_ < line_.size()) {
      take_escape(word);
    } else {
      word += c;
    }
  }
  return false;
}

// REQUIRES: a byte follows the backslash.
void WordReader::take_escape(std::string& word) {
  const auto rest = line_.substr(at_);
  if (rest.size() >= 3 && rest[0] == 'x' && hex_digit(rest[1]) >= 0 && hex_digit(rest[2]) >= 0) {
    word += static_cast<char>(hex_digit(rest[1]) * 16 + hex_digit(rest[2]));
    at_ += 3;
  } else {
    word += escaped(rest[0]);
    ++at_;
  }
}

bool WordReader::take_single_quoted(std::string& word) {
  while (at_ < line_.size()) {
    const char c = line_[at_++];
    if (c == '\'') return at_ == line_.size() || is_blank(line_[at_]);
    if (c == '\\' && line_.substr(at_, 1) == "'") {
      word += line_[at_++];
    } else {
      word += c;
    }
  }
  return false;
}

void append_quoted(std::string& line, std::string_view text) {
  constexpr std::string_view kEscaped = "\\\"\n\r\t\a\b";
  constexpr std::string_view kLetters = "\\\"nrtab";
  line += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (const auto at = kEscaped.find(c); at != std::string_view::npos) {
      line += '\\';
      line += kLetters[at];
    } else if (byte < 0x20 || byte > 0x7e) {
      fmt::format_to(std::back_inserter(line), "\\x{:02x}", byte);
    } else {
      line += c;
    }
  }
  line += '"';
}

}  // namespace larder::resp
