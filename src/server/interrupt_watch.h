// A second SIGINT while the server saves its data to end: somebody at a terminal wants it to end at
// once. The loop, which hears signals otherwise, does not run then.
#pragma once

#include <csignal>

namespace larder::server {

// From construction to destruction. Thread: the loop's; one at a time.
class InterruptWatch {
 public:
  InterruptWatch() noexcept {
    interrupted_ = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted_ = 1; };
    ::sigaction(SIGINT, &action, &before_);
  }
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;
  ~InterruptWatch() { ::sigaction(SIGINT, &before_, nullptr); }

  bool is_interrupted() const noexcept { return interrupted_ != 0; }

 private:
  // A handler is given nothing but the signal.
  static inline volatile std::sig_atomic_t interrupted_ = 0;
  struct sigaction before_ {};
};

}  // namespace larder::server
