// The large form of a list: chunks of packed items, gathered in groups that count their items, so
// that any position is found by adding up two short rows of numbers. Ends cost amortised constant
// time; anywhere else the bytes of one chunk are moved. Chunks that are far from both ends may be
// kept compressed: they are opened where something in them changes, and closed again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/function_ref.h"
#include "value/item.h"
#include "value/list_chunk.h"
#include "value/object.h"

namespace larder::value {

class ChunkedList final : public Object {
 public:
  // Called with an encoded item; returns whether to go on.
  using Visitor = base::FunctionRef<bool(const char*)>;

  // `compress_depth`: chunks at each end that are never compressed; 0: none is anywhere.
  explicit ChunkedList(std::size_t compress_depth = 0) noexcept : compress_depth_(compress_depth) {}

  std::unique_ptr<Object> clone() const override;
  std::size_t memory_bytes() const noexcept override;
  std::size_t element_count() const noexcept override { return items_; }
  std::uint64_t move_memory(std::uint64_t position, MemoryMover& mover) override;  // by chunks

  // Bytes of all items with their back-lengths.
  std::size_t entry_bytes() const noexcept { return entry_bytes_; }

  std::size_t chunk_count() const noexcept { return chunks_; }
  bool compresses() const noexcept { return compress_depth_ != 0; }
  // Whether no chunk is compressed but where it may be: for tests.
  bool is_settled() const noexcept;

  // OBJECT ENCODING's word for it is a flag; see value/list.h.
  bool is_quicklist = false;

  void push(End end, const EncodedItem& item);

  // Visits `count` items from `first` on, or from there backwards. REQUIRES: they exist. They are
  // where they are until the next change, unless the list compresses.
  void visit(std::size_t first, std::size_t count, Visitor visit) const;
  void visit_backwards(std::size_t first, std::size_t count, Visitor visit) const;

  void pop(End end);
  void erase(std::size_t first, std::size_t count);
  void insert(std::size_t index, const EncodedItem& item);  // REQUIRES: index <= element_count()
  void replace(std::size_t index, const EncodedItem& item);

  // Removes items equal to `item`, `limit` of them at most, from this end on; returns how many.
  std::size_t remove(End from, std::size_t limit, const EncodedItem& item);

 private:
  static constexpr std::size_t kGroupChunksMax = 128;

  struct Chunks {
    std::vector<ListChunk> chunks;
    std::vector<std::uint16_t> items;  // of each chunk
  };
  struct Group {
    std::unique_ptr<Chunks> row;
    std::size_t items = 0;
  };
  // Where an item stands.
  struct Position {
    std::size_t group = 0;
    std::size_t chunk = 0;
    std::size_t item = 0;  // within the chunk
  };

  ListChunk& chunk_at(const Position& p) noexcept { return groups_[p.group].row->chunks[p.chunk]; }
  const ListChunk& chunk_at(const Position& p) const noexcept {
    return groups_[p.group].row->chunks[p.chunk];
  }
  std::uint16_t& items_at(const Position& p) noexcept {
    return groups_[p.group].row->items[p.chunk];
  }
  std::size_t items_at(const Position& p) const noexcept {
    return groups_[p.group].row->items[p.chunk];
  }

  Position locate(std::size_t index) const noexcept;
  Position end_position(End end) const noexcept;
  char* entry_at(const Position& p) noexcept;
  bool step(Position& p, End from, bool is_gone) const noexcept;

  // Bookkeeping of what is in a chunk, and of what it takes.
  void count(const Position& p, std::ptrdiff_t items, std::ptrdiff_t entry_bytes) noexcept;
  void resize_chunk(const Position& p, std::size_t room, End grows_at);

  // Compression.
  void open(const Position& p);
  void close(const Position& p);
  bool is_near_end(const Position& p) const noexcept;
  Position nth_chunk(End from, std::size_t n) const noexcept;
  void settle_end(End end, std::size_t chunks_before);
  void settle(std::size_t index, std::size_t chunks_before);

  Position insert_chunk(Position before, ListChunk chunk);
  void remove_chunks(const Position& first, std::size_t chunks);
  void remove_groups(std::size_t first, std::size_t groups);
  Position split_group(const Position& p);
  void split_chunk(const Position& p, const char* at);
  bool join_with_next(const Position& first);
  bool tidy(const Position& p, End walked);

  void push_chunk(End end, std::size_t entry_bytes);
  bool has_room_at_end(End end, std::size_t entry_bytes);
  bool make_room(const Position& p, std::size_t missing);
  void erase_within(const Position& p, std::size_t count);
  void insert_within(std::size_t index, const EncodedItem& item);
  void erase_any(std::size_t first, std::size_t count);
  std::size_t drop_whole(const Position& p, std::size_t count);
  std::size_t remove_in_chunk(const Position& p, End from, std::size_t limit,
                              const EncodedItem& item, bool& is_gone);
  std::size_t remove_within(const Position& p, End from, std::size_t limit,
                            const EncodedItem& item);

  std::vector<Group> groups_;  // none is empty, nor is a chunk
  std::size_t items_ = 0;
  std::size_t entry_bytes_ = 0;
  std::size_t chunk_bytes_ = 0;  // allocated
  std::size_t chunks_ = 0;
  std::size_t compress_depth_;
};

}  // namespace larder::value
