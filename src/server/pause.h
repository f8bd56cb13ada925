// Which commands wait: for CLIENT PAUSE until some time, the longest and strictest of several; and
// those that write while the append-only log has fallen behind, however long that takes.
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

  void hold_writes(bool held) noexcept { holds_writes_ = held; }

  // Of CLIENT PAUSE.
  Scope scope() const noexcept { return scope_; }
  bool is_over(base::UnixMs now) const noexcept {
    return scope_ != Scope::none && now >= until_ms_;
  }
  base::UnixMs until_ms() const noexcept { return until_ms_; }

  bool is_on() const noexcept { return scope_ != Scope::none || holds_writes_; }
  // `flags`: those of a command, and of what it runs.
  bool holds(command::Flags flags) const noexcept {
    constexpr auto kWrites = command::flag::write | command::flag::may_replicate;
    return scope_ == Scope::all || (is_on() && (flags & kWrites) != 0);
  }

 private:
  Scope scope_ = Scope::none;
  base::UnixMs until_ms_ = 0;
  bool holds_writes_ = false;
};

}  // namespace larder::server
