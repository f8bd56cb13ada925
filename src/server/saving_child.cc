#include "server/saving_child.h"

#include <unistd.h>

#include <cstring>
#include <utility>

#include "base/log.h"
#include "persist/file_sink.h"
#include "server/append_only_log.h"
#include "server/child_process.h"
#include "server/server.h"
#include "server/snapshots.h"

namespace larder::server {

SavingChild::SavingChild(Server& server, const Kind& kind, PathOf path_of, OnEnd on_end)
    : server_(server), kind_(kind), path_of_(std::move(path_of)), on_end_(std::move(on_end)) {}

SavingChild::~SavingChild() = default;

bool SavingChild::start(bool syncs_early, Write write) {
  auto& snapshots = server_.snapshots();
  const auto work = [&](ChildReporter& reporter) {
    snapshots.prepare_child(kind_.task);
    persist::FileSink sink(path_of_(::getpid()), syncs_early);
    sink.rest_between_pieces();
    return write(sink, [&] { reporter.count_key(); });
  };
  auto process =
      ChildProcess::start(server_.loop(), work, [this](const ChildEnd& end) { note_end(end); });
  if (!process) {
    log::warning("{}: fork: {}", kind_.refused, std::strerror(process.error()));
    return false;
  }
  process_ = std::move(*process);
  snapshots.note_fork(*process_);
  log::notice("{} started by pid {}", kind_.begun, process_->pid());
  return true;
}

void SavingChild::note_end(const ChildEnd& end) {
  const auto process = std::move(process_);
  last_copied_bytes_ = process->report().copied_bytes;
  server_.append_only().follow_children();
  const auto path = path_of_(process->pid());
  if (end.succeeded) {
    log::notice("Fork CoW for {}: {} MB", kind_.name, last_copied_bytes_ >> 20);
    log::notice("{} terminated with success", kind_.ended);
  } else if (end.signal != 0) {
    log::warning("{} terminated by signal {}", kind_.ended, end.signal);
  } else {
    log::warning("{}", kind_.failed);
  }
  if (!end.succeeded) ::unlink(path.c_str());
  on_end_(end, path);
}

bool SavingChild::cancel() noexcept {
  if (process_ == nullptr) return false;
  process_->cancel();
  return true;
}

void SavingChild::kill() {
  process_->kill();
  note_end({.was_cancelled = true});
}

// Not destroyed, which would end it.
void SavingChild::forget() noexcept { static_cast<void>(process_.release()); }

}  // namespace larder::server
