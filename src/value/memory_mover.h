// Has pieces of the allocator's memory moved to where others of their size lie closer together, a
// bounded number of them at a time, and counts what became of them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace larder::value {

class MemoryMover {
 public:
  // Moves the memory where that is worth it; returns where it is then.
  using Move = void* (*)(void* memory);

  MemoryMover(Move move, std::size_t pieces_max) noexcept : move_(move), left_(pieces_max) {}

  // Returns where the piece is then: the caller keeps the address.
  template <class Piece>
  Piece* operator()(Piece* piece) {
    auto* const at = static_cast<Piece*>(move_(static_cast<void*>(piece)));
    ++(at == piece ? kept_ : moved_);
    if (left_ != 0) --left_;
    return at;
  }

  // Whether that were as many as there may be.
  bool is_done() const noexcept { return left_ == 0; }

  std::uint64_t moved() const noexcept { return moved_; }
  std::uint64_t kept() const noexcept { return kept_; }

 private:
  Move move_;
  std::size_t left_;
  std::uint64_t moved_ = 0;
  std::uint64_t kept_ = 0;
};

}  // namespace larder::value
