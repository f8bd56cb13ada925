// Connections to other servers that are waited for: everything that is done on one has to be done
// by its deadline, however the peer behaves. The loop stands still meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace larder::server {

class PeerLink {
 public:
  // Nothing takes longer than `timeout_ms` from now on, all together.
  void begin(std::int64_t timeout_ms) noexcept;
  bool is_out_of_time() const noexcept;

  // REQUIRES of all that follow: begin(). Each returns false where it failed, or the time was over.
  bool connect(const std::string& host, const std::string& port);
  bool write(std::string_view bytes);
  // A line of at most kLineBytesMax, without its end.
  bool read_line(std::string& line);

 private:
  static constexpr std::size_t kLineBytesMax = 1024;

  bool wait_for(short events) const;
  bool connect_to(int family, const void* address, std::size_t address_bytes);

  std::int64_t deadline_ms_ = 0;  // by the monotonic clock
  base::UniqueFd fd_;
  std::string received_;  // beyond the lines that were taken
};

// Links that nobody uses now, kept for who wants the same peer soon.
class PeerLinks {
 public:
  static constexpr base::UnixMs kKeptMs = 10'000;
  static constexpr std::size_t kLinksMax = 64;

  // Takes out the link to that peer; false where none is kept. Its peer may have closed it since.
  bool take(std::string_view host, std::string_view port, PeerLink& link);
  // REQUIRES: everything that was asked on the link has been answered.
  void keep(std::string_view host, std::string_view port, PeerLink link, base::UnixMs now);
  void close_idle(base::UnixMs now) noexcept;

  std::size_t size() const noexcept { return kept_.size(); }

 private:
  struct Kept {
    std::string host;
    std::string port;
    PeerLink link;
    base::UnixMs since_ms;
  };

  std::vector<Kept> kept_;  // the longest first
};

}  // namespace larder::server
