#include "server/crash_report.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <span>
#include <string_view>

#include "base/check_handler.h"
#include "base/clock.h"
#include "base/log_target.h"
#include "base/raw_text.h"
#include "larder/version.h"
#include "server/call.h"
#include "server/memory.h"
#include "server/running_call.h"
#include "server/server.h"
#include "server/thread_stacks.h"

namespace larder::server {
namespace {

constexpr int kFatalSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr std::size_t kStackBytes = 128 * 1024;
constexpr int kFramesMax = 64;
constexpr std::size_t kArgumentsMax = 16;
constexpr std::size_t kArgumentBytesMax = 128;

struct Register {
  std::string_view name;
  std::uint64_t value;
};

#if defined(__x86_64__)
std::array<Register, 18> registers_of(const ucontext_t& context) noexcept {
  const auto& all = context.uc_mcontext.gregs;
  const auto at = [&](int index) { return static_cast<std::uint64_t>(all[index]); };
  return {{{"RIP", at(REG_RIP)},
           {"RSP", at(REG_RSP)},
           {"RBP", at(REG_RBP)},
           {"RAX", at(REG_RAX)},
           {"RBX", at(REG_RBX)},
           {"RCX", at(REG_RCX)},
           {"RDX", at(REG_RDX)},
           {"RSI", at(REG_RSI)},
           {"RDI", at(REG_RDI)},
           {"R8", at(REG_R8)},
           {"R9", at(REG_R9)},
           {"R10", at(REG_R10)},
           {"R11", at(REG_R11)},
           {"R12", at(REG_R12)},
           {"R13", at(REG_R13)},
           {"R14", at(REG_R14)},
           {"R15", at(REG_R15)},
           {"EFL", at(REG_EFL)}}};
}
#elif defined(__aarch64__)
std::array<Register, 4> registers_of(const ucontext_t& context) noexcept {
  const auto& all = context.uc_mcontext;
  return {{{"PC", all.pc}, {"SP", all.sp}, {"LR", all.regs[30]}, {"X0", all.regs[0]}}};
}
#else
std::array<Register, 0> registers_of(const ucontext_t&) noexcept { return {}; }
#endif

void write_registers(base::RawText& out, const ucontext_t& context) noexcept {
  out.text("\n------ REGISTERS ------\n");
  for (const auto& [name, value] : registers_of(context)) {
    out.text(name).text(":").hex(value).text("\n");
  }
}

}  // namespace

// A handler is given nothing but the signal: what it tells of is found here.
class CrashReport::Handlers {
 public:
  static void install(const CrashReport& report) noexcept {
    report_ = &report;
    thread_stacks::install();
    set(SIGALRM, on_alarm, SA_RESTART);
  }
  static void set_fatal(bool is_on) noexcept {
    // A second crash, in the handler, ends the process at once.
    for (const int signal : kFatalSignals)
      set(signal, is_on ? on_crash : nullptr, SA_RESETHAND | SA_NODEFER | SA_ONSTACK);
    base::set_check_handler(is_on ? on_failed_check : nullptr);
  }
  static void remove() noexcept {
    set_fatal(false);
    set(SIGALRM, nullptr, 0);
    thread_stacks::remove();
    report_ = nullptr;
  }

 private:
  using Handler = void (*)(int, siginfo_t*, void*);

  static void set(int signal, Handler handler, int flags) noexcept {
    struct sigaction action {};
    if (handler == nullptr) {
      action.sa_handler = SIG_DFL;
    } else {
      action.sa_sigaction = handler;
      action.sa_flags = flags | SA_SIGINFO;
    }
    ::sigaction(signal, &action, nullptr);
  }

  // True for the thread that is to report. Others that crash meanwhile wait for the end.
  static bool begin() noexcept {
    const auto self = static_cast<int>(::syscall(SYS_gettid));
    int nobody = 0;
    if (reporter_.compare_exchange_strong(nobody, self)) return true;
    if (nobody == self) return false;
    for (;;) ::pause();
  }

