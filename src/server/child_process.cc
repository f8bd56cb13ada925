#include "server/child_process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/clock.h"
#include "base/log.h"
#include "base/threads.h"

namespace larder::server {
namespace {

// A look at the copied memory costs the kernel a walk through all page tables: at most a hundredth
// of the child's time goes into that.
constexpr std::int64_t kReportUs = 1'000'000;
constexpr std::int64_t kTimeShare = 100;

// Memory of this process alone: in a child, what one of the two has changed since the fork.
std::uint64_t private_dirty_bytes() noexcept {
  std::FILE* file = std::fopen("/proc/self/smaps_rollup", "re");
  if (file == nullptr) return 0;
  char line[256];
  unsigned long long kilobytes = 0;
  while (std::fgets(line, sizeof line, file) != nullptr) {
    if (std::sscanf(line, "Private_Dirty: %llu kB", &kilobytes) == 1) break;
  }
  std::fclose(file);
  return kilobytes * 1024;
}

// Requests that came while the fork took its time wait for the parent, and cost it more than usual:
// it copies each page that it changes. At its end the scheduler may have given the CPU to the
// child, and leaves it there for up to 4 ms.
void let_parent_catch_up(std::int64_t fork_began_us) noexcept {
  constexpr std::int64_t kMaxUs = 100'000;
  const auto fork_us = base::monotonic_us() - fork_began_us;
  ::usleep(static_cast<useconds_t>(std::clamp<std::int64_t>(2 * fork_us, 0, kMaxUs)));
}

// The copy lets go of everything that is the parent's: a connection that the parent closes would
// otherwise stay open until the child ends.
void become_child(int pipe, int kept_fd, pid_t parent) noexcept {
  log::become_child();
  unsigned from = STDERR_FILENO + 1;
  for (const int kept : {std::min(pipe, kept_fd), std::max(pipe, kept_fd)}) {
    if (kept <= STDERR_FILENO) continue;
    const auto fd = static_cast<unsigned>(kept);
    if (fd > from) ::close_range(from, fd - 1, 0);
    from = fd + 1;
  }
  ::close_range(from, UINT_MAX, 0);
  for (const int signal : {SIGTERM, SIGUSR1}) std::signal(signal, SIG_DFL);
  std::signal(SIGINT, SIG_IGN);  // a terminal sends it to all of us: the parent decides
  ::prctl(PR_SET_PDEATHSIG, SIGUSR1);
  if (::getppid() != parent) ::_exit(EXIT_FAILURE);
}

}  // namespace

// --- in the child
// ----------------------------------------------------------------------------------------------

ChildReporter::ChildReporter(base::UniqueFd pipe) noexcept
    : pipe_(std::move(pipe)), next_us_(base::monotonic_us() + kReportUs) {}

void ChildReporter::look() noexcept {
  const auto now = base::monotonic_us();
  if (now < next_us_) return;
  send();
  const auto cost = base::monotonic_us() - now;
  next_us_ = now + std::max(kReportUs, cost * kTimeShare);
}

void ChildReporter::finish() noexcept { send(); }

void ChildReporter::send() noexcept {
  report_.copied_bytes = std::max(report_.copied_bytes, private_dirty_bytes());
  // Written whole or, where the parent is far behind, not at all.
  [[maybe_unused]] const auto written = ::write(pipe_.get(), &report_, sizeof report_);
}

// --- in the parent
// ----------------------------------------------------------------------------------------------

base::Result<std::unique_ptr<ChildProcess>, int> ChildProcess::start(EventLoop& loop, Work work,
                                                                     OnEnd on_end, int kept_fd) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return base::failure(errno);
  base::UniqueFd reading(ends[0]);
  base::UniqueFd writing(ends[1]);
  const auto parent = ::getpid();
  const auto began_us = base::monotonic_us();
  const auto pid = ::fork();
  if (pid < 0) return base::failure(errno);
  if (pid == 0) {
    base::give_way(base::Urgency::low);
    let_parent_catch_up(began_us);
    become_child(writing.get(), kept_fd, parent);
    ChildReporter reporter(std::move(writing));
    const bool succeeded = work(reporter);
    reporter.finish();
    ::_exit(succeeded ? EXIT_SUCCESS : EXIT_FAILURE);
  }
  std::unique_ptr<ChildProcess> child(new ChildProcess(pid, std::move(reading), std::move(on_end)));
  child->fork_us_ = base::monotonic_us() - began_us;
  writing.reset();
  child->registration_ = loop.watch(child->pipe_.get(), *child);
  if (!child->registration_) return base::failure(errno);
  return child;
}

ChildProcess::ChildProcess(pid_t pid, base::UniqueFd pipe, OnEnd on_end) noexcept
    : pid_(pid), pipe_(std::move(pipe)), on_end_(std::move(on_end)) {}

ChildProcess::~ChildProcess() {
  registration_ = {};
  if (!is_gone_) kill();
}

void ChildProcess::cancel() noexcept {
  is_cancelled_ = true;
  ::kill(pid_, SIGUSR1);
}

void ChildProcess::kill() noexcept {
  ::kill(pid_, SIGKILL);
  wait();
}

void ChildProcess::on_readable() {
  if (is_gone_) return;
  ChildReport report;
  for (;;) {
    const auto count = ::read(pipe_.get(), &report, sizeof report);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return;  // no more for now
    if (count == 0) break;  // it is gone
    if (count != sizeof report) continue;
    report_ = report;
    reported_ms_ = base::monotonic_us() / 1000;
  }
  const auto end = wait();
  const auto on_end = std::move(on_end_);
  on_end(end);  // destroys this
}

ChildEnd ChildProcess::wait() noexcept {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  is_gone_ = true;
  const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return {.succeeded = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS,
          .was_cancelled = is_cancelled_ || signal == SIGUSR1,
          .signal = signal};
}

}  // namespace larder::server
