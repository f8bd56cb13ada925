// Asks the processor for a cache line ahead of its use.
#pragma once

namespace larder::base {

// Any address will do. The empty statement keeps what calls this: a function that only prefetches
// has no effect that GCC 12 knows of, and it drops calls of it.
[[gnu::always_inline]] inline void prefetch(const void* at) noexcept {
  __builtin_prefetch(at);
  __asm__ volatile("");
}

}  // namespace larder::base
