#include "server/memory.h"

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/clock.h"
#include "base/threads.h"
#include "base/unique_fd.h"

#if defined(__SANITIZE_ADDRESS__)
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();  // GCC ships no header for it
#endif
#if defined(LARDER_JEMALLOC)
#include <jemalloc/jemalloc.h>
#define LARDER_STRING_OF(text) #text
#define LARDER_STRING(text) LARDER_STRING_OF(text)
#endif

#if defined(LARDER_JEMALLOC)
// Pages that were freed go back to the system within a tenth of a second rather than ten: at
// maxmemory values of one size make room for those of another, which would be held twice for that
// long. jemalloc reads this when it starts.
const char* malloc_conf = "dirty_decay_ms:100,muzzy_decay_ms:0,max_background_threads:1";
#endif

namespace larder::server {

#if defined(LARDER_JEMALLOC)
namespace {

std::size_t read_statistic(const char* name) {
  std::size_t value = 0;
  std::size_t size = sizeof value;
  return mallctl(name, &value, &size, nullptr, 0) == 0 ? value : 0;
}

}  // namespace

AllocatorMemory allocator_memory() {
  constexpr std::size_t kPageBytes = 4096;
  std::uint64_t epoch = 1;
  std::size_t size = sizeof epoch;
  mallctl("epoch", &epoch, &size, &epoch,
          size);  // statistics are a snapshot until this says to take a new one
  // What threads keep at hand for their next allocations counts as allocated there; the program has
  // given it back.
  const auto allocated = read_statistic("stats.allocated");
  const auto at_hand =
      read_statistic("stats.arenas." LARDER_STRING(MALLCTL_ARENAS_ALL) ".tcache_bytes");
  return {.allocated = allocated - std::min(allocated, at_hand),
          .active = read_statistic("stats.active"),
          .unused = kPageBytes *
                    read_statistic("stats.arenas." LARDER_STRING(MALLCTL_ARENAS_ALL) ".pdirty"),
          .resident = read_statistic("stats.resident"),
          .retained = read_statistic("stats.retained")};
}

std::string_view allocator_name() {
  return "jemalloc-" LARDER_STRING(JEMALLOC_VERSION_MAJOR) "." LARDER_STRING(
      JEMALLOC_VERSION_MINOR) "." LARDER_STRING(JEMALLOC_VERSION_BUGFIX);
}

namespace {

void in_all_arenas(const char* action) {
  char name[40];
  std::snprintf(name, sizeof name, "arena.%d.%s", MALLCTL_ARENAS_ALL, action);
  mallctl(name, nullptr, nullptr, nullptr, 0);
}

}  // namespace

AllocatorBalance::AllocatorBalance() noexcept {
  const auto counter = [](const char* name) -> const std::uint64_t* {
    std::uint64_t* at = nullptr;
    std::size_t size = sizeof at;
    return mallctl(name, &at, &size, nullptr, 0) == 0 && at != nullptr ? at : &kNothing;
  };
  taken_ = counter("thread.allocatedp");
  given_back_ = counter("thread.deallocatedp");
}

void purge_allocator() { in_all_arenas("purge"); }
void decay_allocator() { in_all_arenas("decay"); }

// The allocator's thread is as urgent as the one that has it started.
bool use_allocator_thread(bool wanted) {
  bool has_one = false;
  const auto choose = [&] {
    has_one = mallctl("background_thread", nullptr, nullptr, &wanted, sizeof wanted) == 0 && wanted;
  };
  base::start_background_thread("larder-memory", choose, base::Urgency::lowest).join();
  return has_one;
}

namespace {

// What the allocator tells of the pages that a small allocation shares with others of its size.
struct Shared {
  const char* current = nullptr;  // the pages that the next allocation of this size is taken from
  std::size_t free_places = 0;
  std::size_t places = 0;
  std::size_t bytes = 0;
  std::size_t free_places_of_size = 0;  // in all such pages
  std::size_t places_of_size = 0;

