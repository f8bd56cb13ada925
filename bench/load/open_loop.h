// The open loop: requests start by a timetable that does not wait for replies, as those of many
// applications do. Latency counts from the scheduled instant, so a stall is charged to every
// request that should have started during it.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "load/workload.h"

namespace larder::load {

struct OpenLoopOptions {
  double requests_per_second = 100'000;  // a Poisson process: arrivals independent of each other
  double seconds = 10;
  double warmup_seconds = 1;
};

// The result as a JSON object: latency by command, and how late the generator itself was.
base::Result<std::string> run_open_loop(const WorkloadOptions& workload,
                                        const OpenLoopOptions& options);

}  // namespace larder::load
