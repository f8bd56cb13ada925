#include "families/deadlines.h"

#include <algorithm>
#include <limits>

namespace larder::families {
namespace {

constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

// A setting in seconds as milliseconds; 0 and what does not fit is no limit.
std::int64_t limit_ms(std::int64_t seconds) noexcept {
  return seconds <= 0 || seconds > kForever / 1000 ? kForever : seconds * 1000;
}

// The instant after `ttl_ms`, or the last one before kNever.
Deadline instant_after(base::UnixMs now, std::int64_t ttl_ms) noexcept {
  return ttl_ms >= kNever - now ? kNever - 1 : now + ttl_ms;
}

// REQUIRES: ttl_ms > 0.
std::int64_t jittered(command::Context& ctx, std::int64_t ttl_ms) noexcept {
  const auto percent = std::min<std::int64_t>(ctx.settings.ttl_jitter_percent, 100);
  if (percent <= 0) return ttl_ms;
  const auto most = static_cast<std::int64_t>(static_cast<__int128>(ttl_ms) * percent / 100);
  const auto taken =
      static_cast<std::int64_t>(ctx.random.below(static_cast<std::uint64_t>(most) + 1));
  return std::max<std::int64_t>(ttl_ms - taken, 1);
}

}  // namespace

Deadline deadlines_detail::default_for(command::Context& ctx) noexcept {
  const auto ttl_ms = std::min(limit_ms(ctx.settings.default_ttl), limit_ms(ctx.settings.max_ttl));
  return ttl_ms == kForever ? kNever : instant_after(ctx.now(), jittered(ctx, ttl_ms));
}

Deadline deadline_after(command::Context& ctx, std::int64_t ttl_ms) noexcept {
  if (ttl_ms <= 0) return ctx.wall_ms() + ttl_ms;
  if (ctx.is_replay) return instant_after(ctx.wall_ms(), ttl_ms);
  return instant_after(ctx.now(), jittered(ctx, std::min(ttl_ms, limit_ms(ctx.settings.max_ttl))));
}

Deadline deadline_at(command::Context& ctx, Deadline at) noexcept {
  if (ctx.is_replay) return std::min(at, kNever - 1);
  return std::min(at, instant_after(ctx.now(), limit_ms(ctx.settings.max_ttl)));
}

}  // namespace larder::families