  static void on_crash(int signal, siginfo_t* info, void* context) {
    if (begin()) {
      const Target target;
      base::RawText out(target.fd);
      write_head(out);
      out.text("Larder ").text(kLarderVersion).text(" crashed by signal: ").number(signal);
      out.text(", si_code: ").number(info->si_code).text("\n");
      if (info->si_code <= 0) {
        out.text("Killed by PID: ").number(info->si_pid);
        out.text(", UID: ").number(info->si_uid).text("\n");
      } else {
        out.text("Accessing address: ").hex(reinterpret_cast<std::uint64_t>(info->si_addr));
        out.text("\n");
      }
      write_stack(out);
      write_registers(out, *static_cast<const ucontext_t*>(context));
      write_rest(out);
    }
    ::raise(signal);  // by default now
  }

  static void on_failed_check(const char* file, int line, std::string_view condition,
                              std::string_view detail) noexcept {
    if (begin()) {
      const Target target;
      base::RawText out(target.fd);
      write_head(out);
      out.text("=== ASSERTION FAILED ===\n==> ").text(file).text(":").number(line);
      out.text(" '").text(condition).text("' is not true");
      if (!detail.empty()) out.text(": ").quoted(detail);
      out.text("\n");
      write_stack(out);
      write_rest(out);
    }
    if (report_->exits_) ::_exit(EXIT_FAILURE);
    set(SIGABRT, nullptr, 0);  // has reported
  }

  static void on_alarm(int, siginfo_t* info, void*) {
    const int error = errno;
    {
      const Target target;
      base::RawText out(target.fd);
      // A timer of ours has no sender.
      out.text(info->si_pid == 0 ? "\n--- WATCHDOG TIMER EXPIRED ---\n" : "\nReceived SIGALRM\n");
      write_place(out);
      write_stack(out);
      write_client(out);
      out.text("--------\n\n");
    }
    errno = error;
  }

  struct Target {
    int fd = log::open_target();
    ~Target() {
      if (fd > STDERR_FILENO) ::close(fd);
    }
  };

  static void write_head(base::RawText& out) noexcept {
    out.text("\n\n=== LARDER BUG REPORT START: Cut & paste starting from here ===\n");
    write_place(out);
  }

  // Which process, and when.
  static void write_place(base::RawText& out) noexcept {
    out.text("pid ").number(::getpid()).text(", thread ").number(::syscall(SYS_gettid));
    out.text(", at ").number(base::unix_ms()).text(" ms since 1970\n");
  }

  static void write_stack(base::RawText& out) noexcept {
    out.text("\n------ STACK TRACE ------\n");
    void* frames[kFramesMax];
    write_frames(out, {frames, static_cast<std::size_t>(::backtrace(frames, kFramesMax))});
    out.text("------ STACK TRACE DONE ------\n");
    out.flush();  // this much at least
  }

  static void write_other_threads(base::RawText& out) noexcept {
    out.text("\n------ OTHER THREADS ------\n");
    thread_stacks::for_each_other([&out](const thread_stacks::Stack& stack) {
      out.text("thread ").number(stack.thread).text(", ").text(stack.name).text("\n");
      if (stack.frames.empty()) out.text("does not answer\n");
      write_frames(out, stack.frames);
      out.flush();
    });
  }

  static void write_frames(base::RawText& out, std::span<void* const> frames) noexcept {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const auto* const frame = frames[i];
      // What it returns to is behind the call.
      const auto* const call = static_cast<const char*>(frame) - 1;
      out.number(static_cast<std::int64_t>(i))
          .text(" ")
          .hex(reinterpret_cast<std::uint64_t>(frame))
          .text(" ");
      if (const auto function = report_->symbols_.at(call); !function.name.empty()) {
        out.text(function.name).text("+").hex(function.offset + 1).text(" (");
        out.hex(base::ProgramSymbols::place_in_file(frame)).text(")\n");
        continue;
      }
      Dl_info library{};
      if (::dladdr(call, &library) != 0 && library.dli_fname != nullptr) {
        out.text(library.dli_fname).text(" ");
        if (library.dli_sname != nullptr) out.text(library.dli_sname);
      }
      out.text("\n");
    }
  }

  static void write_rest(base::RawText& out) noexcept {
    write_client(out);
    write_facts(out);
    write_other_threads(out);
    out.text("\n=== LARDER BUG REPORT END. c++filt makes its names readable ===\n\n");
  }

