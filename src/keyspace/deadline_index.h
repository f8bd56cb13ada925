// The keys of a database some of whose elements have deadlines of their own (fields of hashes,
// members of sets), ordered by the next one, so that the sweep finds what is due without a walk
// through the database.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "keyspace/types.h"

namespace larder::keyspace {

// Sorted runs of some kilobytes each: 16 bytes a key, and room. Adding and removing moves part of a
// run, and at times the list of runs, which has an entry for about a hundred keys.
class DeadlineIndex {
 public:
  // Keys are told apart by their hashes; the rare two that share one are two items.
  struct Item {
    Deadline deadline;
    std::uint64_t hash;
    auto operator<=>(const Item&) const = default;
  };

  bool is_empty() const noexcept { return runs_.empty(); }
  std::size_t size() const noexcept { return size_; }
  std::size_t memory_bytes() const noexcept;

  // The earliest deadline, kNever where there is none.
  Deadline next() const noexcept { return next_; }
  Item first() const noexcept { return runs_.front().items->at[0]; }  // REQUIRES: not empty

  void add(Item item);
  bool remove(Item item);  // false where it is not there

 private:
  static constexpr std::size_t kItemsMax = 128;
  static constexpr std::size_t kItemsSparse = 32;

  struct Items {
    Item at[kItemsMax];
  };
  struct Run {
    Item first;  // not after any of its items
    std::size_t count = 0;
    std::unique_ptr<Items> items;

    Item* begin() const noexcept { return items->at; }
    Item* end() const noexcept { return items->at + count; }
  };
  using Runs = std::vector<Run>;

  Runs::iterator run_of(Item item) noexcept;
  void split(Runs::iterator run);
  void join_with_next(Runs::iterator run);
  void note_next() noexcept { next_ = runs_.empty() ? kNever : first().deadline; }

  Runs runs_;
  std::size_t size_ = 0;
  Deadline next_ = kNever;
};

}  // namespace larder::keyspace
