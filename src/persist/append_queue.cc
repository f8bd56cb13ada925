#include "persist/append_queue.h"

#include <algorithm>
#include <utility>

namespace larder::persist {
namespace {

constexpr std::size_t kPieceBytes = 256 * 1024;
constexpr std::size_t kRoundedBytes = 4096;  // to which an allocator may round that up
// What waits while a disk syncs that is slow now and then; and what is enough for a quiet time.
constexpr std::size_t kSparePieces = 64;
constexpr std::size_t kIdlePieces = 4;

}  // namespace

void AppendQueue::append(std::string_view commands) {
  const bool fits = !pieces_.empty() && !pieces_.back().next_file &&
                    pieces_.back().bytes.space() >= commands.size();
  if (!fits) {
    auto& piece = pieces_.emplace_back();
    if (commands.size() <= kPieceBytes && !spare_.empty()) {
      piece.bytes = std::move(spare_.back());
      spare_.pop_back();
    }
    piece.bytes.reserve(std::max(commands.size(), kPieceBytes));
  }
  pieces_.back().bytes.append(commands);
}

void AppendQueue::switch_to(Switch next) {
  if (pieces_.empty() || pieces_.back().next_file) pieces_.emplace_back();
  pieces_.back().next_file = std::move(next);
}

void AppendQueue::recycle(Pieces& written) {
  for (auto& piece : written) {
    if (spare_.size() == kSparePieces) return;
    const auto capacity = piece.bytes.capacity();
    if (capacity < kPieceBytes || capacity >= kPieceBytes + kRoundedBytes) continue;
    piece.bytes.clear();
    spare_.push_back(std::move(piece.bytes));
  }
}

void AppendQueue::trim() {
  if (spare_.size() > kIdlePieces) spare_.resize(kIdlePieces);
}

}  // namespace larder::persist
