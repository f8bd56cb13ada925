// Signals to end that come while the loop, which hears them otherwise, does not run: it saves its
// data to end, and somebody at a terminal wants it to end at once; or somebody debugs a script.
#pragma once

#include <csignal>
#include <initializer_list>
#include <utility>
#include <vector>

namespace larder::server {

// From construction to destruction. Thread: the loop's; one at a time.
class InterruptWatch {
 public:
  InterruptWatch(std::initializer_list<int> signals) {
    signal_ = 0;
    struct sigaction action {};
    action.sa_handler = [](int signal) { signal_ = signal; };
    for (const int signal : signals) {
      auto& before = before_.emplace_back(signal, action).second;
      ::sigaction(signal, &action, &before);
    }
  }
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;
  ~InterruptWatch() {
    for (const auto& [signal, before] : before_) ::sigaction(signal, &before, nullptr);
  }

  bool is_interrupted() const noexcept { return signal_ != 0; }
  int signal() const noexcept { return signal_; }  // 0 for none

 private:
  // A handler is given nothing but the signal.
  static inline volatile std::sig_atomic_t signal_ = 0;
  std::vector<std::pair<int, struct sigaction>> before_;
};

}  // namespace larder::server
