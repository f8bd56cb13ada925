// The values of all settings, a field a directive. What they are called, their bounds and texts: table.h. Read freely
// by the layers above; changed through settings::Table only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace larder::settings {

struct Settings {
  // Data
  std::int64_t databases = 16;
  std::int64_t default_ttl = 0;         // seconds; 0: off
  std::int64_t max_ttl = 0;             // seconds; 0: off
  std::int64_t ttl_jitter_percent = 0;  // 0 to 100
  std::int64_t proto_max_bulk_len = 512LL << 20;
};

}  // namespace larder::settings
