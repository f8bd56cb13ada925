#include "keyspace/table.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "base/check.h"
#include "keyspace/walk.h"

namespace larder::keyspace {
namespace {

// A shard's line for its count of keys, then its buckets. Sizes are those that jemalloc has classes
// for, an eighth to a quarter apart, so that none of the memory asked for is rounded up.
constexpr unsigned kLinesMin = 2;
constexpr unsigned kLinesMax = 128;
constexpr unsigned kDepthMax = 40;  // where hashes cannot tell keys apart, a shard grows on instead
constexpr unsigned kLinesLimit = 0xff00;

constexpr unsigned next_lines(unsigned lines) noexcept {
  if (lines < 8) return lines + 1;
  return lines + (1U << (static_cast<unsigned>(std::bit_width(lines)) - 3));
}

// A shard grows beyond 7/8 of its slots, shrinks below 1/2, and is made for 4/5.
constexpr unsigned keys_max(unsigned buckets) noexcept { return buckets * Bucket::kSlots * 7 / 8; }
constexpr unsigned keys_min(unsigned buckets) noexcept { return buckets * Bucket::kSlots / 2; }

unsigned buckets_for(unsigned keys) noexcept {
  unsigned lines = kLinesMin;
  while ((lines - 1) * Bucket::kSlots * 4 / 5 < keys && lines < kLinesLimit)
    lines = next_lines(lines);
  return lines - 1;
}

}  // namespace

Table::Table(const unsigned char* base, const base::KeyHasher& hasher)
    : base_(base), hasher_(hasher) {
  directory_.push_back(make_shard(kLinesMin - 1, 0));
}

Table::~Table() {
  for_each_shard([](Shard shard) {
    std::free(shard.buckets() - 1);
    return true;
  });
}

Shard Table::make_shard(unsigned bucket_count, unsigned depth) {
  const auto bytes = (bucket_count + 1) * sizeof(Bucket);
  auto* lines = static_cast<Bucket*>(std::aligned_alloc(sizeof(Bucket), bytes));
  CHECK(lines != nullptr, "out of memory for the table");
  std::uninitialized_value_construct_n(lines, bucket_count + 1);
  const Shard shard(lines + 1, bucket_count, depth);
  shard.keys() = 0;
  bucket_bytes_ += bytes;
  ++shards_;
  return shard;
}

void Table::free_shard(Shard shard) noexcept {
  bucket_bytes_ -= (shard.bucket_count() + 1) * sizeof(Bucket);
  --shards_;
  std::free(shard.buckets() - 1);
}

// REQUIRES: an empty slot somewhere in the shard.
Slot* Table::add(Shard shard, std::uint64_t hash, Slot slot) noexcept {
  auto index = shard.home(hash);
  auto* bucket = shard.buckets() + index;
  auto empty = bucket->empty();
  while (empty == 0) {
    bucket->count_passing();
    index = shard.after(index);
    bucket = shard.buckets() + index;
    empty = bucket->empty();
  }
  ++shard.keys();
  const auto free_index = Bucket::index_of(empty);
  bucket->put(free_index, Bucket::tag_of(hash), slot);
  return &bucket->slot(free_index);
}

Slot* Table::insert(std::uint64_t hash, Slot slot) {
  if (const auto shard = shard_of(hash); shard.keys() >= keys_max(shard.bucket_count()))
      [[unlikely]] {
    grow(hash);
  }
  ++size_;
  return add(shard_of(hash), hash, slot);
}

void Table::erase(Slot* slot, std::uint64_t hash) noexcept {
  const auto shard = shard_of(hash);
  auto* holder = Bucket::of(slot);
  holder->remove(holder->index_of(slot));
  for (auto index = shard.home(hash); shard.buckets() + index != holder;
       index = shard.after(index)) {
    shard.buckets()[index].uncount_passing();
  }
  --shard.keys();
  --size_;
}

void Table::settle(std::uint64_t hash) {
  const auto shard = shard_of(hash);
  if (shard.keys() >= keys_min(shard.bucket_count()) || shard.bucket_count() == 1) return;
  if (shard.bucket_count() <= kLinesMax / 4 && merge(hash)) return;
  const auto wanted = buckets_for(shard.keys());
  if (wanted < shard.bucket_count()) resize(hash, wanted);
}

void Table::reserve(std::size_t keys) {
  for_each_shard([this](Shard shard) {
    free_shard(shard);
    return true;
  });
  make_directory(keys);
}

void Table::make_directory(std::size_t keys) {
  // In between of what a shard has after a split and before the next one.
  constexpr std::size_t kKeysPerShard = 560;
  unsigned depth = 0;
  while (keys >> depth > kKeysPerShard && depth < kDepthMax) ++depth;
  const auto buckets = buckets_for(static_cast<unsigned>(keys >> depth));
  directory_ = std::vector<Shard>(std::size_t{1} << depth);  // and no memory of the old one
  for (auto& shard : directory_) shard = make_shard(buckets, depth);
  directory_depth_ = depth;
  deepest_shards_ = directory_.size();
}

void Table::fit() {
  const auto slots = bucket_bytes_ / sizeof(Bucket) * Bucket::kSlots;
  if (size_ >= slots / 3) return;
  std::vector<Shard> old;
  for_each_shard([&](Shard shard) {
    old.push_back(shard);
    return true;
  });
  make_directory(size_);
  for (const auto from : old) {
    for_each_slot(*this, from, 0, from.bucket_count(), [&](Slot slot) {
      const auto hash = hash_of(slot.handle());
      if (const auto shard = shard_of(hash); shard.keys() >= keys_max(shard.bucket_count())) {
        grow(hash);
      }
      add(shard_of(hash), hash, slot);
    });
    free_shard(from);
  }
}

void Table::grow(std::uint64_t hash) {
  const auto shard = shard_of(hash);
  const auto lines = next_lines(shard.bucket_count() + 1);
  if (lines <= kLinesMax || shard.depth() >= kDepthMax) {
    CHECK(lines < kLinesLimit, "too many keys with the same hash");
    resize(hash, lines - 1);
  } else {
    split(hash);
    // Both halves have room for half of the keys and some more; where all went to one side, that
    // one grows in turn.
    const auto half = shard_of(hash);
    if (half.keys() >= keys_max(half.bucket_count())) grow(hash);
  }
}

template <class TargetOf>
void Table::redistribute(Shard from, TargetOf&& target_of) const {
  for_each_slot(*this, from, 0, from.bucket_count(), [&](Slot slot) {
    const auto hash = hash_of(slot.handle());
    add(target_of(hash), hash, slot);
  });
}

void Table::resize(std::uint64_t hash, unsigned bucket_count) {
  const auto old = shard_of(hash);
  const auto resized = make_shard(bucket_count, old.depth());
  redistribute(old, [&](std::uint64_t) { return resized; });
  publish(hash, resized);
  free_shard(old);
}

void Table::split(std::uint64_t hash) {
  if (shard_of(hash).depth() == directory_depth_) deepen();
  const auto old = shard_of(hash);
  const auto depth = old.depth() + 1;
  const auto bit = std::uint64_t{1} << (64 - depth);
  const auto buckets = buckets_for(old.keys() / 2);
  // An uneven split must not fill either half; then both are made for all keys.
  Shard halves[2] = {make_shard(buckets, depth), make_shard(buckets, depth)};
  redistribute(old, [&](std::uint64_t key_hash) {
    auto& half = halves[(key_hash & bit) != 0];
    if (half.keys() + 1 >= half.bucket_count() * Bucket::kSlots) [[unlikely]] {
      const auto wider = make_shard(buckets_for(old.keys() + 1), depth);
      redistribute(half, [&](std::uint64_t) { return wider; });
      free_shard(half);
      half = wider;
    }
    return half;
  });
  publish(hash & ~bit, halves[0]);
  publish(hash | bit, halves[1]);
  if (depth == directory_depth_) deepest_shards_ += 2;
  free_shard(old);
}

// Joins a sparse shard with its neighbour that shares all but the last of its bits, where the
// neighbour is sparse too.
bool Table::merge(std::uint64_t hash) {
  const auto shard = shard_of(hash);
  if (shard.depth() == 0) return false;
  const auto depth = shard.depth();
  const auto buddy_hash = hash ^ (std::uint64_t{1} << (64 - depth));
  const auto buddy = shard_of(buddy_hash);
  const auto buckets = buckets_for(shard.keys() + buddy.keys());
  if (buddy.depth() != depth || buckets + 1 > kLinesMax / 2) return false;
  const auto merged = make_shard(buckets, depth - 1);
  redistribute(shard, [&](std::uint64_t) { return merged; });
  redistribute(buddy, [&](std::uint64_t) { return merged; });
  publish(hash, merged);
  free_shard(shard);
  free_shard(buddy);
  if (depth == directory_depth_ && (deepest_shards_ -= 2) == 0) flatten();
  return true;
}

// Enters a shard for all hashes that share its bits with `hash`.
void Table::publish(std::uint64_t hash, Shard shard) noexcept {
  const auto first = (shard.first_hash(hash) >> 1) >> (63 - directory_depth_);
  const auto count = std::size_t{1} << (directory_depth_ - shard.depth());
  std::fill_n(directory_.begin() + static_cast<std::ptrdiff_t>(first), count, shard);
}

void Table::move_shard(std::uint64_t hash, value::MemoryMover& mover) {
  const auto shard = shard_of(hash);
  auto* const moved = mover(shard.buckets() - 1) + 1;
  if (moved != shard.buckets()) publish(hash, {moved, shard.bucket_count(), shard.depth()});
}

void Table::deepen() {
  std::vector<Shard> deeper(directory_.size() * 2);
  for (std::size_t i = 0; i < deeper.size(); ++i) deeper[i] = directory_[i / 2];
  directory_.swap(deeper);
  ++directory_depth_;
  deepest_shards_ = 0;
}

void Table::flatten() {
  while (directory_depth_ > 0 && deepest_shards_ == 0) {
    std::vector<Shard> flatter(directory_.size() / 2);
    for (std::size_t i = 0; i < flatter.size(); ++i) flatter[i] = directory_[i * 2];
    directory_.swap(flatter);
    --directory_depth_;
    for_each_shard([this](Shard shard) {
      if (shard.depth() == directory_depth_) ++deepest_shards_;
      return true;
    });
  }
}

}  // namespace larder::keyspace
