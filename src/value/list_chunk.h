// A run of list items in one allocation with spare room on both sides: what a large list is made
// of. Each item is followed by its size, readable backwards, so that a chunk is walked from
// either end. A chunk that is seldom looked at may be kept compressed.
//
//   entry       = item back_length
//   back_length = { high 7 bits | 0x80 } low 7 bits, mirrored: the low bits come last
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "value/item.h"
#include "value/memory_mover.h"

namespace larder::value {

enum class End : std::uint8_t { front, back };

// Bytes that the size of an item of `item_bytes` takes behind it.
constexpr std::size_t back_length_size(std::size_t item_bytes) noexcept {
  std::size_t size = 1;
  while (item_bytes >= 128) {
    item_bytes >>= 7;
    ++size;
  }
  return size;
}

constexpr std::size_t entry_size(std::size_t item_bytes) noexcept {
  return item_bytes + back_length_size(item_bytes);
}

inline const char* next_entry(const char* at) noexcept { return at + entry_size(item_size(at)); }

// The entry that ends at `end`.
inline const char* previous_entry(const char* end) noexcept {
  std::size_t item_bytes = 0;
  unsigned shift = 0;
  unsigned char byte;
  do {
    byte = static_cast<unsigned char>(*--end);
    item_bytes |= static_cast<std::size_t>(byte & 0x7fU) << shift;
    shift += 7;
  } while ((byte & 0x80U) != 0);
  return end - item_bytes;
}

// Writes entry_size() bytes; returns the end.
char* write_entry(char* at, const EncodedItem& item) noexcept;
char* write_back_length(char* at, std::size_t item_bytes) noexcept;

class ListChunk {
 public:
  // What a chunk of many items grows to, with what the allocation holds besides; an item that is
  // larger has a chunk of its own.
  static constexpr std::size_t kHeadBytes = 3 * sizeof(std::uint32_t);
  static constexpr std::size_t kRoomMax = 4096 - kHeadBytes;

  // REQUIRES: `room` is below 4 GiB. All of it is spare, on the side where it will be asked for.
  ListChunk(std::size_t room, End grows_at);
  ListChunk(ListChunk&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  ListChunk& operator=(ListChunk&& other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~ListChunk();

  ListChunk clone() const;

  // Compressed, a chunk has a size and is cloned, and nothing else can be done with it until it is
  // inflated.
  bool is_compressed() const noexcept { return block_->end > block_->room; }
  // Keeps the content as LZF where that takes less. Returns whether it does. REQUIRES: not
  // compressed.
  bool compress();
  // REQUIRES of both: is_compressed().
  void inflate();
  void inflate_to(char* at) const noexcept;  // writes size() bytes

  const char* begin() const noexcept { return bytes() + block_->begin; }
  const char* end() const noexcept { return bytes() + block_->end; }
  char* begin() noexcept { return bytes() + block_->begin; }
  char* end() noexcept { return bytes() + block_->end; }
  std::size_t size() const noexcept { return block_->end - block_->begin; }
  std::size_t room() const noexcept { return block_->room; }
  std::size_t spare() const noexcept { return room() - size(); }
  std::size_t spare_at(End side) const noexcept {
    return side == End::front ? block_->begin : block_->room - block_->end;
  }
  std::size_t allocated_bytes() const noexcept { return kHeadBytes + block_->room; }
  void move_memory(MemoryMover& mover) { block_ = mover(block_); }

  // Adds `bytes` undefined ones and returns where they begin. REQUIRES: spare_at(side) has them.
  char* extend(End side, std::size_t bytes) noexcept {
    if (side == End::front) {
      block_->begin -= static_cast<std::uint32_t>(bytes);
      return begin();
    }
    block_->end += static_cast<std::uint32_t>(bytes);
    return end() - bytes;
  }
  void drop(End side, std::size_t bytes) noexcept {
    const auto dropped = static_cast<std::uint32_t>(bytes);
    side == End::front ? block_->begin += dropped : block_->end -= dropped;
  }

  // Replaces `removed` bytes at `at` by `inserted` undefined ones and returns where these begin.
  // REQUIRES: spare() + removed >= inserted.
  char* splice(char* at, std::size_t removed, std::size_t inserted) noexcept;

  // Moves the content so that each side has half of what is spare.
  void balance() noexcept;

  // Changes the room, keeping the content; what is spare comes to be on the side `grows_at`.
  // REQUIRES: room >= size().
  void resize(std::size_t room, End grows_at);

 private:
  // Compressed, `begin` is how many bytes are kept, and `end` how many more the content has: beyond
  // the room, where it never is otherwise.
  struct Block {
    std::uint32_t room;
    std::uint32_t begin;  // offsets from bytes()
    std::uint32_t end;
  };
  static_assert(sizeof(Block) == kHeadBytes);

  // Longer content stays as it is: compressing it would stall everybody else.
  static constexpr std::size_t kCompressedSizeMax = 256 << 10;
  static constexpr std::size_t kCompressedSizeMin = 64;

  static Block* allocate(std::size_t room);
  const char* bytes() const noexcept { return reinterpret_cast<const char*>(block_ + 1); }
  char* bytes() noexcept { return reinterpret_cast<char*>(block_ + 1); }
  void move_to(std::size_t begin) noexcept;

  Block* block_;
};

}  // namespace larder::value
