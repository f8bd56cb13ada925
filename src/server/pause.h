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

  bool holds(const command::Command& command) const noexcept {
    if (scope_ == Scope::none) [[likely]] {
      return false;
    }
    return scope_ == Scope::all || command.has(command::flag::write | command::flag::may_replicate);
  }

 private:
  Scope scope_ = Scope::none;
  base::UnixMs until_ms_ = 0;
};

}  // namespace larder::server
