// JSON cut into tokens, with lua-cjson's idea of what is one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace larder::script {

struct JsonToken {
  enum class Kind : std::uint8_t {
    object_begin,
    object_end,
    array_begin,
    array_end,
    string,
    number,
    boolean,
    null,
    colon,
    comma,
    end,
    error
  };
  Kind kind = Kind::end;
  std::size_t at = 0;  // offset of its first byte
  double number = 0;
  bool boolean = false;
  std::string_view text;  // of a string, valid until the next token; of an error what is wrong
};

class JsonTokens {
 public:
  // REQUIRES: a zero byte stands after `text`.
  JsonTokens(std::string_view text, bool accepts_invalid_numbers) noexcept
      : text_(text), accepts_invalid_numbers_(accepts_invalid_numbers) {}

  JsonToken next();

 private:
  using Kind = JsonToken::Kind;

  char peek(std::size_t ahead = 0) const noexcept {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  JsonToken take_word();
  JsonToken take_number();
  JsonToken take_string();
  bool take_unicode();
  int hex_at(std::size_t at) const noexcept;
  bool is_invalid_number() const noexcept;

  std::string_view text_;
  bool accepts_invalid_numbers_;
  std::size_t at_ = 0;
  std::string unescaped_;
};

// As error messages call it: "T_STRING".
std::string_view json_kind_name(JsonToken::Kind kind) noexcept;

}  // namespace larder::script
