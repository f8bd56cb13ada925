/* Preloaded into a server, makes the time of day run FAST_CLOCK times as fast: a trace of hours is
 * replayed in seconds, with the ages of keys and the clocks of LRU and LFU as they would be. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long long real_us(void) {
  static int (*clock_function)(clockid_t, struct timespec*);
  struct timespec now;
  if (!clock_function)
    clock_function = (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
  clock_function(CLOCK_REALTIME, &now);
  return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static long long fast_us(void) {
  static long long started;
  static long long factor;
  if (!started) {
    const char* text = getenv("FAST_CLOCK");
    factor = text ? atoll(text) : 1;
    started = real_us();
  }
  return started + (real_us() - started) * factor;
}

int gettimeofday(struct timeval* restrict tv, void* restrict zone) {
  (void)zone;
  const long long now = fast_us();
  tv->tv_sec = now / 1000000;
  tv->tv_usec = now % 1000000;
  return 0;
}

time_t time(time_t* at) {
  const time_t now = fast_us() / 1000000;
  if (at) *at = now;
  return now;
}

int clock_gettime(clockid_t clock, struct timespec* at) {
  static int (*next)(clockid_t, struct timespec*);
  if (!next) next = (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
  if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) return next(clock, at);
  const long long now = fast_us();
  at->tv_sec = now / 1000000;
  at->tv_nsec = now % 1000000 * 1000;
  return 0;
}
