#include "server/append_only_log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "persist/file_sink.h"
#include "script/engine.h"
#include "server/call.h"
#include "server/child_process.h"
#include "server/connection.h"
#include "server/limits.h"
#include "server/loading.h"
#include "server/running_call.h"
#include "server/server.h"
#include "server/snapshots.h"

namespace larder::server {
namespace {

using settings::AppendSync;

constexpr SavingChild::Kind kChild{.task = ChildTask::rewrite,
                                   .name = "AOF rewrite",
                                   .refused = "Can't rewrite append only file in background",
                                   .begun = "Background append only file rewriting",
                                   .ended = "Background AOF rewrite",
                                   .failed = "Background AOF rewrite terminated with error"};

constexpr base::UnixMs kErrorLineMs = 30'000;  // between two lines of the same error

}  // namespace

AppendOnlyLog::AppendOnlyLog(Server& server)
    : server_(server),
      directory_(server.settings().appenddirname, server.settings().appendfilename),
      child_(
          server, kChild,
          [this](pid_t child) {
            return directory_.path_of(fmt::format("temp-rewriteaof-bg-{}.aof", child));
          },
          [this](const ChildEnd& end, const std::string& path) { child_ended(end, path); }),
      job_(server.loop(), "larder-manifest") {}

AppendOnlyLog::~AppendOnlyLog() = default;

// --- loading and beginning
// ----------------------------------------------------------------------------------------------

base::Result<bool> AppendOnlyLog::load(bool hears_clients) {
  const auto& settings = server_.settings();
  auto is_there = directory_.read();
  if (!is_there) return is_there;
  if (!*is_there) {
    if (::access(settings.appendfilename.c_str(), F_OK) != 0) return false;
    if (auto adopted = directory_.adopt(settings.appendfilename); !adopted) {
      return base::failure(adopted.error());
    }
    log::notice("Successfully migrated an old-style AOF file ({}) into the AOF directory ({}).",
                settings.appendfilename, settings.appenddirname);
  }
  const auto& manifest = directory_.manifest();
  if (manifest.is_empty()) return false;
  std::vector<std::string> paths;
  // A crash while a single file was adopted may have left it where it was.
  if (manifest.base()) {
    auto path = directory_.path_of(manifest.base()->name);
    if (::access(path.c_str(), F_OK) != 0 && manifest.base()->name == settings.appendfilename &&
        ::access(settings.appendfilename.c_str(), F_OK) == 0) {
      if (auto adopted = directory_.adopt(settings.appendfilename); !adopted) {
        return base::failure(adopted.error());
      }
    }
    paths.push_back(std::move(path));
  }
  for (const auto& file : manifest.increments()) paths.push_back(directory_.path_of(file.name));
  if (auto loaded = server_.loading().load_log(paths, hears_clients); !loaded) {
    return base::failure(loaded.error());
  }
  return true;
}

base::Result<void> AppendOnlyLog::begin() {
  if (directory_.manifest().is_empty()) {
    if (auto created = directory_.create(); !created) return created;
    if (auto written = write_first_base(); !written) return written;
  }
  auto file = directory_.open_last_increment();
  if (!file) return base::failure(file.error());
  log::notice("Opening AOF incr file {} on server start", file->name);
  if (!keeps_history()) remove_history();
  directory_.remove_temporary_increment();
  start_writer(std::move(*file));
  note_sizes();
  base_bytes_ = current_bytes();
  return {};
}

base::Result<void> AppendOnlyLog::write_first_base() {
  const auto path = directory_.path_of(fmt::format("temp-rewriteaof-{}.aof", ::getpid()));
  persist::FileSink sink(path, true);
  const bool is_snapshot = server_.settings().aof_use_rdb_preamble;
  if (!server_.snapshots().write_base(sink, is_snapshot, [] {})) {
    return base::failure(sink.failure());
  }
  log::notice("Creating AOF base file {} on server start", directory_.base_path(is_snapshot));
  return directory_.replace_base(path, is_snapshot, 0);
}

void AppendOnlyLog::start_writer(persist::AppendDirectory::Opened file) {
  auto& journal = server_.journal();
  journal.drop_pending();
  journal.forget_database();
  synced_ = answerable_ = journal.offset();
  writer_ = std::make_unique<persist::AppendWriter>(journal.offset(), [this] {
    server_.loop().post_from_other_thread([this] { on_progress(); });
  });
  writer_->switch_to(std::move(file.fd), file.bytes);
  apply_settings();
}

void AppendOnlyLog::apply_settings() {
  server_.listen_to_journal(is_on());
  server_.journal().set_annotated(server_.settings().aof_timestamp_enabled);
  if (is_on()) writer_->set_sync(server_.settings().appendfsync);
  follow_children();
  release();
}

void AppendOnlyLog::delay_writes(std::int64_t delay_us) {
  if (is_on()) writer_->delay_writes(delay_us);
}

void AppendOnlyLog::follow_children() {
  if (!is_on()) return;
  writer_->hold_sync(server_.settings().no_appendfsync_on_rewrite && server_.has_child());
}

base::Result<void> AppendOnlyLog::turn_on() {
  if (is_on()) return {};
  kill_child();  // what it writes ends where the log begins only if both begin together
  if (auto read = directory_.read(); !read) return base::failure(read.error());
  if (auto created = directory_.create(); !created) return created;
  auto file = directory_.open_temporary_increment();
  if (!file) return base::failure(file.error());
  is_beginning_ = true;
  closed_increments_bytes_ = 0;
  start_writer(std::move(*file));
  // A transaction or a script that turns it on may go on changing: a child would see half of it.
  const auto* const call = RunningCall::now();
  if (server_.has_child() || (call != nullptr && !call->may_wait)) {
    schedule_rewrite();
    log::notice(
        "AOF was enabled but there is already another background operation. An AOF "
        "background was scheduled to start when possible.");
    return {};
  }
  if (start_rewrite()) return {};
  turn_off();
  return base::failure(std::string("The AOF can't be enabled: no child could be started"));
}

void AppendOnlyLog::turn_off() {
  if (!is_on()) return;
  kill_child();
  flush();
  writer_.reset();
  lifecycle_.unschedule();
  refusal_.clear();
  server_.deny_writes_of_log(false);
  hold_where_behind({});
  if (std::exchange(is_beginning_, false)) {
    log::notice("Removing the temp incr aof file");
    directory_.remove_temporary_increment();
  }
  apply_settings();
  wake_sync_waiters();
}

base::Result<void> AppendOnlyLog::reload() {
  job_.finish();
  if (!flush()) return base::failure(refusal_);
  server_.keyspace().clear(false);
  server_.scripts().flush_functions(false);
  auto loaded = load(false);
  server_.statistics().changes_since_save = 0;
  if (!loaded) return base::failure(std::move(loaded.error()));
  return {};
}

// --- appending
// ----------------------------------------------------------------------------------------------

void AppendOnlyLog::hand_over_later() {
  if (std::exchange(is_posted_, true)) return;
  server_.loop().post([this] {
    is_posted_ = false;
    hand_over();
  });
}

void AppendOnlyLog::hand_over() {
  const auto began = base::cycles();
  auto& journal = server_.journal();
  if (journal.is_in_unit()) return;  // its end asks again
  if (is_on() && !journal.pending().empty()) {
    // Those who were answered last are likely to go on.
    const bool expects_more = withheld_.size() < active_clients_;
    hold_where_behind(writer_->append(journal.pending(), expects_more));
  }
  journal.drop_pending();
  loop_cycles_ += base::cycles() - began;
}

bool AppendOnlyLog::flush() {
  if (!is_on()) return true;
  hand_over();
  const bool is_whole = writer_->flush();
  note_progress();
  if (!is_whole) log::warning("Fail to fsync the AOF file: {}", refusal_);
  return is_whole;
}

void AppendOnlyLog::on_progress() {
  if (!is_on()) return;  // turned off since
  note_progress();
  server_.begin_turn();
  wake_sync_waiters();
  if (server_.blocking().has_ready()) server_.blocking().serve();
}

// Runs nobody's commands: one may be running.
void AppendOnlyLog::note_progress() {
  const auto progress = writer_->progress();
  synced_ = progress.synced;
  const bool stands_for_sync = progress.is_sync_held && !progress.has_lost_sync;
  answerable_ = stands_for_sync ? progress.written : progress.synced;
  note_errors(progress);
  hold_where_behind(writer_->backlog());
  server_.observation().note_duration_us("aof-write", progress.last_write_us);
  server_.observation().note_duration_us("aof-fsync", progress.last_sync_us);
  release();
}

void AppendOnlyLog::wake_sync_waiters() {
  for (const auto client : std::exchange(sync_waiters_, {})) server_.blocking().wake(client);
}

void AppendOnlyLog::note_errors(const persist::AppendWriter::Progress& progress) {
  const int error = progress.write_error != 0 ? progress.write_error : progress.sync_error;
  if (error == 0) {
    if (refusal_.empty()) return;
    refusal_.clear();
    server_.deny_writes_of_log(false);
    next_error_line_ms_ = 0;
    log::warning("AOF write error looks solved. The server can write again.");
    // What was thought to be on the disk may not be: a new base will have it. Until then `always`
    // answers nothing that was changed.
    if (progress.has_lost_sync) schedule_rewrite();
    return;
  }
  server_.deny_writes_of_log(true);
  refusal_ = fmt::format("MISCONF Errors writing to the AOF file: {}", std::strerror(error));
  const auto now = base::unix_ms();
  if (now < next_error_line_ms_) return;
  next_error_line_ms_ = now + kErrorLineMs;
  log::warning(
      "Error {} the AOF file: {}. Writes are refused until it works again, which is tried each "
      "second: look after the disk that {} is on.",
      progress.write_error != 0 ? "writing to" : "syncing", std::strerror(error),
      server_.settings().appenddirname);
}

// Where changes are refused nobody has to wait for it.
void AppendOnlyLog::hold_where_behind(const persist::AppendWriter::Backlog& backlog) {
  const bool is_old = backlog.age_us > limits::kLogBacklogAgeMs * 1000;
  const auto bytes_max = holds_writes_ ? limits::kLogBacklogBytes / 2 : limits::kLogBacklogBytes;
  const bool is_behind = refusal_.empty() && (is_old || backlog.bytes > bytes_max);
  if (is_behind) writer_->tell_when_below(limits::kLogBacklogBytes / 2);
  if (std::exchange(holds_writes_, is_behind) == is_behind) return;
  server_.hold_writes(is_behind);
  if (!is_behind) return;
  if (is_old) ++delayed_syncs_;
  const auto now = base::unix_ms();
  if (now < next_behind_line_ms_) return;
  next_behind_line_ms_ = now + kErrorLineMs;
  log::warning(
      "The disk is too slow for the append-only log: {} bytes are to be written, and the oldest "
      "that are not synced are {} ms old. Commands that write wait until it has caught up.",
      backlog.bytes, backlog.age_us / 1000);
}

void AppendOnlyLog::withhold(Connection& connection) {
  withheld_.push_back({connection.client().id, connection.client().journaled_until});
}

// Sends what may be sent by now.
void AppendOnlyLog::release() {
  const bool waits = is_on() && server_.settings().appendfsync == AppendSync::always;
  const auto until = waits ? answerable_ : std::numeric_limits<std::uint64_t>::max();
  server_.set_released_until(until);
  const auto first_kept =
      std::stable_partition(withheld_.begin(), withheld_.end(),
                            [&](const Withheld& each) { return each.until <= until; });
  std::vector<Withheld> ready(withheld_.begin(), first_kept);
  withheld_.erase(withheld_.begin(), first_kept);
  if (!ready.empty()) active_clients_ = ready.size() + withheld_.size();
  for (const auto& each : ready) {
    if (auto* connection = server_.clients().find(each.client)) connection->release();
  }
}

// --- figures
// ----------------------------------------------------------------------------------------------

std::uint64_t AppendOnlyLog::current_bytes() const {
  return is_on() ? closed_increments_bytes_ + writer_->progress().file_bytes + buffer_bytes() : 0;
}

std::size_t AppendOnlyLog::buffer_bytes() const noexcept {
  return is_on() ? writer_->pending_bytes() + server_.journal().buffered_bytes() : 0;
}

}  // namespace larder::server
