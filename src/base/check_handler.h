// What a failed check does before the process ends.
#pragma once

#include <string_view>

namespace larder::base {

// Called with what is wrong; it may end the process in its own way. nullptr: none.
using CheckHandler = void (*)(const char* file, int line, std::string_view condition,
                              std::string_view detail) noexcept;
void set_check_handler(CheckHandler handler) noexcept;

}  // namespace larder::base
