#include "persist/file_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/threads.h"
#include "persist/appended_file.h"
#include "persist/snapshot_format.h"

namespace larder::persist {
namespace {

constexpr std::size_t kPieceBytes = 512 * 1024;
constexpr std::size_t kPiecesMax = 4;

bool begins_as_snapshot(int fd) noexcept {
  std::array<char, kRdbSignatureBytes> head{};
  const auto count = ::pread(fd, head.data(), head.size(), 0);
  return count > 0 && persist::begins_as_snapshot({head.data(), static_cast<std::size_t>(count)});
}

}  // namespace

base::Result<std::unique_ptr<FileSource>, int> FileSource::open(const std::string& path,
                                                                bool computes_checksum) {
  return open(path, computes_checksum, false);
}

base::Result<std::unique_ptr<FileSource>, int> FileSource::open_appended(const std::string& path,
                                                                         bool computes_checksum) {
  return open(path, computes_checksum, true);
}

base::Result<std::unique_ptr<FileSource>, int> FileSource::open(const std::string& path,
                                                                bool computes_checksum,
                                                                bool may_have_filler) {
  base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) return base::failure(errno);
  const auto bytes = static_cast<std::uint64_t>(status.st_size);
  if (may_have_filler) may_have_filler = !begins_as_snapshot(fd.get());
  const auto end = may_have_filler ? end_of_appended(fd.get(), bytes) : bytes;
  ::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  return std::unique_ptr<FileSource>(
      new FileSource(std::move(fd), end, end != bytes, computes_checksum));
}

FileSource::FileSource(base::UniqueFd fd, std::uint64_t size_bytes, bool has_filler,
                       bool computes_checksum)
    : SnapshotSource(std::string_view()),
      fd_(std::move(fd)),
      size_bytes_(size_bytes),
      has_filler_(has_filler),
      computes_checksum_(computes_checksum),
      thread_(base::start_background_thread("larder-load", [this] { read_ahead(); })) {}

FileSource::~FileSource() {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

// --- the thread that reads
// ----------------------------------------------------------------------------------------------

void FileSource::read_ahead() {
  std::uint64_t checksum = 0;
  for (bool is_last = false; !is_last;) {
    auto piece = read_piece(checksum);
    is_last = piece.is_last;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_stopped_ || pieces_.size() < kPiecesMax; });
    if (is_stopped_) return;
    pieces_.push_back(std::move(piece));
    lock.unlock();
    changed_.notify_all();
  }
}

FileSource::Piece FileSource::read_piece(std::uint64_t& checksum) {
  Piece piece;
  piece.checksum_before = checksum;
  char* const space = piece.bytes.prepare(kPieceBytes);
  const auto wanted =
      has_filler_ ? std::min<std::uint64_t>(kPieceBytes, size_bytes_ - read_bytes_) : kPieceBytes;
  ssize_t count = 0;
  do {
    count = ::read(fd_.get(), space, wanted);
  } while (count < 0 && errno == EINTR);
  piece.is_last = count <= 0;
  if (count < 0) piece.error = errno;
  if (count > 0) {
    piece.bytes.commit(static_cast<std::size_t>(count));
    read_bytes_ += static_cast<std::uint64_t>(count);
  }
  if (computes_checksum_) checksum = codec::crc64(checksum, piece.bytes.view());
  return piece;
}

// --- the reader
// ----------------------------------------------------------------------------------------------

FileSource::Piece FileSource::take_piece() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !pieces_.empty(); });
  auto piece = std::move(pieces_.front());
  pieces_.pop_front();
  lock.unlock();
  changed_.notify_all();
  return piece;
}

bool FileSource::refill(std::size_t count) {
  if (is_over_) return false;
  const auto used = window_.size() - available();
  window_.consume(used);
  window_offset_ += used;
  while (window_.size() < count && !is_over_) {
    if (on_piece_) on_piece_();
    auto piece = take_piece();
    is_over_ = piece.is_last;
    error_ = piece.error;
    if (is_over_) break;
    checksum_before_last_piece_ = piece.checksum_before;
    last_piece_at_ = window_.size();
    if (window_.empty()) {
      window_ = std::move(piece.bytes);
    } else {
      window_.append(piece.bytes.view());
    }
  }
  at_ = window_.data();
  end_ = at_ + window_.size();
  return window_.size() >= count;
}

std::uint64_t FileSource::offset() const noexcept {
  return window_offset_ + (window_.size() - available());
}

// What was taken reaches into the newest piece: that came because more was asked for than there
// was.
std::uint64_t FileSource::checksum() const noexcept {
  const auto* const piece = window_.data() + last_piece_at_;
  return codec::crc64(checksum_before_last_piece_, {piece, static_cast<std::size_t>(at_ - piece)});
}

std::string FileSource::failure() const {
  if (error_ == 0) return {};
  return fmt::format("The file cannot be read: {}", std::strerror(error_));
}

}  // namespace larder::persist
