// Rewrites of the append-only log. The manifest, which is synced each time, is changed by a thread:
// first it names a new increment, then the log goes on in that one and a child is forked; when the
// child has ended well it names the new base, and what it made obsolete is removed.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "persist/file_sink.h"
#include "server/append_only_log.h"
#include "server/child_process.h"
#include "server/server.h"
#include "server/snapshots.h"

namespace larder::server {
namespace {

using Outcome = persist::RewriteLifecycle::Outcome;

std::uint64_t size_of(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 ? static_cast<std::uint64_t>(found.st_size) : 0;
}

}  // namespace

// --- the beginning
// ----------------------------------------------------------------------------------------------

bool AppendOnlyLog::start_rewrite() {
  lifecycle_.begin(base::unix_ms());
  if (is_on() && !is_beginning_) {
    job_.start([this] { return directory_.add_increment(); },
               [this](auto file) {
                 increment_ = std::move(file);
                 go_on_with_rewrite();
               });
    return true;
  }
  const bool is_begun = (!is_on() || switch_to_temporary_increment()) && fork_rewriter();
  if (!is_begun) rewrite_ended(Outcome::failed);
  return is_begun;
}

// What changes from here on goes into a file of its own, which the new base does not hold: it
// begins between two commands.
void AppendOnlyLog::go_on_with_rewrite() {
  if (!increment_ || server_.script_executor().is_busy() || server_.journal().is_in_unit()) return;
  const bool is_begun = switch_to_increment() && fork_rewriter();
  if (!is_begun) rewrite_ended(Outcome::failed);
  tell_start(is_begun);
}

// Another command may be running now.
void AppendOnlyLog::tell_start(bool is_begun) {
  if (!start_waiter_) return;
  server_.loop().post([this, client = *std::exchange(start_waiter_, std::nullopt), is_begun] {
    server_.begin_turn();
    told_of_start_ = {client, is_begun};
    server_.blocking().wake(client);
    told_of_start_ = {};
  });
}

bool AppendOnlyLog::switch_to_increment() {
  auto file = *std::exchange(increment_, std::nullopt);
  if (!file) {
    log::warning("{}", file.error());
    return false;
  }
  log::notice("Creating AOF incr file {} on background rewrite", file->name);
  hand_over();
  closed_increments_bytes_ = current_bytes();
  switch_writer(std::move(*file));
  return true;
}

// Until the first rewrite has ended what was appended before is in the data that the child writes.
bool AppendOnlyLog::switch_to_temporary_increment() {
  hand_over();
  auto file = directory_.open_temporary_increment();
  if (!file) {
    log::warning("{}", file.error());
    return false;
  }
  switch_writer(std::move(*file));
  return true;
}

void AppendOnlyLog::switch_writer(persist::AppendDirectory::Opened file) {
  writer_->switch_to(std::move(file.fd), file.bytes);
  server_.journal().forget_database();
}

bool AppendOnlyLog::fork_rewriter() {
  rewritten_until_ = server_.journal().offset();
  if (!is_on()) {  // the files of an earlier time, where nothing is appended now
    if (auto read = directory_.read(); !read) log::warning("{}", read.error());
    if (auto created = directory_.create(); !created) {
      log::warning("{}", created.error());
      return false;
    }
  }
  is_child_snapshot_ = server_.settings().aof_use_rdb_preamble;
  return child_.start(server_.settings().aof_rewrite_incremental_fsync,
                      [this](persist::FileSink& sink, auto on_key) {
                        auto& snapshots = server_.snapshots();
                        const bool is_written =
                            snapshots.write_base(sink, is_child_snapshot_, on_key);
                        if (!is_written) log::warning("{}", sink.failure());
                        return is_written;
                      });
}

// --- the end
// ----------------------------------------------------------------------------------------------

void AppendOnlyLog::child_ended(const ChildEnd& end, const std::string& path) {
  if (end.succeeded) return publish_base(path);
  rewrite_ended(end.was_cancelled ? Outcome::cancelled : Outcome::failed);
}

void AppendOnlyLog::publish_base(const std::string& path) {
  const auto publish = [this, path, is_snapshot = is_child_snapshot_, is_first = is_beginning_,
                        kept = std::size_t{is_on() ? 1U : 0U}, keeps_old = keeps_history()] {
    auto published = is_first ? directory_.replace_all(path, is_snapshot)
                              : directory_.replace_base(path, is_snapshot, kept);
    if (published && !keeps_old) remove_history();
    return published;
  };
  job_.start(publish, [this, path](const base::Result<void>& published) {
    if (published) {
      base_published();
    } else {
      log::warning("{}", published.error());
      ::unlink(path.c_str());
    }
    rewrite_ended(published ? Outcome::done : Outcome::failed);
  });
}

void AppendOnlyLog::base_published() {
  is_beginning_ = false;
  if (is_on()) writer_->forget_lost_sync(rewritten_until_);
  note_sizes();
  base_bytes_ = current_bytes();
  log::notice("Background AOF rewrite finished successfully");
}

void AppendOnlyLog::rewrite_ended(Outcome outcome) {
  lifecycle_.end(outcome, base::unix_ms());
  follow_children();
  // Until the first one ends well there is no log at all: the next has a new file to begin with.
  if (outcome != Outcome::done && is_beginning_) {
    log::notice("Removing the temp incr aof file");
    directory_.remove_temporary_increment();
    schedule_rewrite();
  }
  // What waited for a lost sync is on the disk now.
  if (outcome == Outcome::done) server_.loop().post([this] { on_progress(); });
}

void AppendOnlyLog::kill_child() {
  job_.finish();
  if (std::exchange(increment_, std::nullopt)) {  // an empty file at the log's end does no harm
    rewrite_ended(Outcome::cancelled);
    tell_start(false);
  }
  if (child() == nullptr) return;
  log::notice("Killing running AOF rewrite child: {}", child()->pid());
  child_.kill();
}

// --- when
// ----------------------------------------------------------------------------------------------

void AppendOnlyLog::tick() {
  const auto now = base::unix_ms();
  if (holds_writes_) hold_where_behind(writer_->backlog());
  go_on_with_rewrite();
  if (server_.has_child()) return;
  const auto& settings = server_.settings();
  const auto current = current_bytes();
  const bool is_due =
      is_complete() &&
      persist::RewriteLifecycle::is_due({current, base_bytes_, settings.auto_aof_rewrite_percentage,
                                         settings.auto_aof_rewrite_min_size});
  if (!lifecycle_.is_scheduled() && !is_due) return;
  if (!lifecycle_.may_try(now)) return tell_of_delay();
  if (!lifecycle_.is_scheduled()) {
    const auto base = std::max<std::uint64_t>(base_bytes_, 1);
    log::notice("Starting automatic rewriting of AOF on {}% growth", current * 100 / base - 100);
  }
  start_rewrite();
}

void AppendOnlyLog::tell_of_delay() {
  const auto minutes = lifecycle_.take_untold_minutes();
  if (minutes == 0) return;
  log::warning(
      "Background AOF rewrite has repeatedly failed and triggered the limit, will retry in {} "
      "minutes",
      minutes);
}

// --- what is obsolete
// ----------------------------------------------------------------------------------------------

bool AppendOnlyLog::keeps_history() const { return server_.settings().aof_disable_auto_gc; }

void AppendOnlyLog::apply_history_setting() {
  if (keeps_history()) return;
  job_.finish();
  remove_history();
}

void AppendOnlyLog::remove_history() {
  if (auto removed = directory_.remove_history(); !removed) log::warning("{}", removed.error());
}

void AppendOnlyLog::note_sizes() {
  const auto& manifest = directory_.manifest();
  closed_increments_bytes_ = 0;
  if (manifest.base()) {
    closed_increments_bytes_ += size_of(directory_.path_of(manifest.base()->name));
  }
  const auto& increments = manifest.increments();
  for (std::size_t i = 0; i + 1 < increments.size(); ++i) {
    closed_increments_bytes_ += size_of(directory_.path_of(increments[i].name));
  }
}

}  // namespace larder::server
