#include "value/list_chunk.h"

#include <malloc.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>

#include "base/check.h"
#include "codec/lzf.h"

namespace larder::value {

char* write_back_length(char* at, std::size_t item_bytes) noexcept {
  char* const end = at + back_length_size(item_bytes);
  for (char* out = end; out != at; item_bytes >>= 7) {
    const bool has_more = item_bytes >= 128;
    *--out = static_cast<char>((item_bytes & 0x7fU) | (has_more ? 0x80U : 0));
  }
  return end;
}

char* write_entry(char* at, const EncodedItem& item) noexcept {
  return write_back_length(item.write(at), item.size());
}

ListChunk::Block* ListChunk::allocate(std::size_t room) {
  constexpr std::size_t kMax = std::numeric_limits<std::uint32_t>::max();
  CHECK(room <= kMax, "a list chunk beyond 4 GiB");
  auto* block = static_cast<Block*>(std::malloc(kHeadBytes + room));
  CHECK(block != nullptr, "out of memory for a list chunk");
  const auto usable = ::malloc_usable_size(block) - kHeadBytes;
  block->room = static_cast<std::uint32_t>(usable < kMax ? usable : kMax);
  return block;
}

ListChunk::ListChunk(std::size_t room, End grows_at) : block_(allocate(room)) {
  block_->begin = grows_at == End::front ? block_->room : 0;
  block_->end = block_->begin;
}

ListChunk::~ListChunk() { std::free(block_); }

ListChunk ListChunk::clone() const {
  if (is_compressed()) {
    ListChunk copy(block_->begin, End::back);
    std::memcpy(copy.bytes(), bytes(), block_->begin);
    copy.block_->begin = block_->begin;
    copy.block_->end = block_->end;
    return copy;
  }
  ListChunk copy(size(), End::back);
  std::memcpy(copy.extend(End::back, size()), begin(), size());
  return copy;
}

void ListChunk::move_to(std::size_t begin_offset) noexcept {
  const auto bytes_used = size();
  std::memmove(bytes() + begin_offset, begin(), bytes_used);
  block_->begin = static_cast<std::uint32_t>(begin_offset);
  block_->end = static_cast<std::uint32_t>(begin_offset + bytes_used);
}

void ListChunk::balance() noexcept { move_to(spare() / 2); }

char* ListChunk::splice(char* at, std::size_t removed, std::size_t inserted) noexcept {
  const auto before = static_cast<std::size_t>(at - begin());
  const auto after = size() - before - removed;
  if (inserted <= removed) {
    const auto surplus = removed - inserted;
    if (before < after) {
      std::memmove(begin() + surplus, begin(), before);
      drop(End::front, surplus);
    } else {
      std::memmove(at + inserted, at + removed, after);
      drop(End::back, surplus);
    }
    return begin() + before;
  }
  const auto missing = inserted - removed;
  const auto shorter = before < after ? End::front : End::back;
  const auto other = before < after ? End::back : End::front;
  if (spare_at(shorter) < missing && spare_at(other) < missing) balance();
  if (spare_at(shorter) < missing && spare_at(other) < missing) move_to(0);
  const auto side = spare_at(shorter) >= missing ? shorter : other;
  if (side == End::front) {
    char* const old_begin = begin();
    std::memmove(extend(End::front, missing), old_begin, before);
  } else {
    char* const tail = begin() + before + removed;
    extend(End::back, missing);
    std::memmove(tail + missing, tail, after);
  }
  return begin() + before;
}

bool ListChunk::compress() {
  const auto content = size();
  if (content < kCompressedSizeMin || content > kCompressedSizeMax) return false;
  std::array<char, kRoomMax> near_by;  // for all but the longest items
  const auto stored_max = content - content / 8;
  const auto far_off =
      stored_max > near_by.size() ? std::make_unique_for_overwrite<char[]>(stored_max) : nullptr;
  char* const out = far_off != nullptr ? far_off.get() : near_by.data();
  const auto stored = codec::lzf_compress({begin(), content}, out, stored_max);
  if (stored == 0) return false;
  auto* const compressed = allocate(stored);
  if (compressed->room >= block_->room || stored + content <= compressed->room) {
    std::free(compressed);  // the allocator's rounding leaves nothing of what it would save
    return false;
  }
  std::memcpy(compressed + 1, out, stored);
  compressed->begin = static_cast<std::uint32_t>(stored);
  compressed->end = static_cast<std::uint32_t>(stored + content);
  std::free(std::exchange(block_, compressed));
  return true;
}

void ListChunk::inflate_to(char* at) const noexcept {
  const bool is_whole = codec::lzf_decompress({bytes(), block_->begin}, at, size());
  CHECK(is_whole, "a compressed list chunk is damaged");
}

void ListChunk::inflate() {
  ListChunk inflated(size(), End::back);
  inflate_to(inflated.extend(End::back, size()));
  *this = std::move(inflated);
}

void ListChunk::resize(std::size_t room, End grows_at) {
  auto* moved = allocate(room);
  const auto bytes_used = size();
  const auto offset = grows_at == End::front ? moved->room - bytes_used : 0;
  moved->begin = static_cast<std::uint32_t>(offset);
  moved->end = static_cast<std::uint32_t>(offset + bytes_used);
  std::memcpy(reinterpret_cast<char*>(moved + 1) + offset, begin(), bytes_used);
  std::free(std::exchange(block_, moved));
}

}  // namespace larder::value
