// How much memory the process uses, from the allocator and the system. Bytes throughout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/unique_fd.h"
#include "keyspace/keyspace.h"

namespace larder::server {

struct AllocatorMemory {
  std::size_t allocated = 0;  // by the program
  std::size_t active = 0;     // in pages that hold something
  std::size_t unused = 0;     // in pages that nothing is in any more
  std::size_t resident = 0;
  std::size_t retained = 0;
};

// Of jemalloc, or of the C library where the program is built without it. Takes about a
// microsecond.
AllocatorMemory allocator_memory();

// The allocator's bytes, for whoever asks before every command: what this thread took and gave back
// since all threads' figures were last read. Thread: that of the constructor.
class AllocatorBalance {
 public:
  AllocatorBalance() noexcept;
  void synchronize() noexcept;  // about a microsecond
  std::size_t bytes() const noexcept {
    return static_cast<std::size_t>(base_ + *taken_ - *given_back_);
  }
  // What the allocator held beyond that when last read: in pages that hold something, and in such
  // that do not.
  std::size_t fragmented_bytes() const noexcept { return fragmented_bytes_; }
  std::size_t unused_bytes() const noexcept { return unused_bytes_; }

 private:
  static constexpr std::uint64_t kNothing = 0;

  const std::uint64_t* taken_ = &kNothing;  // by this thread, since it began
  const std::uint64_t* given_back_ = &kNothing;
  std::uint64_t base_ = 0;
  std::size_t fragmented_bytes_ = 0;
  std::size_t unused_bytes_ = 0;
};

// Memory that is not held any more by what the allocator and the keyspace tell, while a thread has
// yet to give it back to the system. On a busy core that takes its time, and as much must not be
// taken again meanwhile. It is what is resident beyond what is held, less the least that this has
// been of late: code, stacks, the allocator's own tables.
class ReturningMemory {
 public:
  // Of that, bytes. `held` are told to be held. Takes about a microsecond.
  std::size_t bytes(std::size_t held);
  // What there is now is not on its way after all.
  void forget() noexcept { least_ = least_before_ = SIZE_MAX; }

 private:
  base::UniqueFd statm_;
  std::size_t least_ = SIZE_MAX;         // resident beyond what was held, since began_us_
  std::size_t least_before_ = SIZE_MAX;  // as long before that
  std::int64_t began_us_ = 0;            // monotonic
};

// used_memory: what the allocator and the keyspace's own regions hold for the program.
std::size_t memory_allocated_bytes(const keyspace::Keyspace& keyspace);

// Resident set of the process, from /proc; 0 where unknown. May be asked for in a signal's handler.
std::size_t resident_bytes() noexcept;
// Installed memory of the machine.
std::size_t system_memory_bytes();
std::string_view allocator_name();
// Gives unused pages of the allocator back to the system (MEMORY PURGE).
void purge_allocator();
// The same for what has been unused for long enough, where no thread does it: the allocator itself
// thinks of it only when it is asked for memory. To be called some times a second.
void decay_allocator();
// A thread of the allocator's gives memory back from now on, or no longer. False: there is none,
// and decay_allocator() has to be called. A forked process has none.
bool use_allocator_thread(bool wanted);
// Moves memory out of pages that it shares with few others of its size, if it does, into fuller
// ones. Returns where it is then. Up to some microseconds.
void* move_together(void* memory);

}  // namespace larder::server
