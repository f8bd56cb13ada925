// Splits a line of a configuration file into words and writes words so that they read back the
// same. Words are separated by blanks; "..." knows \n \r \t \b \a \\ \" and \xHH; '...' knows \'
// only.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace larder::settings {

// Nothing where a quote is left open or something other than a blank follows a closing quote.
std::optional<std::vector<std::string>> split_words(std::string_view line);

// `word` in double quotes, bytes that are not printable as \xHH.
std::string quote(std::string_view word);

// `word` as it is where it reads back so, else quoted.
std::string quote_if_needed(std::string_view word);

// Without blanks at its ends.
std::string_view trim(std::string_view text) noexcept;

// With a blank between the words.
std::string join(std::span<const std::string> words);

}  // namespace larder::settings
