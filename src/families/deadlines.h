// The one place that decides when a key expires: every command that creates a key or gives one a
// TTL asks here, so that the settings `default-ttl`, `max-ttl` and `ttl-jitter-percent` hold for
// all of them alike.
//
//                                       default-ttl         max-ttl ttl-jitter-percent
//   a new key without a TTL             gives it a TTL      a TTL of at most that   shortens that
//   TTL a TTL (EX, PX, EXPIRE, SETEX)       -                   shortens it             shortens it
//   a time (EXAT, PXAT, EXPIREAT)       -                   brings it forward       -
//   KEEPTTL of a key that exists        -                   -                       -
//   PERSIST                             -                   -                       -
//
// A new key is one that was not there, or whose value and TTL a command such as SET replaces. A key
// that would never expire outlives any `max-ttl`, so with one set even a new key without a TTL gets
// it. What asks for permanence by name (PERSIST) is obeyed. A time is not jittered, since whoever
// names an instant means that instant. Jitter takes a random share, up to that percentage, off a
// TTL after it was shortened to `max-ttl`: keys that were set together (or shortened to the same
// TTL) do not expire together. It leaves at least 1 ms.
#pragma once

#include <cstdint>

#include "command/context.h"
#include "keyspace/types.h"

namespace larder::families {

using keyspace::Deadline;
using keyspace::kNever;

namespace deadlines_detail {
Deadline default_for(command::Context& ctx) noexcept;
}

// For a key that is created, or set anew, without a TTL.
inline Deadline deadline_for_new_key(command::Context& ctx) noexcept {
  if ((ctx.settings.default_ttl | ctx.settings.max_ttl) == 0 || ctx.is_replay) [[likely]]
    return kNever;
  return deadlines_detail::default_for(ctx);
}

// For a TTL of `ttl_ms` from now; one that is not positive is a deadline that has passed. Never
// kNever. REQUIRES: ttl_ms + now does not overflow.
Deadline deadline_after(command::Context& ctx, std::int64_t ttl_ms) noexcept;

// For the time `at`, which may have passed. Never kNever.
Deadline deadline_at(command::Context& ctx, Deadline at) noexcept;

}  // namespace larder::families
