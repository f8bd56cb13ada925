// The append-only log of a running server: takes the journal's bytes at the end of each turn and
// hands them to the thread that writes them, and decides what clients see of it. With appendfsync
// always it keeps the replies of those who changed something until the disk has it, and goes on
// serving others; otherwise nobody waits, unless the disk falls so far behind that a promise would
// be broken: then commands that write do, and others go on. While it cannot be written, changes are
// refused.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "persist/append_directory.h"
#include "persist/append_writer.h"
#include "persist/rewrite_lifecycle.h"
#include "server/background_job.h"
#include "server/saving_child.h"

namespace larder::server {

class Connection;

class AppendOnlyLog {
 public:
  explicit AppendOnlyLog(Server& server);
  ~AppendOnlyLog();

  // Loads what an earlier run left; clients are heard meanwhile where `hears_clients`. False where
  // there is nothing. The failure says what is wrong with it.
  base::Result<bool> load(bool hears_clients);
  // Begins to append, with a base of the data as it is where there is no log yet.
  base::Result<void> begin();

  // CONFIG SET appendonly: begins with a rewrite, and is on from there on; ends at once.
  base::Result<void> turn_on();
  void turn_off();
  // Takes over what was changed in the settings.
  void apply_settings();
  // A child began or ended, for this or for a snapshot.
  void follow_children();

  bool is_on() const noexcept { return writer_ != nullptr; }
  // Whether the files on the disk are all that is needed: not before the first rewrite's end.
  bool is_complete() const noexcept { return is_on() && !is_beginning_; }

  // The end of a turn: what was journaled goes to the writer.
  void hand_over_later();
  // Waits until the disk has everything. False, and a line in the log, where that failed.
  bool flush();

  // Keeps a connection's replies back until the disk has all of the journal up to there.
  void withhold(Connection& connection);

  // Begins a rewrite. False, and a line in the log, where it could not be begun; where it is about
  // to be, that is known later. REQUIRES: !Server::has_child(), and no command is half run.
  bool start_rewrite();
  bool is_about_to_rewrite() const noexcept { return is_rewriting() && child() == nullptr; }
  // From its very beginning to its very end.
  bool is_rewriting() const noexcept {
    return child() != nullptr || job_.is_running() || increment_.has_value();
  }
  // BGREWRITEAOF: whose command is run again when the rewrite has begun or could not be, and what
  // that one is to be told then.
  void tell_of_start(std::uint64_t client) noexcept { start_waiter_ = client; }
  std::optional<bool> start_to_tell(std::uint64_t client) const noexcept {
    return told_of_start_.client == client ? std::optional(told_of_start_.is_begun) : std::nullopt;
  }
  void schedule_rewrite() noexcept { lifecycle_.schedule(); }
  bool is_rewrite_scheduled() const noexcept { return lifecycle_.is_scheduled(); }
  // Ends one that runs. Waits for the disk where its last step was begun, which is then done.
  void kill_child();
  const ChildProcess* child() const noexcept { return child_.process(); }

  // aof-disable-auto-gc was changed.
  void apply_history_setting();

  // To be called several times a second.
  void tick();

  // The error that refuses changes; empty while there is none.
  const std::string& refusal() const noexcept { return refusal_; }

  // WAITAOF: whether the disk has the journal up to there, and who is to be run again with the next
  // news of it.
  bool is_synced_until(std::uint64_t offset) const noexcept { return synced_ >= offset; }
  void tell_of_sync(std::uint64_t client) { sync_waiters_.push_back(client); }

  // DEBUG LOADAOF: everything is forgotten and loaded again.
  base::Result<void> reload();

  // DEBUG AOF-FLUSH-SLEEP: has each write take so long.
  void delay_writes(std::int64_t delay_us);

  // For INFO.
  const persist::RewriteLifecycle& lifecycle() const noexcept { return lifecycle_; }
  std::uint64_t last_copied_bytes() const noexcept { return child_.last_copied_bytes(); }
  std::uint64_t current_bytes() const;  // of all files of the log
  std::uint64_t base_bytes() const noexcept { return base_bytes_; }
  std::size_t buffer_bytes() const noexcept;
  std::uint64_t delayed_syncs() const noexcept { return delayed_syncs_; }
  std::uint64_t loop_cycles() const noexcept { return loop_cycles_; }  // of base::cycles()
  bool has_write_error() const noexcept { return !refusal_.empty(); }

 private:
  void start_writer(persist::AppendDirectory::Opened file);
  void hand_over();
  void on_progress();
  void note_progress();
  void note_errors(const persist::AppendWriter::Progress& progress);
  void hold_where_behind(const persist::AppendWriter::Backlog& backlog);
  void release();
  void wake_sync_waiters();
  base::Result<void> write_first_base();
  void go_on_with_rewrite();
  void tell_start(bool is_begun);
  bool switch_to_increment();
  bool switch_to_temporary_increment();
  void switch_writer(persist::AppendDirectory::Opened file);
  bool fork_rewriter();
  void child_ended(const ChildEnd& end, const std::string& path);
  void publish_base(const std::string& path);
  void base_published();
  void rewrite_ended(persist::RewriteLifecycle::Outcome outcome);
  void tell_of_delay();
  bool keeps_history() const;
  void remove_history();
  void note_sizes();

  Server& server_;
  persist::AppendDirectory directory_;  // the job's while there is one
  std::unique_ptr<persist::AppendWriter> writer_;
  persist::RewriteLifecycle lifecycle_;
  SavingChild child_;          // that writes a base
  bool is_beginning_ = false;  // the first rewrite after it was turned on has not ended
  bool is_child_snapshot_ = false;
  // The next increment, in the manifest but not appended to yet, or why there is none.
  std::optional<base::Result<persist::AppendDirectory::Opened>> increment_;
  std::optional<std::uint64_t> start_waiter_;  // client
  struct {
    std::optional<std::uint64_t> client;  // whose command is run again now
    bool is_begun = false;
  } told_of_start_;
  bool is_posted_ = false;
  std::uint64_t synced_ = 0;
  std::uint64_t answerable_ = 0;  // up to where `always` lets replies go
  bool holds_writes_ = false;
  std::uint64_t delayed_syncs_ = 0;  // that were so slow that writes had to wait
  base::UnixMs next_behind_line_ms_ = 0;
  std::uint64_t rewritten_until_ = 0;          // the journal's offset when the last rewrite began
  std::uint64_t loop_cycles_ = 0;              // that handing over took
  std::uint64_t base_bytes_ = 0;               // of the log when it was rewritten last, or loaded
  std::uint64_t closed_increments_bytes_ = 0;  // of all files but the one that is written to
  std::string refusal_;
  base::UnixMs next_error_line_ms_ = 0;

  struct Withheld {
    std::uint64_t client;
    std::uint64_t until;  // in the journal
  };
  std::vector<Withheld> withheld_;
  std::size_t active_clients_ = 0;  // that waited when some were answered last
  std::vector<std::uint64_t> sync_waiters_;
  BackgroundJob job_;  // changes the manifest. Ends before what it works on
};

}  // namespace larder::server
