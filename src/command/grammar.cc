#include "command/grammar.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/numbers.h"

namespace larder::command {
namespace {

constexpr std::string_view kTypes[] = {"string", "integer", "double",
                                       "key",    "pattern", "unix-time"};

bool is_token(std::string_view word) {
  return std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

// A name that says by itself that it is a key's: key, key1, newkey.
bool names_a_key(std::string_view name) { return name.starts_with("key") || name.ends_with("key"); }

class GrammarParser {
 public:
  explicit GrammarParser(const Spec& spec) : spec_(spec), text_(spec.arguments) {}

  base::Result<std::vector<Argument>> parse() {
    auto arguments = sequence("");
    if (error_.empty() && at_ != text_.size()) fail("unexpected character");
    if (!error_.empty()) return base::failure(fmt::format("{}: {}", spec_.name, error_));
    return arguments;
  }

 private:
  void fail(std::string_view why) {
    if (error_.empty()) error_ = fmt::format("{} at {} of \"{}\"", why, at_, text_);
  }
  bool at_end(std::string_view ends) const {
    return at_ >= text_.size() || ends.find(text_[at_]) != std::string_view::npos;
  }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail(fmt::format("expected '{}'", c));
  }

  // Items up to one of `ends`.
  std::vector<Argument> sequence(std::string_view ends) {
    std::vector<Argument> items;
    while (error_.empty() && !at_end(ends)) {
      if (!items.empty()) expect(' ');
      items.push_back(item(ends));
    }
    return items;
  }

  Argument item(std::string_view ends) {
    if (take('[')) {
      auto inner = group(sequence("]"));
      expect(']');
      inner.optional = true;
      return inner;
    }
    if (take('<')) return alternatives();
    if (take('(')) {
      auto inner = group(sequence(")"));
      expect(')');
      expect('+');
      inner.multiple = true;
      inner.multiple_token = !inner.token.empty();
      return inner;
    }
    return word(ends);
  }

  Argument alternatives() {
    Argument oneof{.name = "choice", .type = "oneof"};
    do {
      auto choice = sequence("|>");
      oneof.children.push_back(
          choice.empty() ? Argument{.name = "empty", .type = "pure-token", .token = "\"\""}
                         : group(std::move(choice)));
    } while (take('|'));
    expect('>');
    return oneof;
  }

  Argument word(std::string_view ends) {
    const auto start = at_;
    while (at_ < text_.size() &&
           std::string_view(" []<>()|").find(text_[at_]) == std::string_view::npos)
      ++at_;
    const auto text = text_.substr(start, at_ - start);
    if (text.empty()) fail("expected a word");
    if (is_token(text)) return token(text, ends);
    const auto colon = text.rfind(':');
    const bool typed =
        colon != std::string_view::npos &&
        std::find(std::begin(kTypes), std::end(kTypes), text.substr(colon + 1)) != std::end(kTypes);
    Argument argument{.name = std::string(typed ? text.substr(0, colon) : text),
                      .type = typed               ? text.substr(colon + 1)
                              : names_a_key(text) ? "key"
                                                  : "string"};
    if (argument.type == "key") {
      const auto last = std::max<int>(spec_.keys.count - 1, 0);
      argument.key_spec_index = std::min(next_key_spec_++, last);
    }
    return argument;
  }

  // A token with the words that follow it.
  Argument token(std::string_view text, std::string_view ends) {
    std::vector<Argument> of_token;
    while (error_.empty() && !at_end(ends) && at_ + 1 < text_.size() && belongs_to_token(at_ + 1)) {
      expect(' ');
      of_token.push_back(item(ends));
    }
    const auto name = base::to_lower(text);
    if (of_token.empty()) return {.name = name, .type = "pure-token", .token = std::string(text)};
    if (of_token.size() == 1 && of_token[0].token.empty()) {
      auto only = std::move(of_token[0]);
      only.token = text;
      return only;
    }
    return {
        .name = name, .type = "block", .token = std::string(text), .children = std::move(of_token)};
  }

  // Whether what starts at `at` is an argument of the token before it: a plain word, a choice, a
  // repetition.
  bool belongs_to_token(std::size_t at) const {
    if (text_[at] == '(' || text_[at] == '<') return true;
    if (text_[at] == '[') return false;
    const auto end = std::min(text_.find_first_of(" []<>()|", at), text_.size());
    return !is_token(text_.substr(at, end - at));
  }

  static Argument group(std::vector<Argument> items) {
    if (items.size() == 1) return std::move(items[0]);
    return {.name = "data", .type = "block", .children = std::move(items)};
  }

  const Spec& spec_;
  std::string_view text_;
  std::size_t at_ = 0;
  int next_key_spec_ = 0;
  std::string error_;
};

}  // namespace

base::Result<std::vector<Argument>> parse_arguments(const Spec& spec) {
  return GrammarParser(spec).parse();
}

}  // namespace larder::command
