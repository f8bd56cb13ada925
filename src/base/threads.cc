#include "base/threads.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <mutex>
#include <utility>

namespace larder::base {
namespace {

std::mutex g_mutex;
Cores g_background_cores;

Cores background_cores() {
  const std::scoped_lock lock(g_mutex);
  return g_background_cores;
}

}  // namespace

// Niceness is a thread's own on Linux. At the usual one a thread that computes without a pause
// keeps who wakes up waiting until the next tick, 4 ms, if that one had its share before.
void give_way(Urgency urgency) noexcept {
  if (urgency == Urgency::usual) return;
  const int nicer = urgency == Urgency::low ? 10 : 19;
  const auto thread = static_cast<id_t>(::gettid());
  ::setpriority(PRIO_PROCESS, thread, ::getpriority(PRIO_PROCESS, thread) + nicer);
}

void set_background_cores(const Cores& cores) {
  const std::scoped_lock lock(g_mutex);
  g_background_cores = cores;
}

std::thread start_background_thread(const char* name, std::function<void()> work, Urgency urgency) {
  return std::thread([name, cores = background_cores(), work = std::move(work), urgency] {
    ::pthread_setname_np(::pthread_self(), name);
    give_way(urgency);
    // Who set them was told whether they can be had.
    if (cores.any()) run_on(cores);
    work();
  });
}

}  // namespace larder::base
