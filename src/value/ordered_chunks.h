// Records in order, in arrays of up to 128: a sorted list whose ends are cheap to grow and to
// shrink, with O(log n) look-up and a short memmove for changes in the middle. Positions and
// references end with the next insertion or erasure.
#pragma once

#include <malloc.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/check.h"

namespace larder::value {

// Record: trivially copyable, with `key()`, which is what orders it.
template <class Record>
class OrderedChunks {
 public:
  using Key = std::decay_t<decltype(std::declval<const Record&>().key())>;

  struct Position {
    std::size_t chunk = 0;
    std::uint32_t at = 0;

    friend bool operator==(const Position&, const Position&) = default;
  };

  // Adds what it takes from the allocator to `bytes`, which outlives it.
  explicit OrderedChunks(std::size_t& bytes) noexcept : bytes_(&bytes) {}
  OrderedChunks(const OrderedChunks&) = delete;
  OrderedChunks& operator=(const OrderedChunks&) = delete;
  ~OrderedChunks() { clear(); }

  // Copies the records of `other`. REQUIRES: empty.
  void copy_from(const OrderedChunks& other) {
    chunks_.reserve(other.chunks_.size() - other.first_);
    for (std::size_t i = other.first_; i < other.chunks_.size(); ++i) {
      const auto& from = other.chunks_[i];
      Chunk chunk;
      reallocate(chunk, from.size());
      std::memcpy(chunk.records, from.records + from.begin, from.size() * sizeof(Record));
      chunk.end = from.size();
      chunks_.push_back(chunk);
    }
    size_ = other.size_;
    account_for_list();
  }

  void clear() noexcept {
    for (std::size_t i = first_; i < chunks_.size(); ++i) release(chunks_[i]);
    std::vector<Chunk>().swap(chunks_);
    first_ = 0;
    size_ = 0;
    account_for_list();
  }

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

  // REQUIRES: not empty.
  Record& front() noexcept { return chunks_[first_].records[chunks_[first_].begin]; }
  const Record& front() const noexcept { return chunks_[first_].records[chunks_[first_].begin]; }
  Record& back() noexcept { return chunks_.back().records[chunks_.back().end - 1]; }
  const Record& back() const noexcept { return chunks_.back().records[chunks_.back().end - 1]; }

  Position begin() const noexcept {
    return empty() ? end() : Position{first_, chunks_[first_].begin};
  }
  Position end() const noexcept { return {chunks_.size(), 0}; }
  // The first one there is from `position` on, which may be of before a change.
  Position from(Position position) const noexcept {
    if (position.chunk < first_) return begin();
    if (position.chunk >= chunks_.size()) return end();
    const auto& chunk = chunks_[position.chunk];
    if (position.at >= chunk.end) return start_of(position.chunk + 1);
    return {position.chunk, std::max(position.at, chunk.begin)};
  }
  Position next(Position position) const noexcept {
    if (++position.at != chunks_[position.chunk].end) return position;
    return start_of(position.chunk + 1);
  }
  // REQUIRES: position != begin().
  Position previous(Position position) const noexcept {
    if (position.chunk < chunks_.size() && position.at != chunks_[position.chunk].begin) {
      return {position.chunk, position.at - 1};
    }
    return {position.chunk - 1, chunks_[position.chunk - 1].end - 1};
  }

  Record& operator[](Position position) noexcept {
    return chunks_[position.chunk].records[position.at];
  }
  const Record& operator[](Position position) const noexcept {
    return chunks_[position.chunk].records[position.at];
  }

  // The first record whose key is not below `key`.
  Position lower_bound(const Key& key) const noexcept {
    const auto chunk = std::partition_point(
        chunks_.begin() + static_cast<std::ptrdiff_t>(first_), chunks_.end(),
        [&](const Chunk& each) { return each.records[each.end - 1].key() < key; });
    if (chunk == chunks_.end()) return end();
    const auto* record =
        std::partition_point(chunk->records + chunk->begin, chunk->records + chunk->end,
                             [&](const Record& each) { return each.key() < key; });
    return {static_cast<std::size_t>(chunk - chunks_.begin()),
            static_cast<std::uint32_t>(record - chunk->records)};
  }

  Record* find(const Key& key) noexcept {
    const auto position = lower_bound(key);
    if (position == end()) return nullptr;
    auto& record = (*this)[position];
    return record.key() == key ? &record : nullptr;
  }

  // Appends in O(1). REQUIRES: `record` comes after all others.
  Record& push_back(const Record& record) {
    if (chunks_.empty() || chunks_.back().end == kChunkRecordsMax) {
      chunks_.emplace_back();
      account_for_list();
    }
    auto& chunk = chunks_.back();
    if (chunk.end == chunk.capacity) grow(chunk);
    ++size_;
    return *new (&chunk.records[chunk.end++]) Record(record);
  }

  // The record with the key of `record`: the one that was there, or this one. Says whether it is
  // new.
  std::pair<Record*, bool> insert(const Record& record) {
    if (empty() || back().key() < record.key()) return {&push_back(record), true};
    auto position = lower_bound(record.key());
    if ((*this)[position].key() == record.key()) return {&(*this)[position], false};
    if (chunks_[position.chunk].size() == kChunkRecordsMax) {
      split(position.chunk);
      position = lower_bound(record.key());
    }
    return {&insert_into(chunks_[position.chunk], position.at, record), true};
  }

