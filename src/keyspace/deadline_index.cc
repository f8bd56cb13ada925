#include "keyspace/deadline_index.h"

#include <algorithm>
#include <iterator>

namespace larder::keyspace {

std::size_t DeadlineIndex::memory_bytes() const noexcept {
  return runs_.capacity() * sizeof(Run) + runs_.size() * sizeof(Items);
}

// The last run that begins at or before `item`, or the first one.
DeadlineIndex::Runs::iterator DeadlineIndex::run_of(Item item) noexcept {
  const auto after = std::upper_bound(runs_.begin(), runs_.end(), item,
                                      [](Item one, const Run& run) { return one < run.first; });
  return after == runs_.begin() ? after : std::prev(after);
}

void DeadlineIndex::add(Item item) {
  if (runs_.empty()) runs_.push_back({item, 0, std::make_unique<Items>()});
  auto run = run_of(item);
  if (run->count == kItemsMax) {
    split(run);
    run = run_of(item);
  }
  auto* at = std::upper_bound(run->begin(), run->end(), item);
  std::copy_backward(at, run->end(), run->end() + 1);
  *at = item;
  ++run->count;
  run->first = std::min(run->first, item);
  ++size_;
  note_next();
}

void DeadlineIndex::split(Runs::iterator run) {
  const auto kept = run->count / 2;
  Run upper{run->begin()[kept], run->count - kept, std::make_unique<Items>()};
  std::copy(run->begin() + kept, run->end(), upper.begin());
  run->count = kept;
  runs_.insert(std::next(run), std::move(upper));
}

bool DeadlineIndex::remove(Item item) {
  if (runs_.empty()) return false;
  auto run = run_of(item);
  // Equal items may have been divided among runs.
  if (run->first == item && run != runs_.begin() && run->begin()[0] != item) --run;
  auto* at = std::lower_bound(run->begin(), run->end(), item);
  if (at == run->end() || *at != item) return false;
  std::copy(at + 1, run->end(), at);
  --run->count;
  --size_;
  if (run->count == 0) {
    runs_.erase(run);
  } else if (run->count < kItemsSparse) {
    join_with_next(run);
  }
  note_next();
  return true;
}

void DeadlineIndex::join_with_next(Runs::iterator run) {
  const auto next = std::next(run);
  if (next == runs_.end() || run->count + next->count > kItemsMax / 2) return;
  std::copy(next->begin(), next->end(), run->end());
  run->count += next->count;
  runs_.erase(next);
}

}  // namespace larder::keyspace
