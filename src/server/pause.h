// CLIENT PAUSE: until when which commands wait. Several reasons may pause at once; the longest and
// strictest counts.
#pragma once

#include "base/clock.h"
#include "command/table.h"

namespace larder::server {

class Pause {
 public:
  enum class Scope { none, writes, all };

  // A later pause never shortens an earlier one, and never loosens it.
  void begin(Scope scope, base::UnixMs until) noexcept {
    if (until > until_ms_) until_ms_ = until;
    if (scope > scope_) scope_ = scope;
  }
  void end() noexcept {
    scope_ = Scope::none;
    until_ms_ = 0;
  }

  Scope scope() const noexcept { return scope_; }
  bool is_on() const noexcept { return scope_ != Scope::none; }
  bool is_over(base::UnixMs now) const noexcept { return is_on() && now >= until_ms_; }
  base::UnixMs until_ms() const noexcept { return until_ms_; }

  // `flags`: those of a command, and of what it runs.
  bool holds(command::Flags flags) const noexcept {
    constexpr auto kWrites = command::flag::write | command::flag::may_replicate;
    return scope_ == Scope::all || (scope_ == Scope::writes && (flags & kWrites) != 0);
  }

 private:
  Scope scope_ = Scope::none;
  base::UnixMs until_ms_ = 0;
};

}  // namespace larder::server
