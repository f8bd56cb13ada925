// Word to what started and watches the process: systemd or upstart, as `supervised` says.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "settings/settings.h"

namespace larder::server {

class Supervisor {
 public:
  enum class Kind : std::uint8_t { none, upstart, systemd };

  // Which one there is: `automatic` finds out by the environment. One that was asked for but is not
  // there counts as none.
  static Kind find(settings::Supervised wanted) noexcept;

  explicit Supervisor(settings::Supervised wanted) noexcept : kind_(find(wanted)) {}

  Kind kind() const noexcept { return kind_; }

  // Clients are served from now on.
  void tell_ready() const;
  void tell_stopping() const;
  // What the server does, in a few words for people. It takes long and goes on: the supervisor is
  // to wait for as long again as one such notice holds.
  void tell_progress(const std::string& status) const;

  // How long a notice of progress holds; repeat it more often than that.
  static constexpr std::int64_t kPatienceUs = 60'000'000;

 private:
  void send(const std::string& state) const;

  Kind kind_;
};

// Listening stream sockets that a supervisor opened for this process (LISTEN_FDS), so that clients
// find them while there is no server. They are handed out once, non-blocking.
struct InheritedSocket {
  base::UniqueFd fd;
  bool is_unix = false;
  std::string address;  // or path
  int port = 0;
};
std::vector<InheritedSocket> take_inherited_sockets();

}  // namespace larder::server
