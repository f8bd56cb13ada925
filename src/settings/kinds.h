// Reads the words of a setting: what each kind accepts, and the texts for what it does not.
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "settings/definition.h"

namespace larder::settings {

// The choice of that spelling, whatever its case; nullptr where there is none.
const Choice* find_choice(std::span<const Choice> choices, std::string_view word) noexcept;

// The value of `words`. `current` is what the setting has now: the kinds whose lines add up start
// from it where `add` is true; output buffer limits always keep the classes that `words` leaves
// out.
base::Result<Value> parse(const Definition& definition, std::span<const std::string> words,
                          const Value& current, bool add);

// The value of a definition's `initial`. REQUIRES: it is valid.
Value initial_value(const Definition& definition);

// What the setting accepts, in a few words: "yes or no", "integer, 0 to 65535".
std::string describe_kind(const Definition& definition);

// Bytes with the largest unit that divides them: 1gb, 1500.
std::string memory_text(std::int64_t bytes);

}  // namespace larder::settings
