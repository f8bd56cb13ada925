// The bytes of a snapshot's file, read and checked by a thread of their own while their reader
// works on those before.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/byte_buffer.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "persist/snapshot_source.h"

namespace larder::persist {

class FileSource final : public SnapshotSource {
 public:
  // The failure is an errno. `computes_checksum`: whether checksum() is going to be asked for.
  static base::Result<std::unique_ptr<FileSource>, int> open(const std::string& path,
                                                             bool computes_checksum);
  // A file of an append-only log: without filler. Nothing is ever appended to one that begins with
  // a snapshot, whose last bytes, a checksum, may be any.
  static base::Result<std::unique_ptr<FileSource>, int> open_appended(const std::string& path,
                                                                      bool computes_checksum);
  ~FileSource() override;

  // Has `task` called whenever some hundred kilobytes more are about to be read, in the middle of a
  // value, too.
  void on_piece(std::function<void()> task) { on_piece_ = std::move(task); }

  std::uint64_t size() const noexcept { return size_bytes_; }
  bool has_filler() const noexcept { return has_filler_; }
  std::uint64_t offset() const noexcept override;
  std::uint64_t bytes_left() const noexcept override {
    return size_bytes_ - std::min(size_bytes_, offset());
  }
  std::uint64_t checksum() const noexcept override;
  std::string failure() const override;
  bool is_stable() const noexcept override { return false; }

 protected:
  bool refill(std::size_t count) override;

 private:
  struct Piece {
    base::ByteBuffer bytes;
    std::uint64_t checksum_before = 0;
    int error = 0;         // errno, where there are no bytes
    bool is_last = false;  // then there are none either
  };

  static base::Result<std::unique_ptr<FileSource>, int> open(const std::string& path,
                                                             bool computes_checksum,
                                                             bool may_have_filler);
  FileSource(base::UniqueFd fd, std::uint64_t size_bytes, bool has_filler, bool computes_checksum);

  void read_ahead();
  Piece read_piece(std::uint64_t& checksum);
  Piece take_piece();

  base::UniqueFd fd_;
  std::uint64_t size_bytes_;
  bool has_filler_;  // behind size_bytes_, and not read
  bool computes_checksum_;
  std::function<void()> on_piece_;

  std::uint64_t read_bytes_ = 0;  // of the thread that reads

  // Of the reader: what of the pieces taken so far is not read yet.
  base::ByteBuffer window_;
  std::uint64_t window_offset_ = 0;
  std::size_t last_piece_at_ = 0;  // where in the window the newest piece begins
  std::uint64_t checksum_before_last_piece_ = 0;
  bool is_over_ = false;
  int error_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Piece> pieces_;
  bool is_stopped_ = false;
  std::thread thread_;
};

}  // namespace larder::persist
