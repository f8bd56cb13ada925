// Moves what is used together while the process holds much more memory than is in use: activedefrag
// and its thresholds. Decides once a second what share of a core that may take, and works in short
// steps between requests. What maxmemory needs beyond that is MemoryLimit's.
#pragma once

#include <cstddef>
#include <cstdint>

#include "server/event_loop.h"

namespace larder::server {

class Server;

class Defragmentation {
 public:
  explicit Defragmentation(Server& server) noexcept : server_(server) {}

  // Takes the settings over.
  void apply();
  // To be called some times a second.
  void look();
  // For who keeps the loop from turning: works as much as is due by now, some milliseconds at most.
  // REQUIRES: nobody has found an entry and is about to use it.
  void catch_up();

  // Of a core, as decided last; 0 where nothing is to be moved.
  int share_percent() const noexcept { return share_percent_; }
  // For how long there has been something to move: altogether, and since it began last.
  std::int64_t total_us() const noexcept { return total_us_ + current_us(); }
  std::int64_t current_us() const noexcept;
  void reset_statistics() noexcept { total_us_ = 0; }

 private:
  struct Waste {
    std::size_t bytes;     // held beyond what is in use
    std::int64_t percent;  // of what is in use
  };
  Waste waste() const;
  bool is_worth_it(const Waste& waste) const noexcept;
  int share_for(std::int64_t waste_percent) const noexcept;
  void decide();
  void begin(const Waste& waste);
  void end() noexcept;
  void end_round();
  bool may_work() const noexcept;
  void work();
  std::int64_t ahead_us(std::int64_t now_us) const noexcept;
  void go_on_later();

  Server& server_;
  int share_percent_ = 0;
  std::int64_t waste_percent_ = 0;  // when it was decided
  std::size_t wasted_before_ = 0;   // bytes, when the round through all memory began
  bool is_round_over_ = true;       // nothing more is moved until the next decision
  bool is_posted_ = false;          // a step is
  std::int64_t decided_us_ = 0;     // monotonic, as all that follow
  std::int64_t began_us_ = 0;
  std::int64_t total_us_ = 0;
  std::int64_t worked_us_ = 0;       // since it was decided
  std::int64_t rests_until_us_ = 0;  // since the last round was in vain
  std::int64_t rest_us_ = 0;
  Timer timer_;
};

}  // namespace larder::server
