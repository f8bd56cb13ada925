// What is on its way to an append-only log: pieces of whole commands, and where the log goes on in
// another file. Bytes are never moved, and memory is used again: whoever appends serves clients,
// and would have them wait for copies of megabytes, or for fresh pages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/byte_buffer.h"
#include "base/unique_fd.h"

namespace larder::persist {

class AppendQueue {
 public:
  struct Switch {
    base::UniqueFd file;
    std::uint64_t bytes;  // that it has
  };
  struct Piece {
    base::ByteBuffer bytes;           // may be empty
    std::optional<Switch> next_file;  // behind them
  };
  using Pieces = std::vector<Piece>;

  bool empty() const noexcept { return pieces_.empty(); }

  // `commands` are whole ones.
  void append(std::string_view commands);
  void switch_to(Switch next);

  // Moves all pieces to `taken`. REQUIRES: taken.empty().
  void take(Pieces& taken) noexcept { pieces_.swap(taken); }
  // Takes the memory of pieces that are written, as much of it as may be of use.
  void recycle(Pieces& written);
  // Gives most of that back.
  void trim();

 private:
  Pieces pieces_;
  std::vector<base::ByteBuffer> spare_;
};

}  // namespace larder::persist
