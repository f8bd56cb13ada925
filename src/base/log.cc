#include "base/log.h"

namespace larder::log {
bool is_on(Level) noexcept { return false; }
void write(Level, std::string_view) {}
}  // namespace larder::log
