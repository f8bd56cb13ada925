// The closed loop: every connection sends a batch of requests and, when all its replies are there,
// the next batch. The server is always busy, so this measures throughput and CPU time a request;
// latency under load is the open loop's.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "load/workload.h"

namespace larder::load {

struct ClosedLoopOptions {
  std::uint32_t pipeline = 1;
  double seconds = 1;
  double warmup_seconds = 0;
  std::uint64_t requests = 0;  // where not 0: this many, rather than `seconds`
  // Connections that listen to `channel`, to which every command publishes: a batch is done when
  // each of them has its messages.
  std::uint32_t subscribers = 0;
  // Or rather when it is answered: messages are waited for at the end alone.
  bool publishes_on = false;
};

// The result as a JSON object.
base::Result<std::string> run_closed_loop(const WorkloadOptions& workload,
                                          const ClosedLoopOptions& options);

}  // namespace larder::load
