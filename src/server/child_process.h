// A forked copy of the server that works with what the data was at the fork: the parent goes on at
// once, and hears through a pipe how far its child is and that it ended.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "base/function_ref.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "server/event_loop.h"

namespace larder::server {

// What a child is there for.
enum class ChildTask : std::uint8_t { snapshot, rewrite, debugging };

// What a child tells about itself.
struct ChildReport {
  std::uint64_t keys = 0;          // written so far
  std::uint64_t copied_bytes = 0;  // memory that the two no longer share
};

// In the child: counts keys, and tells the parent now and then.
class ChildReporter {
 public:
  explicit ChildReporter(base::UniqueFd pipe) noexcept;

  void count_key() noexcept {
    if (++report_.keys % kKeysPerLook == 0) look();
  }
  void finish() noexcept;

 private:
  static constexpr std::uint64_t kKeysPerLook = 1024;

  void look() noexcept;  // at the clock
  void send() noexcept;

  base::UniqueFd pipe_;
  ChildReport report_;
  std::int64_t next_us_;  // when the next report is due
};

// How a child ended.
struct ChildEnd {
  bool succeeded = false;
  bool was_cancelled = false;
  int signal = 0;  // that ended it, 0 for none
};

class ChildProcess final : public IoHandler {
 public:
  // Forks. The child runs `work`, and ends with success where it returns true; it has one thread
  // and no descriptors but the standard ones and `kept_fd`. The failure is an errno.
  using Work = base::FunctionRef<bool(ChildReporter&)>;
  using OnEnd = std::function<void(const ChildEnd&)>;
  static base::Result<std::unique_ptr<ChildProcess>, int> start(EventLoop& loop, Work work,
                                                                OnEnd on_end, int kept_fd = -1);
  ~ChildProcess();  // ends the child, if it still runs

  pid_t pid() const noexcept { return pid_; }  // after its end, too
  const ChildReport& report() const noexcept { return report_; }
  std::int64_t reported_ms() const noexcept { return reported_ms_; }  // monotonic; 0: not yet
  std::int64_t fork_us() const noexcept { return fork_us_; }

  // Ends the child soon; on_end is called then.
  void cancel() noexcept;
  // Ends it, and waits until it is gone. on_end is not called.
  void kill() noexcept;

  void on_readable() override;
  void on_writable() override {}

 private:
  ChildProcess(pid_t pid, base::UniqueFd pipe, OnEnd on_end) noexcept;

  ChildEnd wait() noexcept;

  pid_t pid_;
  bool is_gone_ = false;
  bool is_cancelled_ = false;
  base::UniqueFd pipe_;
  OnEnd on_end_;
  ChildReport report_;
  std::int64_t reported_ms_ = 0;
  std::int64_t fork_us_ = 0;
  Registration registration_;
};

}  // namespace larder::server