  void erase(Position position) noexcept {
    auto& chunk = chunks_[position.chunk];
    auto* const at = chunk.records + position.at;
    const auto before = position.at - chunk.begin;
    const auto behind = chunk.end - position.at - 1;
    if (before < behind) {
      std::memmove(static_cast<void*>(chunk.records + chunk.begin + 1), chunk.records + chunk.begin,
                   before * sizeof(Record));
      ++chunk.begin;
    } else {
      std::memmove(static_cast<void*>(at), at + 1, behind * sizeof(Record));
      --chunk.end;
    }
    --size_;
    if (chunk.size() == 0) {
      drop(position.chunk);
    } else if (chunk.size() < kChunkRecordsMax / 4) {
      merge_with_neighbour(position.chunk);
    }
  }

  bool erase(const Key& key) noexcept {
    const auto position = lower_bound(key);
    if (position == end() || (*this)[position].key() != key) return false;
    erase(position);
    return true;
  }

 private:
  static_assert(std::is_trivially_copyable_v<Record>);
  static constexpr std::uint32_t kChunkRecordsMax = 128;

  struct Chunk {
    Record* records = nullptr;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::uint32_t capacity = 0;

    std::uint32_t size() const noexcept { return end - begin; }
  };

  Position start_of(std::size_t chunk) const noexcept {
    return chunk == chunks_.size() ? end() : Position{chunk, chunks_[chunk].begin};
  }

  void reallocate(Chunk& chunk, std::uint32_t capacity) {
    if (chunk.records != nullptr) *bytes_ -= ::malloc_usable_size(chunk.records);
    auto* moved = std::realloc(static_cast<void*>(chunk.records), capacity * sizeof(Record));
    CHECK(moved != nullptr, "out of memory for a list of records");
    chunk.records = static_cast<Record*>(moved);
    chunk.capacity = capacity;
    *bytes_ += ::malloc_usable_size(moved);
  }

  void grow(Chunk& chunk) {
    constexpr std::uint32_t kFirstRecords = 2;
    reallocate(chunk, std::min(std::max(kFirstRecords, 2 * chunk.capacity), kChunkRecordsMax));
  }

  void release(Chunk& chunk) noexcept {
    *bytes_ -= ::malloc_usable_size(chunk.records);
    std::free(static_cast<void*>(chunk.records));
  }

  // The list of chunks changes rarely, so that it is counted whenever it may have.
  void account_for_list() noexcept {
    const auto now = chunks_.capacity() * sizeof(Chunk);
    *bytes_ += now - list_bytes_;
    list_bytes_ = now;
  }

  // Makes all of a chunk's spare room lie at its end.
  static void move_to_start(Chunk& chunk) noexcept {
    std::memmove(static_cast<void*>(chunk.records), chunk.records + chunk.begin,
                 chunk.size() * sizeof(Record));
    chunk.end = chunk.size();
    chunk.begin = 0;
  }

  Record& insert_into(Chunk& chunk, std::uint32_t at, const Record& record) {
    if (chunk.end == chunk.capacity) {
      if (chunk.begin != 0) {
        at -= chunk.begin;
        move_to_start(chunk);
      } else {
        grow(chunk);
      }
    }
    std::memmove(static_cast<void*>(chunk.records + at + 1), chunk.records + at,
                 (chunk.end - at) * sizeof(Record));
    ++chunk.end;
    ++size_;
    return *new (&chunk.records[at]) Record(record);
  }

  void split(std::size_t index) {
    Chunk upper;
    const auto half = chunks_[index].size() / 2;
    reallocate(upper, kChunkRecordsMax);
    auto& lower = chunks_[index];
    std::memcpy(static_cast<void*>(upper.records), lower.records + lower.begin + half,
                (lower.size() - half) * sizeof(Record));
    upper.end = lower.size() - half;
    lower.end = lower.begin + half;
    chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(index) + 1, upper);
    account_for_list();
  }

  // Chunks that went from the front are only counted until they are half of the list.
  void drop(std::size_t index) noexcept {
    release(chunks_[index]);
    if (index == first_) {
      ++first_;
    } else {
      chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(index));
    }
    if (2 * first_ >= chunks_.size()) {
      chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
  }

  // Keeps erasures at random from leaving many small chunks behind.
  void merge_with_neighbour(std::size_t index) noexcept {
    if (index + 1 < chunks_.size() && fit_together(index)) return merge_with_next(index);
    if (index > first_ && fit_together(index - 1)) merge_with_next(index - 1);
  }
  bool fit_together(std::size_t index) const noexcept {
    return chunks_[index].size() + chunks_[index + 1].size() <= kChunkRecordsMax / 2;
  }
  void merge_with_next(std::size_t index) noexcept {
    auto& chunk = chunks_[index];
    const auto& next = chunks_[index + 1];
    const auto together = chunk.size() + next.size();
    move_to_start(chunk);
    if (chunk.capacity < together) reallocate(chunk, kChunkRecordsMax / 2);
    std::memcpy(static_cast<void*>(chunk.records + chunk.end), next.records + next.begin,
                next.size() * sizeof(Record));
    chunk.end = together;
    drop(index + 1);
  }

  std::vector<Chunk> chunks_;  // in order; none empty from first_ on
  std::size_t first_ = 0;      // those before it are gone
  std::size_t size_ = 0;
  std::size_t list_bytes_ = 0;
  std::size_t* bytes_;
};

// Calls visit(const Record&) with all of them, in order.
template <class Record, class Visit>
void for_each_record(const OrderedChunks<Record>& records, Visit visit) {
  for (auto at = records.begin(); at != records.end(); at = records.next(at)) visit(records[at]);
}

}  // namespace larder::value
