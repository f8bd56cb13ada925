#include "base/threads.h"

#include <pthread.h>

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

void set_background_cores(const Cores& cores) {
  const std::scoped_lock lock(g_mutex);
  g_background_cores = cores;
}

std::thread start_background_thread(const char* name, std::function<void()> work) {
  return std::thread([name, cores = background_cores(), work = std::move(work)] {
    ::pthread_setname_np(::pthread_self(), name);
    // Who set them was told whether they can be had.
    if (cores.any()) run_on(cores);
    work();
  });
}

}  // namespace larder::base
