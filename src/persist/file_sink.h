// A snapshot's file while it is written: under a temporary name, so that the one before stays until
// this one is complete and on the disk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/rests.h"
#include "base/unique_fd.h"
#include "persist/snapshot_writer.h"

namespace larder::persist {

class FileSink final : public SnapshotSink {
 public:
  // Creates `temporary_path`. `syncs_early`: what is written goes to the disk bit by bit, rather
  // than all at the end, where it would hold up others that use the disk.
  FileSink(std::string temporary_path, bool syncs_early);
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;
  ~FileSink();  // removes it, unless it was kept

  // Has whoever writes rest a moment behind each piece: others need the CPU.
  void rest_between_pieces() { rests_.emplace(); }

  bool write(std::string_view bytes) override;

  // Gives the file its final name, in the same folder, when the disk has all of it. The failure of
  // this or of anything before: what was to be done, and why it could not be.
  bool keep_as(const std::string& path);
  bool keep() { return keep_as(path_); }  // under the name that it has
  const std::string& failure() const noexcept { return failure_; }

 private:
  bool fail(const char* what);
  void sync_early();

  std::string path_;
  base::UniqueFd fd_;
  bool syncs_early_;
  bool exists_ = false;
  std::uint64_t written_bytes_ = 0;
  std::uint64_t synced_bytes_ = 0;  // on their way to the disk
  std::optional<base::Rests> rests_;
  std::string failure_;
};

}  // namespace larder::persist
