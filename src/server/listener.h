// Listening sockets: opens them as the settings say and hands out what connects.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "server/event_loop.h"
#include "settings/settings.h"

namespace larder::server {

struct AcceptedSocket {
  base::UniqueFd fd;  // non-blocking
  std::string peer_address;
  std::string local_address;
  bool is_unix_socket = false;
};

using AcceptCallback = std::function<void(AcceptedSocket)>;

// Accepts in batches of max-new-connections-per-cycle. Out of descriptors it rests for a moment
// instead of spinning.
class Listener final : public IoHandler {
 public:
  enum class Origin : bool { own, inherited };  // who opened it, and closes it for good

  // `loop` and `settings` outlive it.
  Listener(EventLoop& loop, const settings::Settings& settings, base::UniqueFd fd,
           std::string address, int port, AcceptCallback accept, Origin origin = Origin::own);
  ~Listener();  // removes the file of a Unix socket of its own

  // Hands out connections from here on.
  void start();

  bool is_unix() const noexcept { return port_ == 0; }
  const std::string& address() const noexcept {
    return address_;
  }  // as configured: an address or a path
  int port() const noexcept { return port_; }
  bool is_inherited() const noexcept { return origin_ == Origin::inherited; }

  void on_readable() override;
  void on_writable() override {}

 private:
  void rest(std::chrono::milliseconds rest);
  void fail(const char* what);
  void hand_out(int fd, const sockaddr_storage& peer);

  EventLoop& loop_;
  const settings::Settings& settings_;
  base::UniqueFd fd_;
  std::string address_;
  int port_;
  AcceptCallback accept_;
  Origin origin_;
  bool rests_ = false;    // until rest_ is over; edges change nothing then
  bool failing_ = false;  // since the last connection was accepted: logged once
  Registration registration_;
  Timer rest_;
};

using Listeners = std::vector<std::unique_ptr<Listener>>;

// A TCP listener for each address of `bind`; those with a leading '-' may be missing. Fails where
// another address cannot be bound, or none could; what was opened is closed again.
base::Result<Listeners> open_tcp_listeners(EventLoop& loop, const settings::Settings& settings,
                                           const AcceptCallback& accept);

// Listeners of the sockets that the supervisor opened for the server.
Listeners adopt_inherited_listeners(EventLoop& loop, const settings::Settings& settings,
                                    const AcceptCallback& accept);

// The Unix socket of `unixsocket`. A file left by a server that is gone is replaced.
base::Result<std::unique_ptr<Listener>> open_unix_listener(EventLoop& loop,
                                                           const settings::Settings& settings,
                                                           const AcceptCallback& accept);

}  // namespace larder::server
