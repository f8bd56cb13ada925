// The arguments that commands on the deadlines of fields share: `FIELDS numfields field ...`, and
// times.
#pragma once

#include <optional>
#include <string_view>

#include "command/context.h"

namespace larder::families {

// How a time is written: its unit, and from when it counts.
struct TimeForm {
  std::int64_t unit_ms = 1;
  bool from_now = true;
};

inline constexpr TimeForm kSecondsFromNow{1000, true};
inline constexpr TimeForm kMillisecondsFromNow{1, true};
inline constexpr TimeForm kUnixSeconds{1000, false};
inline constexpr TimeForm kUnixMilliseconds{1, false};

// The fields named after FIELDS at `at` and their number, which is checked. Answers an error where
// they are not as they should be; `count_error` where the number is no positive integer.
std::optional<command::Args> read_field_names(
    command::Context& ctx, command::Args args, std::size_t at,
    std::string_view count_error = "ERR Number of fields must be a positive integer");

// The deadline that `text` says. Answers an error where it is no time that a field can have.
std::optional<base::UnixMs> read_field_deadline(command::Context& ctx, std::string_view text,
                                                TimeForm form);

}  // namespace larder::families
