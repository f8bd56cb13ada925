// Tells AddressSanitizer which bytes of our own slabs are free; nothing in other builds.
#pragma once

#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LARDER_POISON 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(LARDER_POISON)
#include <sanitizer/asan_interface.h>
#endif

namespace larder::keyspace {

#if defined(__SANITIZE_ADDRESS__) || defined(LARDER_POISON)
inline void poison(const void* from, std::size_t bytes) {
  __asan_poison_memory_region(from, bytes);
}
inline void unpoison(const void* from, std::size_t bytes) {
  __asan_unpoison_memory_region(from, bytes);
}
#else
inline void poison(const void*, std::size_t) {}
inline void unpoison(const void*, std::size_t) {}
#endif

}  // namespace larder::keyspace
