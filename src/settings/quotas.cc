#include "settings/quotas.h"

#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <optional>

#include "base/numbers.h"
#include "settings/kinds.h"
#include "settings/rows.h"

namespace larder::settings {
namespace quotas {
namespace {

using Words = std::span<const std::string>;

constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kPrefixBytesMax = 256;

enum class Option : std::uint8_t { database, prefix, maxmemory, policy, compression };
constexpr std::string_view kOptions[] = {"database", "prefix", "maxmemory", "maxmemory-policy",
                                         "value-compression"};

std::optional<Option> option_of(std::string_view word) noexcept {
  for (std::size_t i = 0; i < std::size(kOptions); ++i) {
    if (base::equal_ignoring_case(word, kOptions[i])) return static_cast<Option>(i);
  }
  return std::nullopt;
}

std::span<const Choice> choices_of(Option option) noexcept {
  if (option == Option::policy) return rows::kPolicyChoices;
  return rows::kCompressionChoices;
}

// Shown in INFO, where colons, commas and equals signs stand between figures.
bool is_name(std::string_view text) noexcept {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  return !text.empty() && text.size() <= kNameBytesMax && std::ranges::all_of(text, fits) &&
         !option_of(text);
}

// What an option's word is called in the canonical form, or what is wrong with it.
base::Result<std::string> canonical(Option option, const std::string& word) {
  switch (option) {
    case Option::database: {
      const auto number = base::parse_i64(word);
      if (!number || *number < 0 || *number > INT_MAX) {
        return base::failure(std::string("quota: invalid database"));
      }
      return word;
    }
    case Option::prefix:
      if (word.empty() || word.size() > kPrefixBytesMax) {
        return base::failure(fmt::format("quota: a prefix has 1 to {} bytes", kPrefixBytesMax));
      }
      return word;
    case Option::maxmemory: {
      const auto bytes = base::parse_memory(word);
      if (!bytes || *bytes < 0) return base::failure(std::string("quota: invalid maxmemory"));
      return memory_text(*bytes);
    }
    case Option::policy:
    case Option::compression:
      break;
  }
  const auto* choice = find_choice(choices_of(option), word);
  if (choice != nullptr) return std::string(choice->name);
  return base::failure(
      fmt::format("quota: unknown {}", kOptions[static_cast<std::size_t>(option)]));
}

// Takes one quota off the front of `words` and puts its canonical words behind `to`.
base::Result<void> take(Words& words, std::vector<std::string>& to) {
  const auto& name = words.front();
  if (!is_name(name)) {
    return base::failure(fmt::format("quota: '{}' is not a name", name.substr(0, kNameBytesMax)));
  }
  words = words.subspan(1);
  std::optional<std::string> found[std::size(kOptions)];
  while (!words.empty()) {
    const auto option = option_of(words.front());
    if (!option) break;
    if (words.size() < 2) return base::failure(fmt::format("quota: '{}' without value", words[0]));
    auto& value = found[static_cast<std::size_t>(*option)];
    if (value) return base::failure(fmt::format("quota: '{}' stands twice", words[0]));
    auto text = canonical(*option, words[1]);
    if (!text) return base::failure(text.error());
    value = *std::move(text);
    words = words.subspan(2);
  }
  if (!found[0] && !found[1]) {
    return base::failure(fmt::format("quota: '{}' says neither database nor prefix", name));
  }
  to.push_back(name);
  for (std::size_t i = 0; i < std::size(kOptions); ++i) {
    if (!found[i]) continue;
    to.emplace_back(kOptions[i]);
    to.push_back(*found[i]);
  }
  return {};
}

Quota quota_of(const std::vector<std::string>& words) {
  Quota quota{.name = words.front()};
  for (std::size_t i = 1; i + 1 < words.size(); i += 2) {
    const auto& text = words[i + 1];
    switch (option_of(words[i]).value_or(Option::prefix)) {
      case Option::database:
        quota.database = static_cast<int>(base::parse_i64(text).value_or(0));
        break;
      case Option::prefix:
        quota.prefix = text;
        break;
      case Option::maxmemory:
        quota.maxmemory = base::parse_memory(text).value_or(0);
        break;
      case Option::policy:
        if (const auto* policy = find_choice(rows::kPolicyChoices, text)) {
          quota.maxmemory_policy = static_cast<MaxmemoryPolicy>(policy->number);
        }
        break;
      case Option::compression:
        if (const auto* choice = find_choice(rows::kCompressionChoices, text)) {
          quota.value_compression = static_cast<ValueCompression>(choice->number);
        }
        break;
    }
  }
  return quota;
}

}  // namespace

std::vector<std::vector<std::string>> split(Words words) {
  std::vector<std::vector<std::string>> lines;
  for (std::size_t i = 0; i < words.size();) {
    auto& line = lines.emplace_back();
    line.push_back(words[i++]);
    for (; i + 1 < words.size() && option_of(words[i]); i += 2) {
      line.push_back(words[i]);
      line.push_back(words[i + 1]);
    }
  }
  return lines;
}

base::Result<Value> parse(Words words, Value value) {
  while (!words.empty()) {
    const auto taken = take(words, value.words);
    if (!taken) return base::failure(taken.error());
  }
  const auto lines = split(value.words);
  if (lines.size() > kQuotasMax) {
    return base::failure(fmt::format("quota: no more than {} of them", kQuotasMax));
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto one = quota_of(lines[i]);
    for (std::size_t j = 0; j < i; ++j) {
      const auto other = quota_of(lines[j]);
      if (one.name == other.name) {
        return base::failure(fmt::format("quota: '{}' stands twice", one.name));
      }
      if (one.database == other.database && one.prefix == other.prefix) {
        return base::failure(
            fmt::format("quota: '{}' and '{}' are about the same keys", other.name, one.name));
      }
    }
  }
  return value;
}

}  // namespace quotas

void store_into(std::vector<Quota>& field, const Value& value) {
  field.clear();
  for (const auto& line : quotas::split(value.words)) field.push_back(quotas::quota_of(line));
}

}  // namespace larder::settings
