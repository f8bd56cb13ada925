#include "base/rests.h"

#include <sys/prctl.h>

#include <ctime>

namespace larder::base {

// Otherwise each takes 50 us longer.
Rests::Rests(std::int64_t now_us) noexcept : began_us_(now_us) { ::prctl(PR_SET_TIMERSLACK, 1UL); }

void Rests::take() noexcept {
  const auto now_us = monotonic_us();
  if (!is_due(now_us)) return;
  constexpr std::timespec kRest{.tv_sec = 0,
                                .tv_nsec = 20'000};  // less may be over before it began
  ::nanosleep(&kRest, nullptr);
  note(monotonic_us() - now_us);
}

}  // namespace larder::base
