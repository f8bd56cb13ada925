// Writes the bytes of an append-only log to its file and has them synced, in threads of its own:
// whoever hands them over never waits for the disk. With `everysec` one thread syncs while the
// other goes on writing, so that the end of the process loses little however slow the disk is.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

#include "base/unique_fd.h"
#include "persist/append_queue.h"
#include "persist/appended_file.h"
#include "persist/disk.h"
#include "settings/settings.h"

namespace larder::persist {

class AppendWriter {
 public:
  // Positions count the bytes that were handed over, from what the constructor was told on.
  struct Progress {
    std::uint64_t written = 0;
    std::uint64_t synced = 0;      // and surely on the disk
    std::uint64_t file_bytes = 0;  // of the file that is written to
    int write_error = 0;           // errno of the last write, 0 while all is well
    int sync_error = 0;            // likewise
    bool has_lost_sync = false;    // a sync failed: what was written before may never reach the
                                   // disk, whatever later syncs say
    bool is_sync_held = false;     // hold_sync()
    std::int64_t last_write_us = 0;
    std::int64_t last_sync_us = 0;
  };

  // What was handed over and is still to be written, or with everysec to be synced.
  struct Backlog {
    std::size_t bytes = 0;
    std::int64_t age_us = 0;  // since its oldest byte was handed over, or somewhat longer
  };

  // `on_progress` is called in one of the writer's threads after each sync, when an error comes or
  // goes, and where it was asked for otherwise.
  AppendWriter(std::uint64_t position, std::function<void()> on_progress,
               Disk& disk = system_disk());
  ~AppendWriter();  // what is not written then is lost
  AppendWriter(const AppendWriter&) = delete;
  AppendWriter& operator=(const AppendWriter&) = delete;

  // What is appended from here on goes to `file`, which has so many bytes; the one before is
  // synced.
  void switch_to(base::UniqueFd file, std::uint64_t bytes);
  // `expects_more`: others who wait for the disk will have something to append in a moment. With
  // `always` they share a sync then, where that takes long enough to be worth a wait.
  Backlog append(std::string_view bytes, bool expects_more = false);

  void set_sync(settings::AppendSync sync);
  // no-appendfsync-on-rewrite: none while others write much; on_progress() comes with each write
  // instead.
  void hold_sync(bool held);

  // To be slow on purpose: so long before each write.
  void delay_writes(std::int64_t delay_us) noexcept { delay_us_ = delay_us; }

  // Waits until everything is written and synced. False where that failed: it is tried once.
  bool flush();

  Progress progress() const;
  Backlog backlog() const;
  // Has on_progress() called once no more than so many bytes are still to be written.
  void tell_when_below(std::size_t bytes);
  // Memory for what is not written. Any thread.
  std::size_t pending_bytes() const noexcept {
    return pending_bytes_.load(std::memory_order_relaxed);
  }
  // A new base on the disk holds all up to that position, so also what lost syncs left out.
  void forget_lost_sync(std::uint64_t until);

 private:
  void run();
  bool has_work(std::int64_t now_us) const;
  bool is_sync_due(std::int64_t now_us) const;
  Backlog backlog_at(std::int64_t now_us) const;
  std::int64_t gathering_us() const noexcept;
  void note_pending() noexcept;
  void write_taken();
  bool write_piece(std::string_view bytes, bool is_synced_next);
  void change_file(AppendQueue::Switch& next);
  void sync_now();
  bool syncs_at_once() const noexcept;
  void lay_out();
  void begin_sync(std::int64_t now_us);
  void run_syncer();
  void note_sync(int error, std::uint64_t position);
  void tell();

  const std::function<void()> on_progress_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;    // there is something to do
  std::condition_variable sooner_;  // there is something to do that cannot wait a millisecond
  std::condition_variable flushed_;
  std::condition_variable sync_wake_;   // a sync has begun
  std::condition_variable sync_ended_;  // that began so
  AppendQueue incoming_;
  Progress progress_;
  std::uint64_t handed_over_;
  std::uint64_t sync_returned_;   // progress_.synced, but for a sync lost before
  std::uint64_t lost_until_ = 0;  // position that the last lost sync would have covered
  std::int64_t gathers_until_us_ = 0;
  std::int64_t unsynced_since_us_ = 0;  // where handed_over_ is beyond sync_returned_
  std::atomic<std::size_t> pending_bytes_ = 0;
  std::atomic<std::int64_t> delay_us_ = 0;
  std::optional<std::size_t> told_below_;
  settings::AppendSync sync_ = settings::AppendSync::everysec;
  std::int64_t retry_us_ = 0;  // when a failure is followed by another try
  std::int64_t sync_began_us_ = 0;
  std::int64_t sync_taken_us_ = 0;  // of what it covers
  std::uint64_t sync_position_ = 0;
  bool is_syncing_ = false;  // beside the writes
  bool is_stopping_ = false;
  std::uint64_t flushes_wanted_ = 0;
  std::uint64_t flushes_done_ = 0;

  // Of the thread that writes.
  AppendQueue::Pieces taken_;
  std::size_t pieces_done_ = 0;  // of taken_
  std::size_t bytes_done_ = 0;   // of the next piece
  AppendedFile file_;            // the same while is_syncing_
  std::int64_t taken_us_ = 0;    // when all that had come was taken

  std::thread thread_;
  std::thread syncer_;
};

}  // namespace larder::persist