  static void write_client(base::RawText& out) noexcept {
    const auto* const call = RunningCall::now();
    if (call == nullptr || call->command == nullptr) return;
    const auto& client = call->client;
    out.text("\n------ CURRENT CLIENT INFO ------\n");
    out.text("id=").number(static_cast<std::int64_t>(client.id));
    out.text(" addr=").text(client.peer_address).text(" db=").number(client.database);
    out.text(" cmd=").text(call->command->full_name).text("\n");
    const auto args = call->arguments;
    out.text("argc: ").number(static_cast<std::int64_t>(args.size())).text("\n");
    for (std::size_t i = 0; i < std::min(args.size(), kArgumentsMax); ++i) {
      out.text("argv[").number(static_cast<std::int64_t>(i)).text("]: ");
      write_argument(out, *call, i);
      out.text("\n");
    }
    out.flush();
  }

  static void write_argument(base::RawText& out, const Call& call, std::size_t index) noexcept {
    const auto argument = call.arguments[index];
    const auto is_secret = call.command->spec->is_secret;
    const bool is_hidden = report_->server_.settings().hide_user_data_from_log && index > 0;
    if (is_hidden || (is_secret != nullptr && is_secret(call.arguments, index))) {
      out.text("*redacted*, ").number(static_cast<std::int64_t>(argument.size())).text(" bytes");
    } else {
      out.text("\"").quoted(argument.substr(0, kArgumentBytesMax)).text("\"");
      if (argument.size() > kArgumentBytesMax) out.text("...");
    }
  }

  static void write_facts(base::RawText& out) noexcept {
    auto& server = report_->server_;
    const auto fact = [&](std::string_view name, auto value) {
      out.text(name).text(":").number(static_cast<std::int64_t>(value)).text("\n");
    };
    out.text("\n------ INFO OUTPUT ------\n");
    out.text("larder_version:").text(kLarderVersion).text("\n");
    out.text("executable:").text(server.identity().executable).text("\n");
    out.text("config_file:").text(server.identity().config_file).text("\n");
    if (const auto& context = server.settings().debug_context; !context.empty()) {
      out.text("debug_context:\"").quoted(context).text("\"\n");
    }
    fact("uptime_in_seconds", (base::unix_ms() - server.identity().started_ms) / 1000);
    fact("used_memory_rss", resident_bytes());
    fact("maxmemory", server.memory_limit().bytes());
    fact("connected_clients", server.clients().size());
    fact("total_connections_received", server.statistics().connections_received);
    fact("total_commands_processed", server.statistics().commands_processed);
    fact("loading", server.is_loading() ? 1 : 0);
    fact("shutting_down", server.is_shutting_down() ? 1 : 0);
    fact("child_in_progress", server.has_child() ? 1 : 0);
    const auto& keyspace = server.keyspace();
    for (int i = 0; i < keyspace.database_count(); ++i) {
      const auto keys = server.keyspace().database(i).size();
      if (keys == 0) continue;
      out.text("db").number(i).text(":keys=").number(static_cast<std::int64_t>(keys)).text("\n");
    }
  }

  static inline const CrashReport* report_ = nullptr;
  static inline std::atomic<int> reporter_{0};  // thread; 0: nobody
};

CrashReport::CrashReport(Server& server)
    : server_(server), stack_(std::make_unique<char[]>(kStackBytes)) {
  void* frame = nullptr;
  ::backtrace(&frame, 1);  // loads what it needs: later it may not
  const stack_t stack = {.ss_sp = stack_.get(), .ss_flags = 0, .ss_size = kStackBytes};
  ::sigaltstack(&stack, nullptr);
  Handlers::install(*this);
  choose_handlers();
  server_.settings_table().on_change({"crash-log-enabled", "use-exit-on-panic"},
                                     [this](const settings::Settings&) -> base::Result<void> {
                                       choose_handlers();
                                       return {};
                                     });
}

CrashReport::~CrashReport() {
  Handlers::remove();
  const stack_t none = {.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
  ::sigaltstack(&none, nullptr);
}

void CrashReport::choose_handlers() {
  exits_ = server_.settings().use_exit_on_panic;
  Handlers::set_fatal(server_.settings().crash_log_enabled);
}

}  // namespace larder::server
