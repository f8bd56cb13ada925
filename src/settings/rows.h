// The words in which definitions_*.cc write their rows: one function a kind, each returning a
// Definition to refine.
#pragma once

#include <climits>
#include <cstdint>
#include <string_view>

#include "settings/definition.h"
#include "settings/kinds_special.h"

namespace larder::settings::rows {

inline constexpr std::int64_t kIntMax = INT_MAX;
inline constexpr std::int64_t kUnsignedMax = UINT_MAX;
inline constexpr std::int64_t kLongMax = INT64_MAX;

// All rows of one section share it.
class In {
 public:
  constexpr explicit In(Section section) noexcept : section_(section) {}

  constexpr Definition yes_no(std::string_view name, std::string_view initial,
                              std::string_view summary) const {
    return row(name, Kind::yes_no, initial, summary);
  }
  constexpr Definition integer(std::string_view name, std::string_view initial, std::int64_t min,
                               std::int64_t max, std::string_view summary) const {
    return bounded(name, Kind::integer, initial, min, max, summary);
  }
  constexpr Definition memory(std::string_view name, std::string_view initial, std::int64_t min,
                              std::int64_t max, std::string_view summary) const {
    return bounded(name, Kind::memory, initial, min, max, summary);
  }
  constexpr Definition octal(std::string_view name, std::string_view initial, std::int64_t min,
                             std::int64_t max, std::string_view summary) const {
    return bounded(name, Kind::octal, initial, min, max, summary);
  }
  constexpr Definition text(std::string_view name, std::string_view initial,
                            std::string_view summary) const {
    return row(name, Kind::text, initial, summary);
  }
  constexpr Definition choice(std::string_view name, std::string_view initial,
                              std::span<const Choice> choices, std::string_view summary) const {
    return chosen(name, Kind::choice, initial, choices, summary);
  }
  constexpr Definition choices(std::string_view name, std::string_view initial,
                               std::span<const Choice> of, std::string_view summary) const {
    return chosen(name, Kind::choices, initial, of, summary);
  }
  constexpr Definition special(std::string_view name, Kind kind, std::string_view initial,
                               std::string_view summary) const {
    return row(name, kind, initial, summary);
  }

 private:
  constexpr Definition row(std::string_view name, Kind kind, std::string_view initial,
                           std::string_view summary) const {
    Definition definition;
    definition.name = name;
    definition.section = section_;
    definition.kind = kind;
    definition.initial = initial;
    definition.summary = summary;
    return definition;
  }
  constexpr Definition bounded(std::string_view name, Kind kind, std::string_view initial,
                               std::int64_t min, std::int64_t max, std::string_view summary) const {
    Definition definition = row(name, kind, initial, summary);
    definition.min = min;
    definition.max = max;
    return definition;
  }
  constexpr Definition chosen(std::string_view name, Kind kind, std::string_view initial,
                              std::span<const Choice> choices, std::string_view summary) const {
    Definition definition = row(name, kind, initial, summary);
    definition.choices = choices;
    return definition;
  }

  Section section_;
};

// Numbers as in MaxmemoryPolicy.
inline constexpr Choice kPolicyChoices[] = {
    {"volatile-lru", 0}, {"volatile-lfu", 1}, {"volatile-random", 2},    {"volatile-ttl", 3},
    {"allkeys-lru", 4},  {"allkeys-lfu", 5},  {"allkeys-random", 6},     {"noeviction", 7},
    {"volatile-lrm", 8}, {"allkeys-lrm", 9},  {"volatile-adaptive", 10}, {"allkeys-adaptive", 11}};
inline constexpr Choice kCompressionChoices[] = {{"no", 0}, {"lz4", 1}};
inline constexpr Choice kAllowChoices[] = {{"no", 0}, {"yes", 1}, {"local", 2}};

// One list a file.
std::span<const Definition> network();
std::span<const Definition> clients();
std::span<const Definition> access();
std::span<const Definition> process();
std::span<const Definition> log();
std::span<const Definition> memory();
std::span<const Definition> expiry();
std::span<const Definition> packed_forms();
std::span<const Definition> observation();
std::span<const Definition> snapshots();
std::span<const Definition> append_only();
std::span<const Definition> replication();
std::span<const Definition> cluster();
std::span<const Definition> tls();
std::span<const Definition> scripting();
std::span<const Definition> compatibility();
std::span<const Definition> debugging();

}  // namespace larder::settings::rows
