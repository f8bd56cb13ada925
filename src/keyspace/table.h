// The hash table of one database: it leads from a key's hash to its slot, and keeps keys in the
// order of their hashes.
//
// The top bits of a hash choose a shard, through a directory (extendible hashing: Fagin et al.,
// 1979); the bits below choose the home bucket in it by multiplication, so that a shard can have
// any number of buckets. A shard is small (8 KiB at most): it grows, shrinks, splits and merges in
// one go of some tens of microseconds, and a look-up never has more than one place to search.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "keyspace/block.h"
#include "keyspace/bucket.h"
#include "value/memory_mover.h"

namespace larder::keyspace {

// One directory entry: address of the buckets, their number and the shard's depth (how many top
// bits of the hash its keys share) in one word, so that a look-up needs nothing else.
class Shard {
 public:
  Shard() = default;
  Shard(Bucket* buckets, unsigned count, unsigned depth) noexcept
      : word_(reinterpret_cast<std::uint64_t>(buckets) | (std::uint64_t{count} << kCountShift) |
              depth) {}

  Bucket* buckets() const noexcept {
    return reinterpret_cast<Bucket*>(word_ &
                                     (((std::uint64_t{1} << kCountShift) - 1) & ~kDepthMask));
  }
  unsigned bucket_count() const noexcept { return static_cast<unsigned>(word_ >> kCountShift); }
  unsigned depth() const noexcept { return static_cast<unsigned>(word_ & kDepthMask); }
  std::uint32_t& keys() const noexcept { return *reinterpret_cast<std::uint32_t*>(buckets() - 1); }

  unsigned home(std::uint64_t hash) const noexcept {
    return static_cast<unsigned>(
        (static_cast<unsigned __int128>(hash << depth()) * bucket_count()) >> 64);
  }
  unsigned after(unsigned bucket) const noexcept {
    return bucket + 1 == bucket_count() ? 0 : bucket + 1;
  }

  // The hashes of its keys: from first_hash(hash of one of them) up to end_hash, which is 0 for the
  // last shard.
  std::uint64_t first_hash(std::uint64_t hash) const noexcept {
    return depth() == 0 ? 0 : hash >> (64 - depth()) << (64 - depth());
  }
  std::uint64_t end_hash(std::uint64_t hash) const noexcept {
    return depth() == 0 ? 0 : first_hash(hash) + (std::uint64_t{1} << (64 - depth()));
  }
  // A hash with home `bucket`, at most all others that have it, rounded down. `hash` is that of any
  // key here.
  std::uint64_t first_hash_of(unsigned bucket, std::uint64_t hash) const noexcept {
    const auto within = (static_cast<unsigned __int128>(bucket) << 64) / bucket_count();
    return first_hash(hash) + static_cast<std::uint64_t>(within >> depth());
  }

 private:
  static constexpr unsigned kCountShift = 48;  // user addresses are shorter
  static constexpr std::uint64_t kDepthMask = 63;

  std::uint64_t word_ = 0;
};

class Table {
 public:
  // Blocks are at `base` + 8 * handle; a shard that is built anew asks them for their keys.
  Table(const unsigned char* base, const base::KeyHasher& hasher);
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  std::size_t size() const noexcept { return size_; }
  std::size_t memory_bytes() const noexcept {
    return bucket_bytes_ + directory_.capacity() * sizeof(Shard);
  }

  // The slot of a key with this hash for which `is_it(slot)` holds, or null.
  template <class IsIt>
  Slot* find(std::uint64_t hash, IsIt&& is_it) const {
    const auto shard = shard_of(hash);
    auto* buckets = shard.buckets();
    const auto tag = Bucket::tag_of(hash);
    auto index = shard.home(hash);
    for (auto left = shard.bucket_count(); left != 0; --left) {
      auto& bucket = buckets[index];
      for (auto matches = bucket.with_tag(tag); matches != 0;
           matches = Bucket::without_first(matches)) {
        auto& slot = bucket.slot(Bucket::index_of(matches));
        if (is_it(slot)) [[likely]]
          return &slot;
      }
      if (bucket.passed() == 0) return nullptr;
      index = shard.after(index);
    }
    return nullptr;
  }

  // Adds a key that is not there. Moves other slots. Amortised constant; at most one shard is built
  // anew.
  Slot* insert(std::uint64_t hash, Slot slot);

  // Removes a slot. Others stay where they are until `settle`, which makes the key's shard smaller
  // where it is sparse.
  void erase(Slot* slot, std::uint64_t hash) noexcept;
  void settle(std::uint64_t hash);

  // Makes shards for so many keys. REQUIRES: there are none yet.
  void reserve(std::size_t keys);
  // Makes all shards anew where they are sparse, in time proportional to all of them.
  void fit();

  // Has the memory of a shard moved.
  void move_shard(std::uint64_t hash, value::MemoryMover& mover);

  Shard shard_of(std::uint64_t hash) const noexcept {
    return directory_[(hash >> 1) >> (63 - directory_depth_)];
  }

  const Bucket* home_bucket(std::uint64_t hash) const noexcept {
    const auto shard = shard_of(hash);
    return shard.buckets() + shard.home(hash);
  }

  std::uint64_t hash_of(Handle handle) const noexcept { return hasher_(block_at(handle).key()); }
  Block block_at(Handle handle) const noexcept {
    return Block(const_cast<unsigned char*>(base_) + handle * 8);
  }
  Block block_of(Slot slot) const noexcept { return block_at(slot.handle()); }

  // Calls `visit` with all shards in the order of their hashes, until it returns false.
  template <class Visit>
  void for_each_shard(Visit&& visit) const {
    std::uint64_t hash = 0;
    do {
      const auto shard = shard_of(hash);
      if (!visit(shard)) return;
      hash = shard.end_hash(hash);
    } while (hash != 0);
  }

  std::size_t shard_count() const noexcept { return shards_; }

 private:
  Shard make_shard(unsigned bucket_count, unsigned depth);
  void make_directory(std::size_t keys);
  void free_shard(Shard shard) noexcept;
  static Slot* add(Shard shard, std::uint64_t hash, Slot slot) noexcept;

  // Puts all keys of `from` into the shard that `target_of` their hash names.
  template <class TargetOf>
  void redistribute(Shard from, TargetOf&& target_of) const;

  void grow(std::uint64_t hash);
  void resize(std::uint64_t hash, unsigned bucket_count);
  void split(std::uint64_t hash);
  bool merge(std::uint64_t hash);
  void publish(std::uint64_t hash, Shard shard) noexcept;
  void deepen();
  void flatten();

  const unsigned char* base_;
  const base::KeyHasher& hasher_;
  std::vector<Shard> directory_;
  unsigned directory_depth_ = 0;
  std::size_t deepest_shards_ = 1;  // shards as deep as the directory
  std::size_t shards_ = 0;
  std::size_t size_ = 0;
  std::size_t bucket_bytes_ = 0;
};

}  // namespace larder::keyspace
