// A thread that frees what takes long: the contents of emptied databases, large collections, what
// was remembered of keys that were evicted.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "keyspace/ghosts.h"
#include "keyspace/store.h"
#include "value/object.h"

namespace larder::keyspace {

// Thread: used by its owner's; the thread of its own starts with the first use and ends, with
// everything freed, in the destructor.
class BackgroundFree {
 public:
  BackgroundFree(RegionPool& pool, RegionPool& value_pool) noexcept
      : pool_(pool), value_pool_(value_pool) {}
  ~BackgroundFree();
  BackgroundFree(const BackgroundFree&) = delete;
  BackgroundFree& operator=(const BackgroundFree&) = delete;

  void free(std::unique_ptr<Store> store);
  void free(std::unique_ptr<value::Object> object);
  void free(Ghosts ghosts);

  // Where there are none, the thread waits for some, and holds nothing meanwhile.
  std::uint64_t pending_objects() const {
    const std::scoped_lock lock(mutex_);
    return pending_;
  }
  // Of the allocator's, waiting to be freed.
  std::size_t pending_bytes() const noexcept {
    return pending_bytes_.load(std::memory_order_relaxed);
  }
  std::uint64_t freed_objects() const noexcept { return freed_.load(std::memory_order_relaxed); }
  void reset_freed_objects() noexcept { freed_.store(0, std::memory_order_relaxed); }

 private:
  // One of the three.
  struct Garbage {
    std::unique_ptr<Store> store = nullptr;
    std::unique_ptr<value::Object> object = nullptr;
    Ghosts ghosts = {};
    std::size_t keys = 0;
    std::size_t bytes = 0;  // of the allocator's
  };

  void enqueue(Garbage garbage);
  void run();

  RegionPool& pool_;
  RegionPool& value_pool_;
  std::atomic<std::size_t> pending_bytes_ = 0;
  std::atomic<std::uint64_t> freed_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Garbage> queue_;
  std::uint64_t pending_ = 0;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace larder::keyspace
