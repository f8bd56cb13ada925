// Snapshots of the data on the disk: written by a child when save points or BGSAVE ask for them, or
// by the server itself where it has to wait for them.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "base/function_ref.h"
#include "command/ports.h"
#include "persist/snapshot_lifecycle.h"
#include "server/saving_child.h"

namespace larder::persist {
class FileSink;
}

namespace larder::server {

class Snapshots final : public command::Flushes {
 public:
  explicit Snapshots(Server& server);

  // Writes a snapshot before it returns, in place of one that a child is writing. False, and a line
  // in the log, where that failed.
  bool save();
  // The same before the server ends. A second SIGINT ends it at once, without this snapshot.
  bool save_last();

  // Writes all data as the base of an append-only log, to the disk: as a snapshot or as commands.
  bool write_base(persist::FileSink& sink, bool is_snapshot, base::FunctionRef<void()> key_written);
  // Has `prepare` called in each child before anything else, of this and of that log.
  void prepare_children(std::function<void(ChildTask)> prepare) { prepare_ = std::move(prepare); }
  void prepare_child(ChildTask task) const {
    if (prepare_) prepare_(task);
  }
  // A child was forked, for this or for that log.
  void note_fork(const ChildProcess& child);

  // Has a child write one. False, and a line in the log, where there can be none.
  // REQUIRES: child() == nullptr.
  bool start();
  // Ends that child soon. False where there is none.
  bool cancel() noexcept { return child_.cancel(); }
  // Ends it and waits until it is gone.
  void kill_child();
  // In a forked copy of the server: a child that writes one is not the copy's.
  void forget_child() noexcept { child_.forget(); }

  void schedule() noexcept { lifecycle_.schedule(); }
  bool unschedule() noexcept { return lifecycle_.unschedule(); }

  // To be called several times a second: starts what save points ask for.
  void tick();

  const persist::SnapshotLifecycle& lifecycle() const noexcept { return lifecycle_; }
  const ChildProcess* child() const noexcept { return child_.process(); }
  std::uint64_t last_copied_bytes() const noexcept { return child_.last_copied_bytes(); }

  struct Figures {
    std::uint64_t forks = 0;
    std::int64_t last_fork_us = 0;
    std::uint64_t keys_total = 0;  // of the child that runs
  };
  const Figures& figures() const noexcept { return figures_; }

 private:
  struct Contents;

  void on_all_flushed() override;

  template <class KeyWritten>
  bool save_with(KeyWritten key_written);
  template <class KeyWritten>
  bool write(persist::FileSink& sink, KeyWritten key_written);
  void note(persist::SnapshotLifecycle::Outcome outcome);

  Server& server_;
  persist::SnapshotLifecycle lifecycle_;
  SavingChild child_;
  std::function<void(ChildTask)> prepare_;
  Figures figures_;
};

}  // namespace larder::server
