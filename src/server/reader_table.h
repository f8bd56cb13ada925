// Who has read which keys: a table that reading commands of tracking clients write to, so that one
// read costs one line of memory. Keys are told apart by their hashes alone; a name is kept to be
// told when the table has to forget it.
//
// The first 63 clients have seats: a bit each in every key's entry. A seat that its client left is
// given away again only when no entry has its bit; that takes time, and is done in steps.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "keyspace/types.h"

namespace larder::server {

class ReaderTable {
 public:
  // A client's place. Those that found no seat free are remembered by their number.
  struct Reader {
    std::uint64_t client = 0;
    int seat = kNoSeat;
  };
  static constexpr int kNoSeat = -1;
  static constexpr int kSeats = 63;

  ReaderTable();
  ~ReaderTable();
  ReaderTable(const ReaderTable&) = delete;
  ReaderTable& operator=(const ReaderTable&) = delete;

  Reader enter(std::uint64_t client);
  // What the client has read is forgotten by sweep().
  void leave(const Reader& reader);

  void prefetch(std::uint64_t hash) const noexcept;
  void add(const keyspace::Key& key, const Reader& reader);

  // Forgets a key; those who have read it, in no order.
  std::vector<std::uint64_t> take(std::uint64_t hash);
  // Forgets any key: its name, and who has read it. `random` chooses. REQUIRES: not empty.
  struct Forgotten {
    std::string name;
    std::vector<std::uint64_t> readers;
  };
  Forgotten take_any(std::uint64_t random);

  // Forgets all. The memory is given back by sweep().
  void clear();

  // One step of what clear() and leave() left to be done, of about `slots_max` entries.
  bool needs_sweep() const noexcept { return left_ != 0 || sweeping_ != 0 || !garbage_.empty(); }
  void sweep(std::size_t slots_max);

  std::size_t keys() const noexcept { return keys_; }
  std::size_t items() const noexcept { return items_; }  // pairs of a key and a reader

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint64_t readers = 0;  // a bit a seat; 0: the slot is empty
  };
  static constexpr std::uint64_t kMoreReaders = std::uint64_t{1} << kSeats;  // they are in more_

  // A table of open addressing that grows by itself, so that growing is short.
  struct Segment {
    std::unique_ptr<Slot[]> slots;
    std::unique_ptr<std::unique_ptr<char[]>[]> names;  // of the slots: its size, then its bytes
    std::uint32_t capacity = 0;                        // a power of two, or 0
    std::uint32_t size = 0;

    std::size_t home(std::uint64_t hash) const noexcept { return hash & (capacity - 1); }
    std::size_t next(std::size_t at) const noexcept { return (at + 1) & (capacity - 1); }
    // The slot of that hash, or the empty one where it would be. REQUIRES: an empty slot.
    std::size_t find(std::uint64_t hash) const noexcept;
    void resize(std::uint32_t new_capacity);
    void erase(std::size_t at);
  };
  static constexpr unsigned kSegmentBits = 11;

  // The keyspace spreads keys by the upper bits, and a segment by the lower ones.
  static std::size_t segment_of(std::uint64_t hash) noexcept { return hash >> (64 - kSegmentBits); }

  std::vector<std::uint64_t> take_readers(Segment& segment, std::size_t at);
  void forget_bits(Segment& segment, std::uint64_t bits);

  std::vector<Segment> segments_;
  std::vector<Segment> garbage_;
  std::unordered_map<std::uint64_t, std::vector<std::uint64_t>> more_;  // by hash
  std::array<std::uint64_t, kSeats> clients_{};                         // by seat; 0: nobody
  std::uint64_t left_ = 0;      // seats that wait to be swept
  std::uint64_t sweeping_ = 0;  // seats that are being swept
  std::size_t next_to_sweep_ = 0;
  std::size_t keys_ = 0;
  std::size_t items_ = 0;
};

}  // namespace larder::server
