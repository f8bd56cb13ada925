// Growth: inserts new keys without pause over one connection while another sends single requests
// and times each. Shows the stalls of a table that grows.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "load/workload.h"

namespace larder::load {

struct GrowthOptions {
  std::uint32_t pipeline = 16;  // requests that may stand before a probe in the server's queue
  std::size_t worst_kept = 10;
};

// Inserts the workload's `key_count` keys in order by its first command and probes with its second.
// The result as a JSON object: the probes' latency and the worst of them with the keys there were.
base::Result<std::string> run_growth(WorkloadOptions workload, const GrowthOptions& options);

}  // namespace larder::load
