#include "server/memory_available.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string_view>

#include "base/numbers.h"
#include "server/memory.h"

namespace larder::server {
namespace {

// A limit of version 1 that is off is written as a number beyond any memory, one of version 2 as
// "max".
std::size_t limit_in(const std::string& path) {
  std::ifstream file(path);
  std::string word;
  if (!(file >> word)) return SIZE_MAX;
  const auto bytes = base::parse_i64(word);
  return bytes && *bytes > 0 ? static_cast<std::size_t>(*bytes) : SIZE_MAX;
}

// The least limit of `group` ("/a/b") and the groups around it. In a container the paths of the
// host are not there, and the mount's root is the container's own group.
std::size_t limit_of_group(const std::string& mount, std::string group, const char* file) {
  auto least = limit_in(mount + "/" + file);
  while (group.size() > 1) {
    least = std::min(least, limit_in(mount + group + "/" + file));
    group.resize(group.rfind('/'));
  }
  return least;
}

}  // namespace

std::size_t available_memory_bytes(const std::string& root) {
  auto least = system_memory_bytes();
  std::ifstream groups(root + "/proc/self/cgroup");
  // Lines of "number:controllers:/group"; version 2 has no controllers.
  for (std::string line; std::getline(groups, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (second == std::string::npos || line.compare(second + 1, 1, "/") != 0) continue;
    const auto controllers = std::string_view(line).substr(first + 1, second - first - 1);
    const auto group = line.substr(second + 1);
    if (controllers.empty()) {
      least = std::min(least, limit_of_group(root + "/sys/fs/cgroup", group, "memory.max"));
    } else if (("," + std::string(controllers) + ",").find(",memory,") != std::string::npos) {
      least = std::min(
          least, limit_of_group(root + "/sys/fs/cgroup/memory", group, "memory.limit_in_bytes"));
    }
  }
  return least;
}

}  // namespace larder::server
