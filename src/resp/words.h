// Splits a line typed by hand into words, with the quotes and escapes of redis-cli.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace larder::resp {

// A word may contain quoted parts: "\x41\n" with escapes, '...' with only \' as one. A closing
// quote ends the word.
class WordReader {
 public:
  explicit WordReader(std::string_view line) noexcept : line_(line) {}

  // Skips blanks; false at the end of the line.
  bool has_more() noexcept;

  // Takes the next word where it has no quotes, as a view into the line. REQUIRES: has_more() said
  // so.
  std::optional<std::string_view> take_plain() noexcept;

  // Takes the next word and appends it to `word` unquoted; false where quotes do not balance.
  bool take_quoted(std::string& word);

 private:
  bool take_double_quoted(std::string& word);
  bool take_single_quoted(std::string& word);
  void take_escape(std::string& word);

  std::string_view line_;
  std::size_t at_ = 0;
};

// The opposite: appends `text` in double quotes, with escapes for all that is not printable ASCII.
void append_quoted(std::string& line, std::string_view text);

}  // namespace larder::resp
