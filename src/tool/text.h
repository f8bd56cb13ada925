// How the tool writes what came from a file of strangers: for people, and as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace larder::tool {

// Bytes that a terminal would not show as they are become \xhh; no longer than some 100 bytes.
std::string shown(std::string_view name);

// A JSON string with its quotes. Bytes that are no UTF-8 become the characters of their values
// (\u0080 to \u00ff).
std::string json_string(std::string_view text);

// "2026-01-31 10:20:30 UTC"; empty for 0.
std::string shown_time(std::int64_t unix_s);

// "1.5 MB"; below 10,000 as it is.
std::string shown_bytes(std::uint64_t bytes);

}  // namespace larder::tool
