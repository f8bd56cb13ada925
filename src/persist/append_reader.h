// The commands of one append-only file, in order, whatever their author meant by them: whether a
// command exists, and what it does, is its caller's business.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/byte_buffer.h"
#include "persist/appended_file.h"
#include "persist/snapshot_source.h"
#include "resp/parser.h"

namespace larder::persist {

class AppendReader {
 public:
  // `source` stands at the first command: behind the snapshot in files that begin with one. It ends
  // where filler begins (end_of_appended()), if there is some: then the file ends as a crash left
  // it.
  explicit AppendReader(SnapshotSource& source, bool has_filler = false) noexcept;

  enum class Status : std::uint8_t {
    command,
    end,
    truncated,  // the file ends within a command, or in bytes that the disk has not all of
    damaged,    // what stands at offset() is no command
  };
  Status next();

  // Of the command read last; valid until the next one.
  std::span<const std::string_view> words() const noexcept { return words_; }

  // Where what was read last ends: the next command begins there.
  std::uint64_t offset() const noexcept { return begin_ + at_; }
  // Where the last command ends that is no part of a transaction whose EXEC has not come yet. Up to
  // there the file is whole.
  std::uint64_t whole_until() const noexcept { return whole_until_; }
  bool is_in_transaction() const noexcept { return is_in_transaction_; }

  // Unix seconds of the last annotation (#TS:...) before the command; 0 where there was none.
  std::int64_t time_s() const noexcept { return time_s_; }

 private:
  bool fetch_more();
  // Passes over annotations; what came instead of a command, or `command`.
  Status skip_annotations();
  // Of what stands behind the line at hand, which has so many bytes: `command` where it is what it
  // was when it was written.
  Status check_sum(std::size_t line_bytes, const Sum& sum);
  void note_transaction() noexcept;

  SnapshotSource& source_;
  resp::RequestParser parser_;
  base::ByteBuffer input_;
  std::uint64_t begin_;  // offset of the first byte of input_
  std::size_t at_ = 0;   // of the first byte that is not read
  std::uint64_t whole_until_;
  const bool has_filler_;
  std::int64_t time_s_ = 0;
  bool is_in_transaction_ = false;
  std::vector<std::string_view> words_;
};

}  // namespace larder::persist
