#include "persist/append_writer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/clock.h"
#include "base/threads.h"

namespace larder::persist {
namespace {

using settings::AppendSync;

constexpr std::int64_t kSecondUs = 1'000'000;
// Between two writes where nobody waits for them: what comes meanwhile is written at once.
constexpr std::chrono::milliseconds kGather{2};
// With `always` a sync waits for others to share it, up to this part of what the last one took.
constexpr std::int64_t kGatheredShare = 4;
constexpr std::int64_t kGatheredMaxUs = 2'000;
constexpr std::int64_t kLookUs = 20'000;  // whether a sync is due, or another try

}  // namespace

AppendWriter::AppendWriter(std::uint64_t position, std::function<void()> on_progress, Disk& disk)
    : on_progress_(std::move(on_progress)),
      handed_over_(position),
      sync_returned_(position),
      file_(disk) {
  progress_.written = progress_.synced = position;
  thread_ = base::start_background_thread("larder-aof", [this] { run(); });
  syncer_ = base::start_background_thread("larder-aof-sync", [this] { run_syncer(); });
}

AppendWriter::~AppendWriter() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_all();
  sooner_.notify_all();
  sync_wake_.notify_all();
  thread_.join();
  syncer_.join();
  file_.trim();
}

// --- whoever appends
// ----------------------------------------------------------------------------------------------

void AppendWriter::switch_to(base::UniqueFd file, std::uint64_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    incoming_.switch_to({std::move(file), bytes});
  }
  wake_.notify_one();
}

AppendWriter::Backlog AppendWriter::append(std::string_view bytes, bool expects_more) {
  bool hurries = false;
  bool is_told = true;
  Backlog backlog;
  {
    const auto now_us = base::monotonic_us();
    const std::lock_guard lock(mutex_);
    if (handed_over_ == sync_returned_) unsynced_since_us_ = now_us;
    const bool is_first = incoming_.empty();
    incoming_.append(bytes);
    handed_over_ += bytes.size();
    note_pending();
    hurries = sync_ == AppendSync::always;
    if (!hurries || !expects_more) {
      gathers_until_us_ = 0;
    } else {
      is_told = gathers_until_us_ == 0 || is_first;
      if (gathers_until_us_ == 0) gathers_until_us_ = now_us + gathering_us();
    }
    backlog = backlog_at(now_us);
  }
  if (is_told) wake_.notify_one();
  if (is_told && hurries) sooner_.notify_one();
  return backlog;
}

AppendWriter::Backlog AppendWriter::backlog() const {
  const std::lock_guard lock(mutex_);
  return backlog_at(base::monotonic_us());
}

AppendWriter::Backlog AppendWriter::backlog_at(std::int64_t now_us) const {
  const bool is_awaited =
      sync_ == AppendSync::everysec && !progress_.is_sync_held && handed_over_ != sync_returned_;
  return {pending_bytes(), is_awaited ? now_us - unsynced_since_us_ : 0};
}

std::int64_t AppendWriter::gathering_us() const noexcept {
  return std::min(progress_.last_sync_us / kGatheredShare, kGatheredMaxUs);
}

void AppendWriter::tell_when_below(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  told_below_ = bytes;
}

void AppendWriter::note_pending() noexcept {
  const auto bytes = static_cast<std::size_t>(handed_over_ - progress_.written);
  pending_bytes_.store(bytes, std::memory_order_relaxed);
}

void AppendWriter::set_sync(AppendSync sync) {
  const std::lock_guard lock(mutex_);
  sync_ = sync;
  wake_.notify_one();
}

void AppendWriter::hold_sync(bool held) {
  const std::lock_guard lock(mutex_);
  progress_.is_sync_held = held;
  wake_.notify_one();
}

bool AppendWriter::flush() {
  std::unique_lock lock(mutex_);
  const auto wanted = ++flushes_wanted_;
  wake_.notify_one();
  sooner_.notify_one();
  flushed_.wait(lock, [&] { return flushes_done_ >= wanted; });
  return sync_returned_ == handed_over_;
}

AppendWriter::Progress AppendWriter::progress() const {
  const std::lock_guard lock(mutex_);
  return progress_;
}

void AppendWriter::forget_lost_sync(std::uint64_t until) {
  const std::lock_guard lock(mutex_);
  if (lost_until_ > until) return;
  progress_.has_lost_sync = false;
  progress_.synced = sync_returned_;
}

// --- the threads
// ----------------------------------------------------------------------------------------------

bool AppendWriter::is_sync_due(std::int64_t now_us) const {
  if (sync_returned_ == progress_.written) return false;
  if (flushes_done_ != flushes_wanted_) return true;
  if (is_syncing_ || progress_.is_sync_held || now_us < retry_us_) return false;
  return sync_ == AppendSync::always ||
         (sync_ == AppendSync::everysec && now_us - sync_began_us_ >= kSecondUs);
}

bool AppendWriter::has_work(std::int64_t now_us) const {
  if (is_stopping_ || flushes_done_ != flushes_wanted_ || is_sync_due(now_us)) return true;
  const bool has_bytes = !incoming_.empty() || !taken_.empty();
  return has_bytes && now_us >= retry_us_ && now_us >= gathers_until_us_;
}

