#include "load/cpu_time.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>

namespace larder::load {

CpuTime::CpuTime(pid_t pid) noexcept {
  is_known_ = pid != 0 && ::clock_getcpuclockid(pid, &clock_) == 0;
}

std::int64_t CpuTime::cpu_ns() const noexcept {
  timespec used{};
  if (!is_known_ || ::clock_gettime(clock_, &used) != 0) return 0;
  return used.tv_sec * 1'000'000'000 + used.tv_nsec;
}

RunQueueTime::RunQueueTime(pid_t pid) {
  if (pid != 0)
    schedstat_.reset(::open(fmt::format("/proc/{}/schedstat", pid).c_str(), O_RDONLY | O_CLOEXEC));
}

std::int64_t RunQueueTime::waited_ns() const noexcept {
  // Its three numbers: time on a CPU, time in the run queue, turns.
  char text[96];
  const auto bytes = schedstat_ ? ::pread(schedstat_.get(), text, sizeof(text) - 1, 0) : 0;
  if (bytes <= 0) return 0;
  text[bytes] = '\0';
  char* second = nullptr;
  std::strtoll(text, &second, 10);
  return std::strtoll(second, nullptr, 10);
}

bool pin_to_cpu(int cpu) noexcept {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(cpu, &cpus);
  return ::sched_setaffinity(0, sizeof(cpus), &cpus) == 0;
}

}  // namespace larder::load
