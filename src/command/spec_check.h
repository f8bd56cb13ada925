// What a Spec must not say. A family's table is held to it when it is compiled:
//   static_assert(command::are_consistent(kSpecs));
#pragma once

#include <span>

#include "command/spec.h"

namespace larder::command {

// Brackets in pairs and in order, "(...)" followed by "+": what the grammar needs to be read at
// all.
constexpr bool has_balanced_brackets(std::string_view arguments) {
  char open[32] = {};
  std::size_t depth = 0;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const char c = arguments[i];
    if (c == '[' || c == '<' || c == '(') {
      if (depth == std::size(open)) return false;
      open[depth++] = c;
    } else if (c == ']' || c == '>' || c == ')') {
      const char wanted = c == ']' ? '[' : c == '>' ? '<' : '(';
      if (depth == 0 || open[--depth] != wanted) return false;
      if (c == ')' && (i + 1 == arguments.size() || arguments[i + 1] != '+')) return false;
    }
  }
  return depth == 0;
}

constexpr bool is_lower_case(std::string_view name) {
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') return false;
  }
  return !name.empty();
}

// That there is a handler is left to a test: with the undefined behaviour sanitizer GCC 12 takes no
// comparison of a function's address for a constant.
constexpr bool is_consistent(const Spec& spec) {
  const bool writes = (spec.flags & flag::write) != 0;
  const bool reads = (spec.flags & flag::readonly) != 0;
  if (!is_lower_case(spec.name) || spec.arity == 0) return false;
  if (spec.summary.empty() || spec.complexity.empty() || spec.since.empty()) return false;
  if (writes && reads) return false;
  if ((spec.flags & flag::denyoom) != 0 && !writes) return false;  // nothing else adds memory
  if (!spec.deprecated_since.empty() && spec.replaced_by.empty()) return false;
  if (!has_balanced_brackets(spec.arguments)) return false;
  constexpr KeyFlags kChanging = key_flag::rw | key_flag::ow | key_flag::rm;
  for (const auto& keys : spec.keys.all()) {
    const bool changes = (keys.flags & kChanging) != 0;
    if (changes && !writes && keys.notes.empty()) return false;
    if (keys.begin == KeySpec::Begin::index && keys.index < 1) return false;
    if (keys.find == KeySpec::Find::range && keys.step < 1) return false;
    const auto arity = spec.arity > 0 ? spec.arity : -spec.arity;
    const bool is_first = keys.begin == KeySpec::Begin::index && &keys == &spec.keys.items[0];
    const bool is_key = (keys.flags & key_flag::not_key) == 0;
    if (is_first && is_key && keys.index >= arity)
      return false;  // a call might have no such argument
  }
  return true;
}

constexpr bool are_consistent(std::span<const Spec> specs) {
  for (const auto& spec : specs) {
    if (!is_consistent(spec)) return false;
    for (const auto& subcommand : spec.subcommands) {
      if (!is_consistent(subcommand)) return false;
    }
  }
  return true;
}

}  // namespace larder::command
