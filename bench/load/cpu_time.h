// CPU time of the server, seen from outside, and how long a process stood in the run queue.
#pragma once

#include <sys/types.h>
#include <time.h>

#include <cstdint>

#include "base/unique_fd.h"

namespace larder::load {

// User and system time of all threads of a process, ended ones included. Exact while the process
// sleeps; behind by up to a scheduler tick (4 ms) while it runs, so read it before the load and
// after the last reply.
class CpuTime {
 public:
  // `pid` 0: no process; cpu_ns() is 0.
  explicit CpuTime(pid_t pid) noexcept;
  std::int64_t cpu_ns() const noexcept;

 private:
  clockid_t clock_ = 0;
  bool is_known_ = false;
};

// How long the main thread of a process was ready to run but had no CPU: what other work on the
// machine did to it.
class RunQueueTime {
 public:
  explicit RunQueueTime(pid_t pid);  // 0: no process
  std::int64_t waited_ns() const noexcept;

 private:
  base::UniqueFd schedstat_;
};

// Keeps this process on one CPU. False where that cannot be.
bool pin_to_cpu(int cpu) noexcept;

}  // namespace larder::load
