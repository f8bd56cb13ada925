// Which processor cores a thread runs on.
#pragma once

#include <bitset>
#include <optional>
#include <string_view>

namespace larder::base {

inline constexpr std::size_t kCoresMax = 1024;  // as many as the system's sets have
using Cores = std::bitset<kCoresMax>;

// A list as in "1,4-7,8-15:2": cores, ranges, and each n-th of a range. Nothing where it is none;
// an empty one is the empty list.
std::optional<Cores> parse_cores(std::string_view list);

// Has this thread, and those that it starts, run there alone. False with errno.
bool run_on(const Cores& cores) noexcept;

}  // namespace larder::base
