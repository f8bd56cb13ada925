// Requests to a cache: which object each one asks for, and how large the objects are. Read from a
// file, or made up.
//
//   file = magic request-count object-count flags request* size*     little-endian 32-bit words
//   request = number of an object, in the order of first appearance
//   size = of each object in bytes, 0 where the source has none (then bit 0 of flags is clear)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace larder::eviction_bench {

struct Trace {
  std::vector<std::uint32_t> requests;
  std::vector<std::uint32_t> sizes;  // of values, by object
  bool has_sizes = false;
};

// How large the values are: the trace's own, all the same, or a few much larger than most.
enum class Sizes : std::uint8_t { own, equal, heavy };

// Reads standard input. Ends the program where it is no trace.
Trace read_trace(std::size_t requests_max);

// zipf, scan, loop, drift, churn, site: see README.md. Empty where the name is unknown.
Trace made_trace(std::string_view name, std::size_t requests);
Trace site_trace(std::size_t requests);

void choose_sizes(Trace& trace, Sizes sizes);

}  // namespace larder::eviction_bench
