// What the log says where the server crashes or stands still: where it was in the program, what it
// ran, how it was. Written by signals' handlers, which allocate nothing and take no lock; then the
// process ends by the signal's default action.
#pragma once

#include <memory>

#include "base/program_symbols.h"

namespace larder::server {

class Server;

// From construction to destruction; one at a time. Of SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT and
// failed checks while crash-log-enabled says so; of SIGALRM, which `kill` or the watchdog sends,
// always: the process goes on then.
class CrashReport {
 public:
  explicit CrashReport(Server& server);
  ~CrashReport();
  CrashReport(const CrashReport&) = delete;
  CrashReport& operator=(const CrashReport&) = delete;

  class Handlers;  // of signals and failed checks

 private:
  void choose_handlers();

  Server& server_;
  base::ProgramSymbols symbols_;
  bool exits_ = false;             // rather than aborts, where a check fails
  std::unique_ptr<char[]> stack_;  // of the handlers: the thread's own may be used up
};

}  // namespace larder::server