  bool is_current(const void* memory) const noexcept {
    const auto* const at = static_cast<const char*>(memory);
    return at >= current && at < current + bytes;
  }
  bool is_sparse() const noexcept {
    return places > 1 && free_places != 0 && free_places_of_size >= places_of_size / 8;
  }
};

// Nothing where the allocator does not tell.
Shared shared_of(void* memory) noexcept {
  constexpr std::size_t kNames = 3;
  static const auto query = [] {
    std::array<std::size_t, kNames> name{};
    auto names = kNames;
    if (mallctlnametomib("experimental.utilization.query", name.data(), &names) != 0) name = {};
    return name;
  }();
  Shared shared;
  auto size = sizeof shared;
  static_assert(sizeof shared == 6 * sizeof(std::size_t), "as the allocator writes it");
  if (query[0] == 0 && query[1] == 0) return {};
  const bool is_known =
      mallctlbymib(query.data(), kNames, &shared, &size, &memory, sizeof memory) == 0;
  return is_known ? shared : Shared{};
}

}  // namespace

// The allocator fills the oldest pages first: what leaves younger ones goes there.
void* move_together(void* memory) {
  const auto shared = shared_of(memory);
  if (!shared.is_sparse() || shared.is_current(memory)) return memory;
  constexpr std::size_t kLine = 64;
  const auto bytes = ::malloc_usable_size(memory);
  // As it is aligned now: what has the size of some lines begins with a line.
  const auto alignment = std::min(bytes & (~bytes + 1), kLine);
  // What the thread keeps at hand is no help: it is memory that was freed last.
  auto* const moved = ::mallocx(bytes, MALLOCX_TCACHE_NONE | MALLOCX_ALIGN(alignment));
  if (moved == nullptr) return memory;
  std::memcpy(moved, memory, bytes);
  ::dallocx(memory, MALLOCX_TCACHE_NONE);
  return moved;
}
#else
AllocatorMemory allocator_memory() {
#if defined(__SANITIZE_ADDRESS__)  // its allocator stands in for the C library's, which sees
                                   // nothing
  const auto allocated = __sanitizer_get_current_allocated_bytes();
  return {.allocated = allocated, .active = allocated, .resident = allocated, .retained = 0};
#else
  const auto info = ::mallinfo2();
  return {.allocated = info.uordblks + info.hblkhd,
          .active = info.arena + info.hblkhd,
          .resident = info.arena + info.hblkhd,
          .retained = 0};
#endif
}

std::string_view allocator_name() { return "libc"; }

// Known only when read.
AllocatorBalance::AllocatorBalance() noexcept = default;

void purge_allocator() { ::malloc_trim(0); }
void decay_allocator() {}
bool use_allocator_thread(bool) { return false; }
void* move_together(void* memory) { return memory; }
#endif

void AllocatorBalance::synchronize() noexcept {
  const auto memory = allocator_memory();
  base_ = memory.allocated + *given_back_ - *taken_;
  fragmented_bytes_ = memory.active - std::min(memory.active, memory.allocated);
  unused_bytes_ = memory.unused;
}

std::size_t memory_allocated_bytes(const keyspace::Keyspace& keyspace) {
  // Tables and large values come from the allocator: only the entries' regions do not.
  return allocator_memory().allocated + keyspace.entry_bytes();
}

namespace {

base::UniqueFd open_statm() noexcept {
  return base::UniqueFd(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
}

// 0 where unknown.
std::size_t resident_bytes_in(const base::UniqueFd& statm) noexcept {
  char text[128];
  const auto count = statm ? ::pread(statm.get(), text, sizeof text, 0) : -1;
  if (count <= 0) return 0;
  // The second number is that of the resident pages.
  const auto* const end = text + count;
  const auto* const space = std::find(text, text + count, ' ');
  std::size_t pages = 0;
  if (space != end) std::from_chars(space + 1, end, pages);
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

std::size_t resident_bytes() noexcept { return resident_bytes_in(open_statm()); }

#if defined(LARDER_JEMALLOC)
std::size_t ReturningMemory::bytes(std::size_t held) {
  constexpr std::int64_t kWindowUs = 2'000'000;
  const auto now_us = base::monotonic_us();
  if (now_us - began_us_ > kWindowUs) {
    least_before_ = std::exchange(least_, SIZE_MAX);
    began_us_ = now_us;
  }
  if (!statm_) statm_ = open_statm();
  const auto resident = resident_bytes_in(statm_);
  const auto beyond = resident - std::min(resident, held);
  least_ = std::min(least_, beyond);
  return beyond - std::min(least_, least_before_);
}
#else
std::size_t ReturningMemory::bytes(std::size_t) { return 0; }  // nobody does it later
#endif

std::size_t system_memory_bytes() {
  return static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) *
         static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace larder::server
