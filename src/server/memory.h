// How much memory the process uses, from the allocator and the system. Bytes throughout.
#pragma once

#include <cstddef>
#include <string_view>

#include "keyspace/keyspace.h"

namespace larder::server {

struct AllocatorMemory {
  std::size_t allocated = 0;  // by the program
  std::size_t active = 0;     // in pages that hold something
  std::size_t resident = 0;
  std::size_t retained = 0;
};

// Of jemalloc, or of the C library where the program is built without it. Takes about a
// microsecond.
AllocatorMemory allocator_memory();

// used_memory: what the allocator and the keyspace's own regions hold for the program.
std::size_t memory_allocated_bytes(const keyspace::Keyspace& keyspace);

// Resident set of the process, from /proc; 0 where unknown.
std::size_t resident_bytes();
// Installed memory of the machine.
std::size_t system_memory_bytes();
std::string_view allocator_name();
// Gives unused pages of the allocator back to the system (MEMORY PURGE).
void purge_allocator();
// The same for what has been unused for long enough: the allocator itself thinks of it only when it
// is asked for memory. To be called some times a second.
void decay_allocator();

}  // namespace larder::server
