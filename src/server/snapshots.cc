#include "server/snapshots.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/log.h"
#include "persist/append_commands.h"
#include "persist/file_sink.h"
#include "persist/snapshot_writer.h"
#include "script/engine.h"
#include "server/append_only_log.h"
#include "server/child_process.h"
#include "server/interrupt_watch.h"
#include "server/key_delay.h"
#include "server/server.h"

namespace larder::server {
namespace {

constexpr std::int64_t kProgressUs = 5'000'000;  // between two words to the supervisor
constexpr std::uint64_t kKeysPerLook = 1024;     // at the clock

using Outcome = persist::SnapshotLifecycle::Outcome;

constexpr SavingChild::Kind kChild{.task = ChildTask::snapshot,
                                   .name = "RDB",
                                   .refused = "Can't save in background",
                                   .begun = "Background saving",
                                   .ended = "Background saving",
                                   .failed = "Background saving error"};

std::string temporary_name(pid_t writer) { return fmt::format("temp-{}.rdb", writer); }

std::uint64_t count_keys(keyspace::Keyspace& keyspace) {
  std::uint64_t keys = 0;
  for (int i = 0; i < keyspace.database_count(); ++i) keys += keyspace.database(i).size();
  return keys;
}

// rdb-key-save-delay: waits after each key before it is told of.
template <class KeyWritten>
auto delayed(const settings::Settings& settings, KeyWritten key_written) {
  return [delay = settings.rdb_key_save_delay, keys = std::uint64_t{0}, key_written]() mutable {
    delay_key(delay, ++keys);
    key_written();
  };
}

}  // namespace

Snapshots::Snapshots(Server& server)
    : server_(server),
      lifecycle_(base::unix_ms()),
      child_(server, kChild, temporary_name, [this](const ChildEnd& end, const std::string&) {
        note(end.succeeded       ? Outcome::saved
             : end.was_cancelled ? Outcome::cancelled
                                 : Outcome::failed);
      }) {}

// What a snapshot holds, for as long as nothing changes.
struct Snapshots::Contents {
  explicit Contents(Server& server, bool is_base)
      : libraries(codes_of(server)),
        contents{.keyspace = server.keyspace(),
                 .settings = server.settings(),
                 .libraries = libraries,
                 .used_memory_bytes = server.memory_used_bytes(),
                 .is_append_only_base = is_base} {}

  static std::vector<std::string_view> codes_of(Server& server) {
    std::vector<std::string_view> codes;
    for (const auto& [name, library] : server.scripts().libraries().all()) {
      codes.push_back(library->code);
    }
    return codes;
  }

  std::vector<std::string_view> libraries;
  persist::SnapshotContents contents;
};

template <class KeyWritten>
bool Snapshots::write(persist::FileSink& sink, KeyWritten key_written) {
  const Contents all(server_, false);
  const bool is_saved = persist::write_snapshot(sink, all.contents, key_written) &&
                        sink.keep_as(server_.settings().dbfilename);
  is_saved ? log::notice("DB saved on disk") : log::warning("{}", sink.failure());
  return is_saved;
}

bool Snapshots::write_base(persist::FileSink& sink, bool is_snapshot,
                           base::FunctionRef<void()> key_written) {
  const Contents all(server_, true);
  auto written = delayed(server_.settings(), key_written);
  const bool is_written = is_snapshot ? persist::write_snapshot(sink, all.contents, written)
                                      : persist::write_commands(sink, all.contents, written);
  return is_written && sink.keep();
}

void Snapshots::note_fork(const ChildProcess& child) {
  ++figures_.forks;
  figures_.last_fork_us = child.fork_us();
  figures_.keys_total = count_keys(server_.keyspace());
  server_.append_only().follow_children();
}

template <class KeyWritten>
bool Snapshots::save_with(KeyWritten key_written) {
  kill_child();
  auto& changes = server_.statistics().changes_since_save;
  lifecycle_.begin(changes, base::unix_ms());
  persist::FileSink sink(temporary_name(::getpid()), server_.settings().rdb_save_incremental_fsync);
  const bool is_saved = write(sink, delayed(server_.settings(), key_written));
  // Who asked for it is told of a failure; only those that nobody waits for refuse writes.
  note(is_saved ? Outcome::saved : Outcome::cancelled);
  return is_saved;
}

bool Snapshots::save() {
  return save_with([] {});
}

bool Snapshots::save_last() {
  const InterruptWatch watch{SIGINT};
  const auto& supervisor = server_.supervisor();
  supervisor.tell_progress("Saving data before the end");
  auto next_us = base::monotonic_us() + kProgressUs;
  std::uint64_t keys = 0;
  return save_with([&] {
    if (++keys % kKeysPerLook == 0 && base::monotonic_us() >= next_us) {
      next_us += kProgressUs;
      supervisor.tell_progress(fmt::format("Saving data before the end: {} keys", keys));
    }
    if (!watch.is_interrupted()) return;
    log::warning("You insist... exiting now.");
    ::unlink(temporary_name(::getpid()).c_str());
    std::_Exit(EXIT_FAILURE);
  });
}

bool Snapshots::start() {
  const auto& settings = server_.settings();
  const bool is_begun = child_.start(
      settings.rdb_save_incremental_fsync,
      [&](persist::FileSink& sink, auto on_key) { return write(sink, delayed(settings, on_key)); });
  if (is_begun) {
    lifecycle_.begin(server_.statistics().changes_since_save, base::unix_ms());
  } else {
    lifecycle_.fail_to_begin(base::unix_ms());
    server_.deny_writes_after_failure(true);
  }
  return is_begun;
}

void Snapshots::note(Outcome outcome) {
  const auto held = lifecycle_.end(outcome, base::unix_ms());
  auto& changes = server_.statistics().changes_since_save;
  changes -= std::min(changes, held);
  server_.deny_writes_after_failure(lifecycle_.has_failed());
}

void Snapshots::kill_child() {
  if (child() == nullptr) return;
  log::warning("There is a child saving an .rdb. Killing it!");
  child_.kill();
}

void Snapshots::tick() {
  if (server_.has_child()) return;
  const auto& settings = server_.settings();
  const auto now = base::unix_ms();
  const auto changes = server_.statistics().changes_since_save;
  if (const auto point = lifecycle_.due(settings.save, changes, now)) {
    log::notice("{} changes in {} seconds. Saving...", point->changes, point->seconds);
    start();
  } else if (lifecycle_.is_scheduled_due(now)) {
    start();
  }
}

// What was flushed is not to come back at the next start.
void Snapshots::on_all_flushed() {
  if (server_.settings().save.empty()) {
    cancel();
    return;
  }
  kill_child();
  server_.loop().post([this] { save(); });  // when the command's changes are counted
}

}  // namespace larder::server
