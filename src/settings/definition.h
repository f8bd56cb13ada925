// What a setting is: one Definition, from which the configuration file, the command line, CONFIG
// GET/SET/REWRITE, conf/larder.conf and docs/configuration.md are all derived. The rows are in
// definitions_*.cc.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "settings/settings.h"

namespace larder::settings {

enum class Section : std::uint8_t {
  network,
  clients,
  access,
  process,
  log,
  memory,
  expiry,
  packed_forms,
  observation,
  snapshots,
  append_only,
  replication,
  cluster,
  tls,
  scripting,
  compatibility,
  debugging
};

// How a setting's text is read and checked; kinds.cc has a function for each.
enum class Kind : std::uint8_t {
  yes_no,
  integer,
  memory,
  memory_or_percent,
  memory_percent_or_auto,
  octal,
  text,
  choice,
  choices,
  addresses,
  directory,
  primary_address,
  save_points,
  quotas,
  output_buffer_limits,
  keyspace_events,
  percentiles,
  oom_scores
};

// Whether a setting does what it says.
enum class Effect : std::uint8_t {
  works,
  later,  // of a feature still to come: kept and shown, and named in a warning at start where it is
          // set
  settled,  // kept for the sake of existing files: the way Larder works leaves nothing to choose
};

// One spelling of a choice, and its number: an enumerator, or bits where several may be given.
struct Choice {
  std::string_view name;
  std::int64_t number;
};

// A checked value. `words` is its only canonical form: CONFIG GET joins them, CONFIG REWRITE quotes
// them.
struct Value {
  std::vector<std::string> words;
  std::int64_t number = 0;  // of yes_no, integer, memory, octal, choice and choices

  bool operator==(const Value&) const = default;
};

// Copies a value into its field. Overloads for the types that are not plain are in kinds.cc.
void store_into(std::vector<std::string>& field, const Value& value);
void store_into(std::vector<double>& field, const Value& value);
void store_into(ShutdownOptions& field, const Value& value);
void store_into(std::array<int, 3>& field, const Value& value);
void store_into(std::vector<SavePoint>& field, const Value& value);
void store_into(std::vector<Quota>& field, const Value& value);
void store_into(std::array<OutputBufferLimit, kClientClasses>& field, const Value& value);

template <auto Field>
void store(Settings& settings, const Value& value) {
  auto& field = settings.*Field;
  using Type = std::remove_reference_t<decltype(field)>;
  if constexpr (std::is_same_v<Type, bool>) {
    field = value.number != 0;
  } else if constexpr (std::is_integral_v<Type> || std::is_enum_v<Type>) {
    field = static_cast<Type>(value.number);
  } else if constexpr (std::is_same_v<Type, std::string>) {
    field = value.words.empty() ? std::string() : value.words.front();
  } else {
    store_into(field, value);
  }
}

struct Definition {
  std::string_view name;
  Section section{};
  Kind kind{};
  std::string_view initial;  // as it would stand in a file
  std::string_view summary;
  std::int64_t min = INT64_MIN;
  std::int64_t max = INT64_MAX;
  std::int64_t clamp_min =
      INT64_MIN;  // values within min and max, but outside of these, are moved to the nearest
  std::int64_t clamp_max = INT64_MAX;
  std::span<const Choice> choices = {};
  std::string_view (*check)(std::string_view text) =
      nullptr;                                      // of Kind::text: what is wrong, or empty
  void (*copy)(Settings&, const Value&) = nullptr;  // nullptr: no module reads it yet
  std::string_view aliases[2] = {};
  std::string_view shipped = {};  // conf/larder.conf's value where it is not the initial one
  Effect effect = Effect::works;
  bool immutable = false;     // only in the file or on the command line
  bool is_protected = false;  // CONFIG SET needs enable-protected-configs
  bool sensitive = false;     // its value is kept out of logs
  bool hidden = false;        // not matched by patterns: for tests of the server itself
  bool deny_loading = false;  // not while the data is loaded

  // Of a value with several words, each a word of the line.
  constexpr bool has_many_words() const noexcept {
    switch (kind) {
      case Kind::choices:
      case Kind::addresses:
      case Kind::primary_address:
      case Kind::save_points:
      case Kind::quotas:
      case Kind::output_buffer_limits:
      case Kind::percentiles:
      case Kind::oom_scores:
        return true;
      default:
        return false;
    }
  }

  // Of a value that is given by several lines, each adding to those before it.
  constexpr bool adds_up() const noexcept {
    return kind == Kind::save_points || kind == Kind::quotas;
  }

  template <class Change>
  constexpr Definition with(Change change) const {
    Definition copy_of_this = *this;
    change(copy_of_this);
    return copy_of_this;
  }

  // A definition with one thing changed, so that a row reads as a sentence.
  template <auto Field>
  constexpr Definition into() const {
    return with([](Definition& d) { d.copy = store<Field>; });
  }
  constexpr Definition alias(std::string_view first, std::string_view second = {}) const {
    return with([&](Definition& d) { d.aliases[0] = first, d.aliases[1] = second; });
  }
  constexpr Definition clamped(std::int64_t low, std::int64_t high) const {
    return with([&](Definition& d) { d.clamp_min = low, d.clamp_max = high; });
  }
  constexpr Definition checked(std::string_view (*function)(std::string_view)) const {
    return with([&](Definition& d) { d.check = function; });
  }
  constexpr Definition ship(std::string_view text) const {
    return with([&](Definition& d) { d.shipped = text; });
  }
  constexpr Definition later() const {
    return with([](Definition& d) { d.effect = Effect::later; });
  }
  constexpr Definition settled() const {
    return with([](Definition& d) { d.effect = Effect::settled; });
  }
  constexpr Definition at_start() const {
    return with([](Definition& d) { d.immutable = true; });
  }
  constexpr Definition guarded() const {
    return with([](Definition& d) { d.is_protected = true; });
  }
  constexpr Definition secret() const {
    return with([](Definition& d) { d.sensitive = true; });
  }
  constexpr Definition unlisted() const {
    return with([](Definition& d) { d.hidden = true; });
  }
  constexpr Definition not_loading() const {
    return with([](Definition& d) { d.deny_loading = true; });
  }
};

// Every setting, section by section.
std::span<const std::span<const Definition>> definitions() noexcept;

}  // namespace larder::settings
