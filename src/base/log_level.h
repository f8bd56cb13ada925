// The choices of the log's settings, apart from log.h so that settings need not see how lines are
// formatted.
#pragma once

#include <cstdint>

namespace larder::log {

enum class Level : std::uint8_t { debug, verbose, notice, warning, nothing };
enum class Format : std::uint8_t { legacy, logfmt, json };
enum class TimestampFormat : std::uint8_t { legacy, iso8601, milliseconds };

}  // namespace larder::log
