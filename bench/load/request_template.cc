#include "load/request_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/numbers.h"

namespace larder::load {
namespace {

constexpr std::string_view kKeyPrefix = "key:";
constexpr std::size_t kDigitsMax = 19;  // of a 64-bit number
constexpr std::size_t kValueBytesMax = 512 << 20;

// `number` in `width` digits with leading zeros, ending before `end`.
void write_digits(char* end, std::uint64_t number, std::uint32_t width) noexcept {
  for (; width >= 2; width -= 2) {  // two at a time: half as many divisions wait for one another
    const auto pair = number % 100;
    number /= 100;
    *--end = static_cast<char>('0' + pair % 10);
    *--end = static_cast<char>('0' + pair / 10);
  }
  if (width != 0) *--end = static_cast<char>('0' + number % 10);
}

std::uint64_t power_of_ten(std::uint32_t exponent) noexcept {
  std::uint64_t power = 1;
  while (exponent-- != 0) power *= 10;
  return power;
}

std::string letters(std::size_t count) {
  base::Random random(count);
  std::string text(count, '\0');
  for (auto& letter : text) letter = static_cast<char>('a' + random.below(26));
  return text;
}

}  // namespace

base::Result<RequestTemplate> RequestTemplate::parse(std::string_view text, TemplateSizes sizes) {
  std::vector<std::string_view> arguments;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end != 0) arguments.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (arguments.empty()) return base::failure(std::string("an empty command"));

  RequestTemplate result;
  result.name_ = base::to_lower(arguments.front());
  result.bytes_ = fmt::format("*{}\r\n", arguments.size());
  for (const auto argument : arguments) {
    if (auto added = result.add_argument(argument, sizes); !added)
      return base::failure(added.error());
  }
  return result;
}

base::Result<void> RequestTemplate::add_argument(std::string_view text, TemplateSizes sizes) {
  std::string argument;
  std::vector<Blank> blanks;
  while (!text.empty()) {
    const auto open = std::min(text.find('{'), text.size());
    argument += text.substr(0, open);
    text.remove_prefix(open);
    if (text.empty()) break;
    const auto close = text.find('}');
    if (close == text.npos) return base::failure(fmt::format("no }} after '{}'", text));
    auto added = add_placeholder(text.substr(1, close - 1), sizes, argument, blanks);
    if (!added) return added;
    text.remove_prefix(close + 1);
  }
  bytes_ += fmt::format("${}\r\n", argument.size());
  for (auto blank : blanks) {
    blank.offset += static_cast<std::uint32_t>(bytes_.size());
    blanks_.push_back(blank);
  }
  bytes_ += argument;
  bytes_ += "\r\n";
  return {};
}

base::Result<void> RequestTemplate::add_placeholder(std::string_view text, TemplateSizes sizes,
                                                    std::string& argument,
                                                    std::vector<Blank>& blanks) {
  const auto colon = std::min(text.find(':'), text.size());
  const auto kind = text.substr(0, colon);
  std::size_t width = kind == "key" ? sizes.key_bytes : kind == "value" ? sizes.value_bytes : 0;
  if (colon != text.size()) width = base::parse_u64(text.substr(colon + 1)).value_or(0);
  if (width == 0 || width > kValueBytesMax)
    return base::failure(fmt::format("no width in '{{{}}}'", text));

  if (kind == "value") {
    argument += letters(width);
    return {};
  }
  if (kind == "key") {
    if (width <= kKeyPrefix.size())
      return base::failure(fmt::format("a key of {} bytes is too short", width));
    argument += kKeyPrefix;
    width -= kKeyPrefix.size();
  } else if (width > kDigitsMax) {
    return base::failure(fmt::format("at most {} digits in '{{{}}}'", kDigitsMax, text));
  }

  const auto offset = static_cast<std::uint32_t>(argument.size());
  const auto blank = [&](Kind what) {
    blanks.push_back({what, offset, static_cast<std::uint32_t>(width)});
  };
  if (kind == "key") {
    blank(Kind::key);
  } else if (kind == "seq") {
    blank(Kind::sequence);
  } else if (kind == "rand") {
    blank(Kind::digits);
  } else if (kind == "int") {
    blank(Kind::integer);
  } else {
    return base::failure(fmt::format("an unknown placeholder '{{{}}}'", text));
  }
  argument.append(width, '0');
  return {};
}

void RequestTemplate::append_to(base::ByteBuffer& out, RequestSource& source) const {
  char* const start = out.prepare(bytes_.size());
  std::memcpy(start, bytes_.data(), bytes_.size());
  for (const auto& blank : blanks_) {
    char* const end = start + blank.offset + blank.width;
    switch (blank.kind) {
      case Kind::key:
        write_digits(end, source.keys.next(), blank.width);
        break;
      case Kind::sequence:
        write_digits(end, source.sequence, blank.width);
        break;
      case Kind::digits:
        write_digits(end, source.random.next(), blank.width);
        break;
      case Kind::integer: {
        const auto low = power_of_ten(blank.width - 1);
        write_digits(end, low + source.random.below(9 * low), blank.width);
        break;
      }
    }
  }
  ++source.sequence;
  out.commit(bytes_.size());
}

}  // namespace larder::load
