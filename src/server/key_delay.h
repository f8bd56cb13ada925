// What key-load-delay and rdb-key-save-delay ask for: tests slow the server down with them.
#pragma once

#include <unistd.h>

#include <cstdint>

namespace larder::server {

// Waits so many microseconds; a negative number waits one microsecond every so many keys.
inline void delay_key(std::int64_t delay, std::uint64_t keys) noexcept {
  if (delay == 0) return;
  if (delay > 0) {
    ::usleep(static_cast<useconds_t>(delay));
  } else if (keys % static_cast<std::uint64_t>(-delay) == 0) {
    ::usleep(1);
  }
}

}  // namespace larder::server
