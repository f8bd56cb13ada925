#include "settings/kinds_special.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <memory>

#include "base/collation.h"
#include "base/cores.h"
#include "base/numbers.h"
#include "settings/lexer.h"

namespace larder::settings {
namespace special {
namespace {

constexpr std::size_t kAddressesMax = 16;
constexpr std::size_t kHostNameBytesMax = 256;
constexpr std::string_view kEventClasses = "Ag$lshzxeKEtmdn";

// Classes that `A` stands for, in the order in which they are shown.
constexpr std::string_view kAllEvents = "g$lshzxetd";
// The others: new keys, keyspace, keyevent, misses.
constexpr std::string_view kOtherEvents = "nKEm";

constexpr std::string_view kClassNames[kClientClasses] = {"normal", "slave", "pubsub"};

std::optional<std::size_t> client_class(std::string_view name) noexcept {
  if (base::equal_ignoring_case(name, "replica")) return 1;
  for (std::size_t i = 0; i < kClientClasses; ++i) {
    if (base::equal_ignoring_case(name, kClassNames[i])) return i;
  }
  return std::nullopt;
}

// With at most six digits after the point and no zeros at the end.
std::string decimal_text(double number) {
  auto text = fmt::format("{:.6f}", number);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

bool is_letter_or_digit(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

base::Result<Value> parse_addresses(Words words) {
  if (words.size() > kAddressesMax) return base::failure("Too many bind addresses specified.");
  return Value{.words = {words.begin(), words.end()}};
}

base::Result<Value> parse_directory(const std::string& path) {
  if (path.empty()) return base::failure("dir can't be empty");
  const std::unique_ptr<char, decltype(&::free)> resolved(::realpath(path.c_str(), nullptr),
                                                          ::free);
  if (!resolved) return base::failure(std::string(::strerror(errno)));
  if (::access((std::string(resolved.get()) + "/.").c_str(), X_OK) != 0) {
    return base::failure(std::string(::strerror(errno)));
  }
  return Value{.words = {resolved.get()}};
}

base::Result<Value> parse_primary_address(Words words) {
  if (words.empty()) return Value{};
  if (words.size() != 2) return base::failure("wrong number of arguments");
  if (base::equal_ignoring_case(words[0], "no") && base::equal_ignoring_case(words[1], "one")) {
    return Value{};
  }
  const auto port = base::parse_i64(words[1]);
  if (!port || *port < 0 || *port > 65535) return base::failure("Invalid primary port");
  return Value{.words = {words[0], std::to_string(*port)}};
}

base::Result<Value> parse_save_points(Words words, Value value) {
  if (words.empty()) return Value{};
  if (words.size() % 2 != 0) return base::failure("Invalid save parameters");
  for (std::size_t i = 0; i < words.size(); i += 2) {
    const auto seconds = base::parse_i64(words[i]);
    const auto changes = base::parse_i64(words[i + 1]);
    if (!seconds || !changes || *seconds < 1 || *changes < 0 || *changes > INT_MAX) {
      return base::failure("Invalid save parameters");
    }
    value.words.push_back(words[i]);
    value.words.push_back(words[i + 1]);
  }
  return value;
}

Value no_output_buffer_limits() {
  Value value;
  for (const auto name : kClassNames) {
    value.words.insert(value.words.end(), {std::string(name), "0", "0", "0"});
  }
  return value;
}

base::Result<Value> parse_output_buffer_limits(Words words, const Value& current) {
  if (words.size() % 4 != 0) {
    return base::failure("Wrong number of arguments in buffer limit configuration.");
  }
  const auto size = [](const std::string& text) {
    return text.starts_with('-') ? std::nullopt : base::parse_memory(text);
  };
  Value value = current.words.empty() ? no_output_buffer_limits() : current;
  for (std::size_t i = 0; i < words.size(); i += 4) {
    const auto which = client_class(words[i]);
    if (!which) {
      return base::failure("Invalid client class specified in buffer limit configuration.");
    }
    const auto hard = size(words[i + 1]);
    const auto soft = size(words[i + 2]);
    const auto seconds = base::parse_i64(words[i + 3]);
    if (!hard || !soft || !seconds || *seconds < 0 || *seconds > INT_MAX) {
      return base::failure(
          "Error in hard, soft or soft_seconds setting in buffer limit configuration.");
    }
    std::size_t at = *which * 4;
    for (const auto number : {*hard, *soft, *seconds}) value.words[++at] = std::to_string(number);
  }
  return value;
}

base::Result<Value> parse_keyspace_events(const std::string& letters) {
  if (letters.find_first_not_of(kEventClasses) != std::string::npos) {
    return base::failure(fmt::format("Invalid event class character. Use '{}'.", kEventClasses));
  }
  const auto has = [&](char c) { return letters.find(c) != std::string::npos; };
  const bool all = has('A') || std::ranges::all_of(kAllEvents, has);
  std::string text = all ? "A" : "";
  for (const char c : kAllEvents) {
    if (!all && has(c)) text.push_back(c);
  }
  for (const char c : kOtherEvents) {
    if (has(c)) text.push_back(c);
  }
  return Value{.words = {text}};
}

base::Result<Value> parse_percentiles(std::string_view name, Words words) {
  Value value;
  for (const auto& word : words) {
    const auto number = base::parse_double(word);
    if (!number) return base::failure(fmt::format("Invalid {} parameters", name));
    if (!(*number >= 0 && *number <= 100)) {
      return base::failure(fmt::format("{} parameters should sit between [0.0,100.0]", name));
    }
    value.words.push_back(decimal_text(*number));
  }
  return value;
}

base::Result<Value> parse_oom_scores(Words words) {
  if (words.size() != 3) return base::failure("wrong number of arguments");
  Value value;
  for (const auto& word : words) {
    const auto number = base::parse_i64(word);
    if (!number || *number < -2000 || *number > 2000) {
      return base::failure(
          "Invalid oom-score-adj-values, elements must be between -2000 and 2000.");
    }
    value.words.push_back(word);
  }
  return value;
}

std::string_view check_snapshot_name(std::string_view name) {
  if (name.empty()) return "dbfilename can't be empty";
  return name.find('/') == name.npos ? "" : "dbfilename can't be a path, just a filename";
}

std::string_view check_append_only_name(std::string_view name) {
  if (name.empty()) return "appendfilename can't be empty";
  return name.find('/') == name.npos ? "" : "appendfilename can't be a path, just a filename";
}

std::string_view check_append_only_directory(std::string_view name) {
  if (name.empty()) return "appenddirname can't be empty";
  return name.find('/') == name.npos ? "" : "appenddirname can't be a path, just a dirname";
}

std::string_view check_cluster_file(std::string_view name) {
  return name.empty() ? "cluster-config-file can't be empty" : "";
}

std::string_view check_host_name(std::string_view name) {
  if (name.size() >= kHostNameBytesMax) return "Hostnames must be less than 256 characters";
  const bool ok = std::ranges::all_of(
      name, [](char c) { return is_letter_or_digit(c) || c == '-' || c == '.'; });
  return ok ? "" : "Hostnames may only contain alphanumeric characters, hyphens or dots";
}

std::string_view check_node_name(std::string_view name) {
  static constexpr std::string_view kRefused = "!#$%&()*+:;<>?@[]^{|}~'\"\\/,= ";
  const bool ok = std::ranges::all_of(
      name, [](char c) { return c > ' ' && c <= '~' && kRefused.find(c) == kRefused.npos; });
  return ok ? "" : "Announced human node name contained invalid character";
}

std::string_view check_ipv4(std::string_view address) {
  in_addr parsed{};
  const bool ok =
      address.empty() || ::inet_pton(AF_INET, std::string(address).c_str(), &parsed) == 1;
  return ok ? "" : "Invalid IPv4 address";
}

std::string_view check_ipv6(std::string_view address) {
  in6_addr parsed{};
  const bool ok =
      address.empty() || ::inet_pton(AF_INET6, std::string(address).c_str(), &parsed) == 1;
  return ok ? "" : "Invalid IPv6 address";
}

std::string_view check_title_template(std::string_view text) {
  static constexpr std::string_view kVariables[] = {
      "title", "listen-addr", "server-mode", "port", "tls-port", "unixsocket", "config-file"};
  while (!text.empty()) {
    const auto open = text.find('{');
    if (open == text.npos) return "";
    const auto close = text.find('}', open);
    const auto name = close == text.npos ? "" : text.substr(open + 1, close - open - 1);
    if (std::ranges::find(kVariables, name) == std::end(kVariables)) {
      return "template format is invalid or contains unknown variables";
    }
    text.remove_prefix(close + 1);
  }
  return "";
}

std::string_view check_cores(std::string_view list) {
  return base::parse_cores(list) ? "" : "argument must be a list of cores, such as 0-7:2,9";
}

std::string_view check_locale(std::string_view name) {
  return base::has_locale(std::string(name))
             ? ""
             : "Failed to configure LOCALE for invalid locale name.";
}

std::string_view check_shutdown_options(std::string_view words) {
  const bool saves = words.starts_with("save");
  return saves && words.find("nosave") != words.npos
             ? "shutdown options SAVE and NOSAVE can't be used simultaneously"
             : "";
}

}  // namespace special

// The words are canonical: their numbers were checked when they were read.

void store_into(std::vector<std::string>& field, const Value& value) { field = value.words; }

void store_into(std::vector<double>& field, const Value& value) {
  field.clear();
  for (const auto& word : value.words) field.push_back(base::parse_double(word).value_or(0));
}

void store_into(ShutdownOptions& field, const Value& value) {
  const auto has = [&](std::string_view word) {
    return std::ranges::find(value.words, word) != value.words.end();
  };
  field = {.save = has("save"), .nosave = has("nosave"), .now = has("now"), .force = has("force")};
}

void store_into(std::array<int, 3>& field, const Value& value) {
  for (std::size_t i = 0; i < field.size(); ++i) {
    field[i] = static_cast<int>(base::parse_i64(value.words[i]).value_or(0));
  }
}

void store_into(std::vector<SavePoint>& field, const Value& value) {
  const auto number = [&](std::size_t at) { return base::parse_i64(value.words[at]).value_or(0); };
  field.clear();
  for (std::size_t i = 0; i + 1 < value.words.size(); i += 2) {
    field.push_back({number(i), number(i + 1)});
  }
}

void store_into(std::array<OutputBufferLimit, kClientClasses>& field, const Value& value) {
  const auto number = [&](std::size_t at) { return base::parse_i64(value.words[at]).value_or(0); };
  for (std::size_t i = 0; i < kClientClasses; ++i) {
    field[i] = {number(i * 4 + 1), number(i * 4 + 2), number(i * 4 + 3)};
  }
}

}  // namespace larder::settings
