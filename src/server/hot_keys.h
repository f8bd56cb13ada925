// A session of HOTKEYS: which keys took the most processor time and the most bytes of requests and
// replies between its start and its end.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/heavy_hitters.h"
#include "base/random.h"
#include "command/spec.h"

namespace larder::server {

class Call;

class HotKeys {
 public:
  struct Options {
    bool by_time = false;
    bool by_bytes = false;
    std::size_t count = 10;         // of keys shown
    std::int64_t duration_ms = 0;   // 0: until it is stopped
    std::int64_t sample_ratio = 1;  // one command in so many counts for its keys
  };
  // What all commands used since the start, and the process.
  struct Totals {
    std::uint64_t cycles = 0;
    std::uint64_t bytes = 0;
    std::int64_t user_ms = 0;
    std::int64_t system_ms = 0;
  };

  void start(const Options& options, base::UnixMs now);
  void stop(base::UnixMs now);
  void reset() noexcept { session_.reset(); }

  // Takes note that the session's time is over.
  void look_at_clock(base::UnixMs now) {
    if (is_on_ && ends_ms_ <= now) stop(ends_ms_);
  }
  bool is_on() const noexcept { return is_on_; }
  bool has_results() const noexcept { return session_ != nullptr; }

  // A command has run. REQUIRES: is_on().
  void note(Call& call, const command::Spec& spec, command::Args args, std::uint64_t cycles,
            std::size_t bytes);

  // REQUIRES: has_results().
  const Options& options() const noexcept { return session_->options; }
  Totals totals() const;
  base::UnixMs started_ms() const noexcept { return session_->started_ms; }
  std::int64_t duration_ms(base::UnixMs now) const noexcept {
    return (is_on_ ? now : session_->ended_ms) - session_->started_ms;
  }
  const base::HeavyHitters& by_cycles() const noexcept { return session_->by_cycles; }
  const base::HeavyHitters& by_bytes() const noexcept { return session_->by_bytes; }

 private:
  // More than are shown, so that those are the right ones.
  static constexpr std::size_t kKeysPerShown = 16;

  struct Session {
    explicit Session(const Options& options_in)
        : options(options_in),
          by_cycles(options_in.count * kKeysPerShown),
          by_bytes(options_in.count * kKeysPerShown) {}

    Options options;
    base::UnixMs started_ms = 0;
    base::UnixMs ended_ms = 0;
    Totals before;  // of the process; afterwards, what the session used
    Totals used;
    base::HeavyHitters by_cycles;
    base::HeavyHitters by_bytes;
  };

  std::unique_ptr<Session> session_;
  base::UnixMs ends_ms_ = 0;
  base::Random random_{base::secure_random_u64()};
  bool is_on_ = false;
};

}  // namespace larder::server
