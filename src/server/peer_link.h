// A connection to another server that is waited for: everything that is done on it has to be done
// by one deadline, however the peer behaves. The loop stands still meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace larder::server {

class PeerLink {
 public:
  // Nothing takes longer than `timeout_ms` from now on, all together.
  explicit PeerLink(std::int64_t timeout_ms) noexcept;

  // Each returns false where it failed, or the time was over.
  bool connect(const std::string& host, const std::string& port);
  bool write(std::string_view bytes);
  // A line of at most kLineBytesMax, without its end.
  bool read_line(std::string& line);

 private:
  static constexpr std::size_t kLineBytesMax = 1024;

  bool wait_for(short events) const;
  bool connect_to(int family, const void* address, std::size_t address_bytes);

  std::int64_t deadline_ms_;  // by the monotonic clock
  base::UniqueFd fd_;
  std::string received_;  // beyond the lines that were taken
};

}  // namespace larder::server
