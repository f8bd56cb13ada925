/* Preloaded into a server, gives it the time of day of a trace: microseconds since 1970 in the file
 * TRACE_CLOCK, where whoever replays the trace writes them. A trace of hours is replayed in
 * seconds, with the ages of keys and the clocks of LRU and LFU as they would be, however busy the
 * machine. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile long long* clock_us;

__attribute__((constructor)) static void open_clock(void) {
  const char* path = getenv("TRACE_CLOCK");
  const int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  void* mapped = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *clock_us, PROT_READ, MAP_SHARED, fd, 0);
  if (fd >= 0) close(fd);
  if (mapped == MAP_FAILED) abort();
  clock_us = mapped;
}

int gettimeofday(struct timeval* restrict tv, void* restrict zone) {
  (void)zone;
  const long long now = *clock_us;
  tv->tv_sec = now / 1000000;
  tv->tv_usec = now % 1000000;
  return 0;
}

time_t time(time_t* at) {
  const time_t now = *clock_us / 1000000;
  if (at) *at = now;
  return now;
}

int clock_gettime(clockid_t clock, struct timespec* at) {
  static int (*next)(clockid_t, struct timespec*);
  if (!next) next = (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
  if (!clock_us || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) {
    return next(clock, at);
  }
  const long long now = *clock_us;
  at->tv_sec = now / 1000000;
  at->tv_nsec = now % 1000000 * 1000;
  return 0;
}
