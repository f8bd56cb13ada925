// The call whose command runs, for reports of crashes: a signal's handler is given nothing but the
// signal.
#pragma once

#include <utility>

namespace larder::server {

class Call;

// From construction to destruction, within others where a command runs further ones. Thread: the
// loop's.
class RunningCall {
 public:
  explicit RunningCall(const Call& call) noexcept : outer_(std::exchange(now_, &call)) {}
  RunningCall(const RunningCall&) = delete;
  RunningCall& operator=(const RunningCall&) = delete;
  ~RunningCall() { now_ = outer_; }

  static const Call* now() noexcept { return now_; }  // nullptr between commands

 private:
  static inline const Call* now_ = nullptr;
  const Call* outer_;
};

}  // namespace larder::server