void AppendWriter::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    while (!has_work(base::monotonic_us())) {
      const bool is_idle =
          incoming_.empty() && taken_.empty() && sync_returned_ == progress_.written;
      if (is_idle) {
        incoming_.trim();
        wake_.wait(lock);
      } else {
        const auto left_us = gathers_until_us_ - base::monotonic_us();
        wake_.wait_for(lock, std::chrono::microseconds(left_us > 0 ? left_us : kLookUs));
      }
    }
    if (is_stopping_ && flushes_done_ == flushes_wanted_) return;
    const auto flushes = flushes_wanted_;
    if (taken_.empty()) {
      incoming_.take(taken_);
      taken_us_ = base::monotonic_us();
      gathers_until_us_ = 0;
    }
    const int error_before = progress_.write_error;
    const auto written_before = progress_.written;
    lock.unlock();
    write_taken();
    lock.lock();
    const auto now_us = base::monotonic_us();
    if (is_sync_due(now_us) && progress_.write_error == 0) {
      if (sync_ == AppendSync::everysec && flushes_done_ == flushes_wanted_) {
        begin_sync(now_us);
      } else {
        lock.unlock();
        sync_now();
        lay_out();
        lock.lock();
      }
    }
    const bool is_done = incoming_.empty() && taken_.empty();
    if (flushes != flushes_done_ && (is_done || progress_.write_error != 0)) {
      flushes_done_ = flushes;
      flushed_.notify_all();
    }
    const bool is_low = told_below_ && pending_bytes() <= *told_below_;
    if (is_low) told_below_.reset();
    const bool stands_for_sync = progress_.is_sync_held && progress_.written != written_before;
    if (is_low || stands_for_sync || progress_.write_error != error_before) {
      lock.unlock();
      tell();
      lock.lock();
    }
    if (sync_ != AppendSync::always && flushes_done_ == flushes_wanted_ && !is_stopping_) {
      sooner_.wait_for(lock, kGather);
    }
  }
}

// Writes what was taken, or as much of it as can be.
void AppendWriter::write_taken() {
  while (pieces_done_ < taken_.size()) {
    auto& piece = taken_[pieces_done_];
    const bool is_last = piece.next_file || pieces_done_ + 1 == taken_.size();
    const auto bytes = piece.bytes.view().substr(bytes_done_);
    if (!bytes.empty() && !write_piece(bytes, is_last && syncs_at_once())) return;
    if (piece.next_file) change_file(*piece.next_file);
    ++pieces_done_;
    bytes_done_ = 0;
  }
  {
    const std::lock_guard lock(mutex_);
    incoming_.recycle(taken_);
  }
  taken_.clear();
  pieces_done_ = 0;
}

// All of `bytes` or, after a failure, none of them that could tear a command apart.
bool AppendWriter::write_piece(std::string_view bytes, bool is_synced_next) {
  const auto began_us = base::monotonic_us();
  if (delay_us_ != 0) std::this_thread::sleep_for(std::chrono::microseconds(delay_us_));
  const auto [done, error] = file_.append(bytes, is_synced_next);
  bytes_done_ += done;
  const auto now_us = base::monotonic_us();
  const std::lock_guard lock(mutex_);
  if (error != 0) retry_us_ = now_us + kSecondUs;
  if (error == 0 && progress_.write_error != 0) retry_us_ = 0;
  progress_.written += done;
  note_pending();
  progress_.file_bytes = file_.bytes();
  progress_.write_error = error;
  progress_.last_write_us = now_us - began_us;
  return error == 0;
}

void AppendWriter::change_file(AppendQueue::Switch& next) {
  if (file_) {
    file_.trim();
    sync_now();
  }
  file_.open(std::move(next.file), next.bytes);
  const std::lock_guard lock(mutex_);
  progress_.file_bytes = file_.bytes();
}

// Nothing is written meanwhile.
void AppendWriter::sync_now() {
  std::unique_lock lock(mutex_);
  sync_ended_.wait(lock, [this] { return !is_syncing_; });
  sync_began_us_ = base::monotonic_us();
  sync_taken_us_ = taken_us_;
  const auto position = progress_.written;
  lock.unlock();
  const int error = file_.sync();
  if (error == 0) file_.note_synced_layout();
  lock.lock();
  note_sync(error, position);
  lock.unlock();
  tell();
}

bool AppendWriter::syncs_at_once() const noexcept {
  const std::lock_guard lock(mutex_);
  return sync_ == AppendSync::always && !progress_.is_sync_held;
}

// Those who waited for the last sync have been told of it.
void AppendWriter::lay_out() {
  if (syncs_at_once() && file_.wants_layout() && file_.lay_out()) sync_now();
}

void AppendWriter::begin_sync(std::int64_t now_us) {
  is_syncing_ = true;
  sync_began_us_ = now_us;
  sync_taken_us_ = taken_us_;
  sync_position_ = progress_.written;
  sync_wake_.notify_one();
}

void AppendWriter::run_syncer() {
  std::unique_lock lock(mutex_);
  for (;;) {
    sync_wake_.wait(lock, [this] { return is_syncing_ || is_stopping_; });
    if (!is_syncing_) return;
    lock.unlock();
    const int error = file_.sync();
    lock.lock();
    note_sync(error, sync_position_);
    is_syncing_ = false;
    sync_ended_.notify_all();
    lock.unlock();
    tell();
    lock.lock();
  }
}

void AppendWriter::note_sync(int error, std::uint64_t position) {
  const auto now_us = base::monotonic_us();
  progress_.sync_error = error;
  progress_.last_sync_us = now_us - sync_began_us_;
  if (error != 0) {
    retry_us_ = now_us + kSecondUs;
    progress_.has_lost_sync = true;
    lost_until_ = progress_.written;
  } else {
    sync_returned_ = position;
    unsynced_since_us_ = sync_taken_us_;
    // Those who are answered now are to share the next one with those who have come meanwhile.
    if (sync_ == AppendSync::always) gathers_until_us_ = now_us + gathering_us();
  }
  // Linux takes pages that it could not write for clean: only the first failure tells of them.
  if (!progress_.has_lost_sync) progress_.synced = sync_returned_;
}

void AppendWriter::tell() {
  if (on_progress_) on_progress_();
}

}  // namespace larder::persist
