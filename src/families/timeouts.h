// The timeouts of blocking commands, as clients write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "command/context.h"

namespace larder::families {

// In milliseconds, rounded up; 0: for ever. Answers the error where `text` is none.
std::optional<std::int64_t> read_timeout_seconds(command::Context& ctx, std::string_view text);
std::optional<std::int64_t> read_timeout_ms(command::Context& ctx, std::string_view text);

}  // namespace larder::families
