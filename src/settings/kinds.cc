#include "settings/kinds.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "base/numbers.h"
#include "settings/kinds_special.h"
#include "settings/lexer.h"
#include "settings/quotas.h"

namespace larder::settings {

const Choice* find_choice(std::span<const Choice> choices, std::string_view word) noexcept {
  for (const auto& choice : choices) {
    if (base::equal_ignoring_case(choice.name, word)) return &choice;
  }
  return nullptr;
}

namespace {

using Words = std::span<const std::string>;

Value text_value(std::string text, std::int64_t number = 0) {
  Value value;
  value.words.push_back(std::move(text));
  value.number = number;
  return value;
}

base::Result<Value> parse_yes_no(const Definition&, const std::string& word) {
  for (const auto& [name, number] : {Choice{"yes", 1}, Choice{"no", 0}}) {
    if (base::equal_ignoring_case(word, name)) return text_value(std::string(name), number);
  }
  return base::failure("argument must be 'yes' or 'no'");
}

std::string octal_text(std::int64_t number) { return fmt::format("{:o}", number); }

base::Result<std::int64_t> within_bounds(const Definition& definition, std::int64_t number) {
  if (number >= definition.min && number <= definition.max) {
    return std::clamp(number, definition.clamp_min, definition.clamp_max);
  }
  if (definition.kind == Kind::octal) {
    return base::failure(fmt::format("argument must be between {:o} and {:o} inclusive",
                                     definition.min, definition.max));
  }
  return base::failure(
      fmt::format("argument must be between {} and {} inclusive", definition.min, definition.max));
}

base::Result<Value> parse_integer(const Definition& definition, const std::string& word) {
  const auto number = base::parse_i64(word);
  if (!number) return base::failure("argument couldn't be parsed into an integer");
  return within_bounds(definition, *number).map([](std::int64_t n) {
    return text_value(std::to_string(n), n);
  });
}

base::Result<Value> parse_octal(const Definition& definition, const std::string& word) {
  std::int64_t number = 0;
  const char* last = word.data() + word.size();
  const auto [end, error] = std::from_chars(word.data(), last, number, 8);
  if (word.empty() || error != std::errc{} || end != last) {
    return base::failure("argument couldn't be parsed as an octal number");
  }
  return within_bounds(definition, number).map([](std::int64_t n) {
    return text_value(octal_text(n), n);
  });
}

base::Result<Value> parse_memory_size(const Definition& definition, const std::string& word) {
  const auto bytes = word.starts_with('-') ? std::nullopt : base::parse_memory(word);
  if (!bytes) return base::failure("argument must be a memory value");
  return within_bounds(definition, *bytes).map([](std::int64_t n) {
    return text_value(std::to_string(n), n);
  });
}

// A percentage is kept as a negative number.
base::Result<Value> parse_memory_or_percent(const Definition& definition, const std::string& word) {
  if (word.ends_with('%')) {
    const auto percent = base::parse_i64(std::string_view(word).substr(0, word.size() - 1));
    if (percent && *percent >= 0) {
      if (*percent > 100) {
        return base::failure("percentage argument must be less or equal to 100");
      }
      return text_value(std::to_string(*percent) + (*percent > 0 ? "%" : ""), -*percent);
    }
  }
  auto value = parse_memory_size(definition, word);
  if (!value && value.error() == "argument must be a memory value") {
    return base::failure("argument must be a memory or percent value");
  }
  return value;
}

base::Result<Value> parse_memory_percent_or_auto(const Definition& definition,
                                                 const std::string& word) {
  if (base::equal_ignoring_case(word, "auto")) return text_value("auto", kMaxmemoryAuto);
  if (word.ends_with('%')) return parse_memory_or_percent(definition, word);
  return parse_memory_size(definition, word);
}

base::Result<Value> parse_text(const Definition& definition, const std::string& word) {
  if (definition.check) {
    if (const auto wrong = definition.check(word); !wrong.empty()) {
      return base::failure(std::string(wrong));
    }
  }
  return text_value(word);
}

std::string choices_text(const Definition& definition) {
  std::string text;
  for (const auto& choice : definition.choices) {
    if (!text.empty()) text += ", ";
    text += choice.name;
  }
  return text;
}

base::Result<Value> parse_choice(const Definition& definition, const std::string& word) {
  if (const auto* choice = find_choice(definition.choices, word)) {
    return text_value(std::string(choice->name), choice->number);
  }
  return base::failure("argument(s) must be one of the following: " + choices_text(definition));
}

// Several bits, shown in the order of the choices; the choice of number 0 stands alone.
base::Result<Value> parse_choices(const Definition& definition, Words words) {
  std::int64_t bits = 0;
  bool ok = !words.empty();
  for (const auto& word : words) {
    const auto* choice = find_choice(definition.choices, word);
    if (choice) bits |= choice->number;
    ok = ok && choice;
  }
  if (!ok) {
    return base::failure("argument(s) must be one of the following: " + choices_text(definition));
  }
  Value value;
  value.number = bits;
  for (const auto& choice : definition.choices) {
    const bool shown = bits == 0 ? choice.number == 0 : (bits & choice.number) != 0;
    if (shown) value.words.emplace_back(choice.name);
  }
  if (definition.check) {
    if (const auto wrong = definition.check(join(value.words)); !wrong.empty()) {
      return base::failure(std::string(wrong));
    }
  }
  return value;
}

base::Result<Value> parse_one(const Definition& definition, const std::string& word) {
  switch (definition.kind) {
    case Kind::yes_no:
      return parse_yes_no(definition, word);
    case Kind::integer:
      return parse_integer(definition, word);
    case Kind::memory:
      return parse_memory_size(definition, word);
    case Kind::memory_or_percent:
      return parse_memory_or_percent(definition, word);
    case Kind::memory_percent_or_auto:
      return parse_memory_percent_or_auto(definition, word);
    case Kind::octal:
      return parse_octal(definition, word);
    case Kind::choice:
      return parse_choice(definition, word);
    case Kind::directory:
      return special::parse_directory(word);
    case Kind::keyspace_events:
      return special::parse_keyspace_events(word);
    default:
      return parse_text(definition, word);
  }
}

}  // namespace

base::Result<Value> parse(const Definition& definition, Words words, const Value& current,
                          bool add) {
  if (!definition.has_many_words()) {
    if (words.size() != 1) return base::failure("wrong number of arguments");
    return parse_one(definition, words.front());
  }
  if (words.size() == 1 && words.front().empty()) words = {};  // `save ""` is an empty list
  switch (definition.kind) {
    case Kind::choices:
      return parse_choices(definition, words);
    case Kind::addresses:
      return special::parse_addresses(words);
    case Kind::primary_address:
      return special::parse_primary_address(words);
    case Kind::save_points:
      return special::parse_save_points(words, add ? current : Value{});
    case Kind::quotas:
      return quotas::parse(words, add ? current : Value{});
    case Kind::output_buffer_limits:
      return special::parse_output_buffer_limits(words, current);
    case Kind::percentiles:
      return special::parse_percentiles(definition.name, words);
    default:
      return special::parse_oom_scores(words);
  }
}

Value initial_value(const Definition& definition) {
  auto words = split_words(definition.initial);
  CHECK(words.has_value(), definition.name);
  if (!definition.has_many_words() && words->empty()) words->emplace_back();
  if (!definition.has_many_words() && words->size() > 1) *words = {std::string(definition.initial)};
  auto value = parse(definition, *words, special::no_output_buffer_limits(), false);
  // Where the process was started may be a place that it may not look at.
  if (!value && definition.kind == Kind::directory) return Value{.words = *std::move(words)};
  CHECK(value.has_value(), fmt::format("{}: {}", definition.name, value.error()));
  return *std::move(value);
}

std::string describe_kind(const Definition& definition) {
  const auto bounds = [&](auto text) {
    const bool is_open = definition.max >= INT32_MAX;
    const auto low = text(definition.min);
    return is_open ? fmt::format("from {}", low)
                   : fmt::format("{} to {}", low, text(definition.max));
  };
  switch (definition.kind) {
    case Kind::yes_no:
      return "yes or no";
    case Kind::integer:
      if (definition.min < -1) return "integer";
      return "integer, " + bounds([](std::int64_t n) { return std::to_string(n); });
    case Kind::memory:
      return "memory size, " + bounds(memory_text);
    case Kind::memory_or_percent:
      return "memory size or percentage";
    case Kind::memory_percent_or_auto:
      return "memory size, percentage or auto";
    case Kind::octal:
      return "octal number, " + bounds(octal_text);
    case Kind::text:
      return "text";
    case Kind::choice:
      return "one of " + choices_text(definition);
    case Kind::choices:
      return "any of " + choices_text(definition);
    case Kind::addresses:
      return "list of addresses";
    case Kind::directory:
      return "path of a directory";
    case Kind::primary_address:
      return "host and port";
    case Kind::save_points:
      return "list of pairs: seconds, changes";
    case Kind::quotas:
      return "list of: name, options with their values";
    case Kind::output_buffer_limits:
      return "list of: class, hard limit, soft limit, seconds";
    case Kind::keyspace_events:
      return "letters of event classes";
    case Kind::percentiles:
      return "list of numbers, 0 to 100";
    case Kind::oom_scores:
      return "three integers, -2000 to 2000";
  }
  return {};
}

std::string memory_text(std::int64_t bytes) {
  struct Unit {
    std::string_view name;
    int shift;
  };
  for (const auto& [name, shift] : {Unit{"gb", 30}, Unit{"mb", 20}, Unit{"kb", 10}}) {
    if (bytes > 0 && bytes % (std::int64_t{1} << shift) == 0) {
      return fmt::format("{}{}", bytes >> shift, name);
    }
  }
  return std::to_string(bytes);
}

}  // namespace larder::settings
