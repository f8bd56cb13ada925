#include "server/thread_stacks.h"

#include <execinfo.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <optional>

#include "base/numbers.h"
#include "base/unique_fd.h"

namespace larder::server::thread_stacks {
namespace {

constexpr int kFramesMax = 64;
constexpr int kThreadsMax = 64;
constexpr int kWaitsMax = 100;  // of a millisecond each, for a thread to begin, and to end

// A handler is given nothing but the signal. The thread that is asked; negative while it answers; 0
// where there is no question.
std::atomic<pid_t> asked{0};
std::array<void*, kFramesMax> frames;
std::atomic<int> frame_count{0};

// Programs that send signals of their own to the server have no use for this one.
int signal_that_asks() noexcept { return SIGRTMIN + 7; }

pid_t this_thread() noexcept { return static_cast<pid_t>(::syscall(SYS_gettid)); }

void answer(int) {
  const int error = errno;
  auto self = this_thread();
  if (asked.compare_exchange_strong(self, -self)) {
    frame_count = ::backtrace(frames.data(), kFramesMax);
    asked = 0;
  }
  errno = error;
}

bool is_over_soon(pid_t state) noexcept {
  constexpr timespec kMillisecond{.tv_sec = 0, .tv_nsec = 1'000'000};
  for (int i = 0; i < kWaitsMax && asked == state; ++i) ::nanosleep(&kMillisecond, nullptr);
  return asked != state;
}

enum class Answer { given, none, unfinished };

Answer ask(pid_t thread) noexcept {
  asked = thread;
  ::syscall(SYS_tgkill, ::getpid(), thread, signal_that_asks());
  auto expected = thread;
  if (!is_over_soon(thread) && asked.compare_exchange_strong(expected, 0)) return Answer::none;
  return is_over_soon(-thread) ? Answer::given : Answer::unfinished;
}

// Calls visit(thread) for those in /proc/self/task. The C library's own way to read a folder
// allocates.
template <class Visit>
void for_each_thread(Visit visit) noexcept {
  const base::UniqueFd folder(::open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return;
  struct Entry {  // as getdents64(2) has it
    std::uint64_t inode;
    std::int64_t offset;
    std::uint16_t bytes;
    std::uint8_t type;
    char name[1];
  };
  alignas(Entry) std::array<char, 2048> buffer;
  for (;;) {
    const auto count = ::syscall(SYS_getdents64, folder.get(), buffer.data(), buffer.size());
    if (count <= 0) return;
    for (long at = 0; at < count;) {
      const auto* const entry = reinterpret_cast<const Entry*>(buffer.data() + at);
      at += entry->bytes;
      const auto thread = base::parse_i64(std::string_view(entry->name));
      if (thread && !visit(static_cast<pid_t>(*thread))) return;
    }
  }
}

// "/proc/self/task/<thread>/comm", without its line's end.
std::string_view read_name(pid_t thread, std::array<char, 32>& space) noexcept {
  base::IntegerText digits;
  const auto number = base::to_text(thread, digits);
  std::array<char, 64> path{};
  char* end = path.data();
  for (const std::string_view part :
       {std::string_view("/proc/self/task/"), number, std::string_view("/comm")}) {
    std::memcpy(end, part.data(), part.size());
    end += part.size();
  }
  const base::UniqueFd file(::open(path.data(), O_RDONLY | O_CLOEXEC));
  const auto count = file ? ::read(file.get(), space.data(), space.size()) : 0;
  return {space.data(), count > 1 ? static_cast<std::size_t>(count) - 1 : 0};
}

void set_handler(void (*handler)(int)) noexcept {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigaction(signal_that_asks(), &action, nullptr);
}

}  // namespace

void install() noexcept { set_handler(answer); }
void remove() noexcept { set_handler(SIG_DFL); }

void for_each_other(base::FunctionRef<void(const Stack&)> tell) noexcept {
  int told = 0;
  for_each_thread([&](pid_t thread) {
    if (thread == this_thread()) return true;
    const auto answer = ask(thread);
    const auto count = answer == Answer::given ? static_cast<std::size_t>(frame_count) : 0;
    std::array<char, 32> name_space;
    tell({thread, read_name(thread, name_space), std::span(frames).first(count)});
    // Who has not finished may do so at any time, where the next one would write.
    return answer != Answer::unfinished && ++told < kThreadsMax;
  });
}

}  // namespace larder::server::thread_stacks
