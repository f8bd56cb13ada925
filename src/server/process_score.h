// The score by which the kernel chooses a process to end when memory is short (oom_score_adj,
// proc(5)).
#pragma once

#include <cstdint>

#include "settings/settings.h"

namespace larder::server {

class ProcessScore {
 public:
  // Which of oom-score-adj-values counts, in their order.
  enum class Role : std::uint8_t { primary, replica, child };

  // Sets it, or back to what it was. False, and a line in the log, where the system refuses.
  bool apply(settings::OomScoreAdj mode, int value);

 private:
  bool is_changed_ = false;  // by us
  int before_ = 0;           // likewise: what it was
};

}  // namespace larder::server
