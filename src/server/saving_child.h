// The child that writes all data to a file while the server goes on: a snapshot, or the base of an
// append-only log. Whoever owns it says what it writes, and hears of its end.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/function_ref.h"

namespace larder::persist {
class FileSink;
}

namespace larder::server {

class ChildProcess;
struct ChildEnd;
enum class ChildTask : std::uint8_t;
class Server;

class SavingChild {
 public:
  // What it is there for, and the lines of the log about it, as Redis has them.
  struct Kind {
    ChildTask task;
    std::string_view name;  // in the line about memory that was copied
    std::string_view refused;
    std::string_view begun;
    std::string_view ended;
    std::string_view failed;
  };
  // Of the file that it writes, for as long as that is not whole.
  using PathOf = std::function<std::string(pid_t)>;
  // The file at `path` is left where it succeeded, and removed otherwise.
  using OnEnd = std::function<void(const ChildEnd& end, const std::string& path)>;

  SavingChild(Server& server, const Kind& kind, PathOf path_of, OnEnd on_end);
  ~SavingChild();  // ends it

  // Forks one. It succeeds where `write` returns true, which is told how to count a key. False, and
  // a line in the log, where the system refuses. REQUIRES: process() == nullptr.
  using Write = base::FunctionRef<bool(persist::FileSink& sink, base::FunctionRef<void()> on_key)>;
  bool start(bool syncs_early, Write write);
  // Ends it soon. False where there is none.
  bool cancel() noexcept;
  // Ends it, waits until it is gone and tells of that. REQUIRES: process() != nullptr.
  void kill();
  // In a forked copy of the server: it is not the copy's.
  void forget() noexcept;

  const ChildProcess* process() const noexcept { return process_.get(); }  // nullptr: none runs
  std::uint64_t last_copied_bytes() const noexcept { return last_copied_bytes_; }  // for the last

 private:
  void note_end(const ChildEnd& end);

  Server& server_;
  const Kind kind_;
  const PathOf path_of_;
  const OnEnd on_end_;
  std::unique_ptr<ChildProcess> process_;
  std::uint64_t last_copied_bytes_ = 0;
};

}  // namespace larder::server
