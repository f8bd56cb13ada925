// What `maxmemory auto` and percentages are of.
#pragma once

#include <cstddef>
#include <string>

namespace larder::server {

// The least of the limits that the process's control groups (version 1 and 2, with all above them)
// set, and the machine's memory. Reads a few files: not for every request. `root` stands before
// each path, for tests.
std::size_t available_memory_bytes(const std::string& root = {});

}  // namespace larder::server
