#include "settings/lexer.h"

#include <algorithm>

namespace larder::settings {
namespace {

// ASCII only, whatever the locale.
bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char escaped(char c) noexcept {
  switch (c) {
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
      return c;
  }
}

class Words {
 public:
  explicit Words(std::string_view line) noexcept : rest_(line) {}

  bool skip_blanks() noexcept {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
    return !rest_.empty();
  }

  // False where the word is not well formed.
  bool take(std::string& word) {
    while (!rest_.empty() && !is_blank(rest_.front())) {
      const char c = next();
      if (c != '"' && c != '\'') {
        word.push_back(c);
        continue;
      }
      if (!(c == '"' ? take_double_quoted(word) : take_single_quoted(word))) return false;
      return rest_.empty() || is_blank(rest_.front());
    }
    return true;
  }

 private:
  char next() noexcept {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  bool take_double_quoted(std::string& word) {
    while (!rest_.empty()) {
      const char c = next();
      if (c == '"') return true;
      if (c != '\\' || rest_.empty()) {
        word.push_back(c);
      } else if (!take_hex(word)) {
        word.push_back(escaped(next()));
      }
    }
    return false;
  }

  bool take_hex(std::string& word) {
    if (rest_.size() < 3 || rest_[0] != 'x') return false;
    const int high = hex_digit(rest_[1]);
    const int low = hex_digit(rest_[2]);
    if (high < 0 || low < 0) return false;
    word.push_back(static_cast<char>(high * 16 + low));
    rest_.remove_prefix(3);
    return true;
  }

  bool take_single_quoted(std::string& word) {
    while (!rest_.empty()) {
      const char c = next();
      if (c == '\'') return true;
      if (c == '\\' && !rest_.empty() && rest_.front() == '\'') {
        word.push_back(next());
      } else {
        word.push_back(c);
      }
    }
    return false;
  }

  std::string_view rest_;
};

}  // namespace

std::optional<std::vector<std::string>> split_words(std::string_view line) {
  std::vector<std::string> words;
  Words reader(line);
  while (reader.skip_blanks()) {
    if (!reader.take(words.emplace_back())) return std::nullopt;
  }
  return words;
}

std::string quote(std::string_view word) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string text = "\"";
  for (const char c : word) {
    switch (c) {
      case '\\':
      case '"':
        text += {'\\', c};
        break;
      case '\n':
        text += "\\n";
        break;
      case '\r':
        text += "\\r";
        break;
      case '\t':
        text += "\\t";
        break;
      case '\a':
        text += "\\a";
        break;
      case '\b':
        text += "\\b";
        break;
      default:
        if (c >= ' ' && c <= '~') {
          text.push_back(c);
        } else {
          const auto byte = static_cast<unsigned char>(c);
          text += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
        }
    }
  }
  text.push_back('"');
  return text;
}

std::string quote_if_needed(std::string_view word) {
  const bool plain = !word.empty() && std::ranges::all_of(word, [](char c) {
    return c > ' ' && c <= '~' && c != '"' && c != '\'' && c != '#';
  });
  return plain ? std::string(word) : quote(word);
}

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string join(std::span<const std::string> words) {
  std::string text;
  for (const auto& word : words) {
    if (&word != words.data()) text.push_back(' ');
    text += word;
  }
  return text;
}

}  // namespace larder::settings
