#include "persist/file_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/files.h"

namespace larder::persist {
namespace {

// Two such pieces may wait for the disk at a time.
constexpr std::uint64_t kPieceBytes = 4 << 20;

}  // namespace

FileSink::FileSink(std::string temporary_path, bool syncs_early)
    : path_(std::move(temporary_path)),
      fd_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)),
      syncs_early_(syncs_early) {
  exists_ = static_cast<bool>(fd_);
  if (!exists_) fail("Failed opening the temp RDB file");
}

FileSink::~FileSink() {
  if (exists_) ::unlink(path_.c_str());
}

bool FileSink::fail(const char* what) {
  if (failure_.empty()) failure_ = fmt::format("{} {}: {}", what, path_, std::strerror(errno));
  return false;
}

bool FileSink::write(std::string_view bytes) {
  if (!failure_.empty()) return false;
  if (!base::write_all(fd_.get(), bytes)) return fail("Write error saving DB on disk,");
  written_bytes_ += bytes.size();
  if (syncs_early_ && written_bytes_ - synced_bytes_ >= kPieceBytes) sync_early();
  if (rests_) rests_->take();
  return true;
}

// Begins to write the newest piece to the disk, and waits for the one before. Errors show at the
// end, where all is synced for good.
void FileSink::sync_early() {
  const auto begin = static_cast<off64_t>(synced_bytes_);
  const auto bytes = static_cast<off64_t>(written_bytes_ - synced_bytes_);
  ::sync_file_range(fd_.get(), begin, bytes, SYNC_FILE_RANGE_WRITE);
  if (begin != 0) {
    ::sync_file_range(
        fd_.get(), 0, begin,
        SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
  }
  synced_bytes_ = written_bytes_;
}

bool FileSink::keep_as(const std::string& path) {
  if (!failure_.empty()) return false;
  if (::fsync(fd_.get()) != 0) return fail("Failed syncing the temp RDB file");
  fd_.reset();
  if (std::rename(path_.c_str(), path.c_str()) != 0) {
    return fail("Error moving temp DB file on the final destination,");
  }
  exists_ = false;
  return base::sync_directory_of(path) || fail("Failed syncing the folder of");
}

}  // namespace larder::persist
