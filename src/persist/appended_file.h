// The file at the end of an append-only log. It can be laid out ahead: filled with bytes that
// readers pass over, and that what is appended replaces. A sync then has data to write and no
// change of the file's length, which on ext4 takes a commit of its journal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "persist/disk.h"

namespace larder::persist {

// Room on the disk that is taken ahead at most: blocks that are found one by one, as they are
// written, cost more than the bytes.
inline constexpr std::uint64_t kReservedBytesMax = 16 << 20;

// An annotation of one byte that never ends: servers from Redis 7.0 on take it for one.
inline constexpr char kFiller = '#';
// How much of a file is laid out ahead at most, and so the most that one sum is of.
inline constexpr std::uint64_t kLaidOutBytesMax = 4 << 20;

// Where what was appended ends: filler is all that stands behind it. `bytes` are those of the file.
// An error of the disk has it end there.
std::uint64_t end_of_appended(int fd, std::uint64_t bytes) noexcept;

// The annotation before bytes that were written into filler: a crash of the machine may leave any
// of their blocks as it was, and not just the last ones.
inline constexpr std::size_t kSumLineBytesMax = 64;
std::string sum_line(std::string_view bytes);
struct Sum {
  std::uint64_t checksum = 0;
  std::uint64_t bytes = 0;
};
bool parse_sum(std::string_view line, Sum& sum) noexcept;

class AppendedFile {
 public:
  explicit AppendedFile(Disk& disk) noexcept : disk_(disk) {}

  explicit operator bool() const noexcept { return static_cast<bool>(fd_); }
  // Takes the place of the one before. It has so many bytes.
  void open(base::UniqueFd fd, std::uint64_t bytes) noexcept;

  // Without filler; what is appended goes here.
  std::uint64_t bytes() const noexcept { return bytes_; }

  // All of `bytes`, which are whole commands, or after a failure none of them that could tear one
  // apart: where that failed, too, those that were written, and the rest has to follow.
  struct Appended {
    std::size_t bytes = 0;
    int error = 0;  // errno
  };
  // `is_synced_next`: nothing more is appended before a sync has returned.
  Appended append(std::string_view bytes, bool is_synced_next);
  int sync();  // 0 or errno

  // Whether there is little left of what was laid out, in a file that is large enough for it, and
  // what is appended is small beside it.
  bool wants_layout() const noexcept;
  // Fills it further. Filler counts once a sync has returned. False where there was no room.
  bool lay_out();
  void note_synced_layout() noexcept { usable_until_ = filled_until_; }
  // Gives back what is laid out or reserved. False where that failed: readers pass over it.
  bool trim();

 private:
  void reserve(std::size_t bytes);
  bool cut_filler();
  Appended write(std::string_view bytes);

  Disk& disk_;
  base::UniqueFd fd_;
  std::uint64_t bytes_ = 0;
  std::uint64_t filled_until_ = 0;    // bytes_ where nothing is laid out
  std::uint64_t usable_until_ = 0;    // up to there on the disk, too
  std::uint64_t reserved_until_ = 0;  // that the disk has room for
  bool may_reserve_ = true;           // the disk has not refused
  std::size_t last_bytes_ = 0;        // appended at once
  bool is_torn_ = false;              // ends within a command
  bool must_be_trimmed_ = false;      // what stands behind the end is no filler
  std::string summed_;                // space for one append
};

}  // namespace larder::persist
